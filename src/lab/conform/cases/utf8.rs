//! Group 6: text has to be UTF-8, and what is not has to be refused as early as it can be known.

mod sequences;

use std::time::Duration;

use super::build::{answered, case, continuation, refused, script, send, text, text_event};
use crate::lab::conform::case::{Case, Ending, Event, Script, Step, Strictness};
use crate::lab::conform::frame::Frame;

const SECTION: &str = super::TEXT_IS_UTF8;
const EMPTY: &str = "RFC 6455 §5.4";

/// Characters of two and three bytes.
const FIRST: &str = "Grüße – ½ €, ";
const SECOND: &str = "κόσμε!";
/// A word in Greek.
const GREEK: &[u8] = "κ\u{1f79}σμε".as_bytes();

/// A character above the last one: known to be wrong at its second byte.
const ABOVE: &[u8] = b"\xf4\x90\x80\x80";
/// Half of a character of UTF-16.
const SURROGATE: &[u8] = b"\xed\xa0\x80";
const ASCII: &[u8] = b"edited";

const PAUSE: Duration = Duration::from_secs(1);

pub fn cases() -> Vec<Case> {
    [empty(), valid(), invalid(), early(), sequences()].concat()
}

fn echoed(frames: Vec<Frame>, payload: &[u8]) -> Script {
    answered(vec![send(frames)], vec![text_event(payload.to_vec())]).overdue_close()
}

fn empty() -> Vec<Case> {
    let three = |middle: &'static str| vec![text("").unfinished(), continuation(middle).unfinished(), continuation("")];
    vec![
        case(&[6, 1, 1], "An empty text message", EMPTY, echoed(vec![text("")], b"")),
        case(&[6, 1, 2], "A text message in three empty fragments", EMPTY, echoed(three(""), b"")),
        case(&[6, 1, 3], "A text message between two empty fragments", EMPTY, echoed(three("between"), b"between")),
    ]
}

fn valid() -> Vec<Case> {
    let whole = [FIRST, SECOND].concat().into_bytes();
    let two = vec![text(FIRST).unfinished(), continuation(SECOND)];
    vec![
        case(&[6, 2, 1], "Text with characters of several bytes", SECTION, echoed(vec![text(whole.clone())], &whole)),
        case(&[6, 2, 2], "The same in two fragments, between characters", SECTION, echoed(two, &whole)),
        case(&[6, 2, 3], "The same in fragments of one byte", SECTION, echoed(bytewise(&whole), &whole)),
        case(&[6, 2, 4], "A word in Greek in fragments of one byte", SECTION, echoed(bytewise(GREEK), GREEK)),
    ]
}

/// A text message with one byte a fragment.
fn bytewise(payload: &[u8]) -> Vec<Frame> {
    let last = payload.len() - 1;
    let fragment = |(at, byte): (usize, &u8)| {
        let frame = if at == 0 { text(vec![*byte]) } else { continuation(vec![*byte]) };
        if at == last { frame } else { frame.unfinished() }
    };
    payload.iter().enumerate().map(fragment).collect()
}

fn ending() -> Ending {
    Ending::by_server(1007).strict(Strictness::Side)
}

fn invalid() -> Vec<Case> {
    let wrong = [GREEK, SURROGATE, ASCII].concat();
    let bytes = bytewise(&wrong);
    vec![
        case(
            &[6, 3, 1],
            "Text with half of a surrogate pair",
            SECTION,
            script(vec![send([text(wrong)])], vec![], ending()),
        ),
        case(&[6, 3, 2], "The same in fragments of one byte", SECTION, script(vec![send(bytes)], vec![], ending())),
    ]
}

fn early() -> Vec<Case> {
    let wrong = [GREEK, ABOVE, ASCII].concat();
    let whole = GREEK.len() + ABOVE.len();
    // The byte behind this offset is the first that no text can have there.
    let known = GREEK.len() + 1;
    let framed = |first, second| in_time(fragments_of(&wrong, first, second));
    let parts = |first, second| in_time(parts_of(&wrong, first, second));
    vec![
        case(
            &[6, 4, 1],
            "Text in three fragments with pauses, the second one wrong",
            SECTION,
            framed(GREEK.len(), whole),
        ),
        case(
            &[6, 4, 2],
            "The same, the second fragment ends with the first wrong byte",
            SECTION,
            framed(known, known + 1),
        ),
        case(
            &[6, 4, 3],
            "Text in three parts of one frame with pauses, the second one wrong",
            SECTION,
            parts(GREEK.len(), whole),
        ),
        case(&[6, 4, 4], "The same, the second part ends with the first wrong byte", SECTION, parts(known, known + 1)),
    ]
}

/// Three steps with pauses between: the server has to fail the connection within the second pause.
fn in_time([first, second, third]: [Step; 3]) -> Script {
    let steps = vec![first, Step::Pause(PAUSE), second, Step::Pause(PAUSE), third];
    script(steps, vec![Event::Quiet], ending()).or(vec![Event::Quiet, Event::Quiet])
}

fn fragments_of(wrong: &[u8], first: usize, second: usize) -> [Step; 3] {
    [
        send([text(wrong[..first].to_vec()).unfinished()]),
        send([continuation(wrong[first..second].to_vec()).unfinished()]),
        send([continuation(wrong[second..].to_vec())]),
    ]
}

fn parts_of(wrong: &[u8], first: usize, second: usize) -> [Step; 3] {
    let part = |from, to| Step::Part(text(wrong.to_vec()), from, to);
    [part(0, first), part(first, second), part(second, wrong.len())]
}

fn sequences() -> Vec<Case> {
    let groups = (5..).zip(sequences::groups());
    groups
        .flat_map(|(part, (name, rows))| (1..).zip(rows).map(move |(number, row)| sequence(part, number, name, row)))
        .collect()
}

fn sequence(part: u16, number: u16, name: &str, row: Vec<u8>) -> Case {
    let is_valid = std::str::from_utf8(&row).is_ok();
    let title = format!("{name}: {}", if is_valid { "valid" } else { "invalid" });
    let script = if is_valid {
        answered(vec![send([text(row.clone())])], vec![text_event(row)])
    } else {
        Script { expected: script(vec![], vec![], ending()).expected, ..refused(vec![send([text(row)])], 1007) }
    };
    case(&[6, part, number], title, SECTION, script)
}
