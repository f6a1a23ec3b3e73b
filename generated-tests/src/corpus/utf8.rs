//! Behaviour §2: text is judged byte by byte, inside frames and over fragments.

use super::{Case, bye};
use crate::answer::Answer;
use crate::frame::{Frame, TEXT};
use crate::request::Request;

const VALID: &[&[u8]] = &[
    b"\0",
    b"\x7f",
    b"\xc2\x80",
    b"\xdf\xbf",
    b"\xe0\xa0\x80",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd",
    b"\xef\xbf\xbf",
    b"\xf0\x90\x80\x80",
    b"\xf4\x8f\xbf\xbf",
    b"\xef\xbb\xbf",
    "κόσμε".as_bytes(),
    "日本語テキスト🎉".as_bytes(),
];

/// Each is impossible at its last byte and possible before it.
const IMPOSSIBLE: &[&[u8]] = &[
    b"\x80",
    b"\xbf",
    b"\xc0",
    b"\xc1",
    b"\xf5",
    b"\xf8",
    b"\xfc",
    b"\xfe",
    b"\xff",
    b"\xc2\x7f",
    b"\xc2\xc0",
    b"\xdf\x00",
    b"\xe0\x80",
    b"\xe0\x9f",
    b"\xe1\x7f",
    b"\xe1\xc0",
    b"\xe1\x80\x7f",
    b"\xed\xa0",
    b"\xed\xbf",
    b"\xef\xbf\xc0",
    b"\xf0\x80",
    b"\xf0\x8f",
    b"\xf1\x80\xc0",
    b"\xf1\x80\x80\x20",
    b"\xf4\x90",
    b"\xf4\xbf",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0",
];

const UNFINISHED: &[&[u8]] =
    &[b"\xc2", b"\xe0\xa0", b"\xe1", b"\xef\xbf", b"\xf0\x90", b"\xf0\x90\x80", b"\xf4", b"\xf4\x8f\xbf"];

pub fn cases() -> Vec<Case> {
    [valid(), impossible(), unfinished(), positions()].concat()
}

fn failure() -> Answer {
    Answer::accepted().close(1007, "invalid UTF-8")
}

fn valid() -> Vec<Case> {
    let mut cases = vec![];
    for text in VALID {
        let echoed = || Answer::accepted().text(text).close(1000, "");
        cases.push(Case::frames(format!("utf8: {text:x?}"), &[Frame::text(text), bye()], echoed()));
        cases.push(Case::frames(
            format!("utf8: {text:x?} in single bytes"),
            &[split(text), vec![bye()]].concat(),
            echoed(),
        ));
    }
    cases
}

/// One fragment a byte, a Ping's answer not disturbing it.
fn split(text: &[u8]) -> Vec<Frame> {
    let first = Frame::new(TEXT, "").unfinished();
    let middle = text.iter().map(|byte| Frame::continuation([*byte]).unfinished());
    std::iter::once(first).chain(middle).chain([Frame::continuation("")]).collect()
}

/// The frame is announced longer than it ever gets: only the bad byte can end it.
fn impossible() -> Vec<Case> {
    let mut cases = vec![];
    for text in IMPOSSIBLE {
        let announced = [*text, &[b'x'; 20]].concat();
        let frame = Frame::text(&announced).bytes();
        let cut = &frame[..6 + text.len()];
        cases.push(Case::new(format!("utf8: {text:x?} in an incomplete frame"), &Request::new("/"), cut, failure()));
        let behind_ascii = [&[b'a'; 37], *text, b"tail"].concat();
        cases.push(Case::frames(format!("utf8: {text:x?} inside a text"), &[Frame::text(behind_ascii)], failure()));
        let mut fragments = split(text);
        fragments.pop();
        cases.push(Case::frames(format!("utf8: {text:x?} in single bytes"), &fragments, failure()));
    }
    cases
}

fn unfinished() -> Vec<Case> {
    let mut cases = vec![];
    for text in UNFINISHED {
        cases.push(Case::frames(format!("utf8: {text:x?} at the end"), &[Frame::text(text), bye()], failure()));
        cases.push(Case::frames(format!("utf8: {text:x?} at the end of fragments"), &split(text), failure()));
        let interrupted = [Frame::text(text).unfinished(), Frame::ping("p"), Frame::continuation("x")];
        let expected = Answer::accepted().pong("p").close(1007, "invalid UTF-8");
        cases.push(Case::frames(format!("utf8: {text:x?} before another character"), &interrupted, expected));
    }
    cases
}

/// A fast path that reads words has to see a character at every offset.
fn positions() -> Vec<Case> {
    let mut cases = vec![];
    for at in 0..36 {
        let mut good = vec![b'a'; 40];
        good.splice(at..at, "é🎉".bytes());
        let echoed = Answer::accepted().text(&good).close(1000, "");
        cases.push(Case::frames(format!("utf8: characters at offset {at}"), &[Frame::text(&good), bye()], echoed));
        let mut bad = vec![b'a'; 40];
        bad[at] = 0x80;
        cases.push(Case::frames(format!("utf8: a bad byte at offset {at}"), &[Frame::text(&bad)], failure()));
    }
    cases
}
