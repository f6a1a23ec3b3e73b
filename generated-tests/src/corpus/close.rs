//! Behaviour §2, Close frames: which are valid, and what comes after them.

use super::{Case, bytes};
use crate::answer::Answer;
use crate::frame::{CLOSE, Frame};
use crate::request::Request;

pub fn cases() -> Vec<Case> {
    [codes(), reasons(), afterwards()].concat()
}

fn case(name: impl Into<String>, frames: &[Frame], expected: Answer) -> Case {
    Case::frames(format!("close: {}", name.into()), frames, expected)
}

fn codes() -> Vec<Case> {
    let valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    let invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65535];
    let valid =
        valid.map(|code| case(format!("{code}"), &[Frame::close(code, "")], Answer::accepted().close(code, "")));
    let invalid = invalid.map(|code| {
        case(format!("{code}"), &[Frame::close(code, "x")], Answer::accepted().close(1002, "invalid close code"))
    });
    valid.into_iter().chain(invalid).collect()
}

fn reasons() -> Vec<Case> {
    let longest = "é".repeat(61) + "x";
    let utf8 = "invalid UTF-8";
    let bad: [&[u8]; 6] = [b"\xff", b"\xc0\x80", b"a\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ok\xc3", b"\x80"];
    let mut cases: Vec<Case> = bad
        .iter()
        .map(|reason| {
            case(format!("reason {reason:x?}"), &[Frame::close(1000, reason)], Answer::accepted().close(1007, utf8))
        })
        .collect();
    cases.extend([
        case("empty", &[Frame::new(CLOSE, "")], Answer::accepted().frame(CLOSE, "")),
        case("one byte", &[Frame::new(CLOSE, [3])], Answer::accepted().close(1002, "invalid close frame")),
        case(
            "one byte of a good code",
            &[Frame::new(CLOSE, [0x0f])],
            Answer::accepted().close(1002, "invalid close frame"),
        ),
        case("a reason", &[Frame::close(1000, "bye")], Answer::accepted().close(1000, "")),
        case("the longest reason", &[Frame::close(1001, &longest)], Answer::accepted().close(1001, "")),
        case(
            "a bad code with a bad reason",
            &[Frame::close(1005, b"\xff")],
            Answer::accepted().close(1002, "invalid close code"),
        ),
    ]);
    cases
}

fn afterwards() -> Vec<Case> {
    let noise = [Frame::close(1000, "").bytes(), vec![0xff; 2000]].concat();
    let owed = [Frame::text("a"), Frame::ping("p"), Frame::close(4321, "")];
    let second = [Frame::close(1001, ""), Frame::close(1002, ""), Frame::text("late"), Frame::ping("late")];
    let inside = [Frame::text("a").unfinished(), Frame::close(1000, "")];
    vec![
        Case::new("close: noise behind it", &Request::new("/"), &noise, Answer::accepted().close(1000, "")),
        case("what is owed goes first", &owed, Answer::accepted().text("a").pong("p").close(4321, "")),
        case("frames behind it", &second, Answer::accepted().close(1001, "")),
        case("inside a message", &inside, Answer::accepted().close(1000, "")),
        Case::new(
            "close: nothing but it",
            &Request::new("/"),
            &bytes(&[Frame::close(3000, "")]),
            Answer::accepted().close(3000, ""),
        )
        .client_ends(),
    ]
}
