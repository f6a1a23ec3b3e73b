//! Group 7: what may stand in a Close, and what may follow it.

use super::build::{
    HELLO, LONG, answered, case, close, close_payload, continuation, ping, script, send, text, text_event,
};
use crate::lab::conform::case::{Case, Ending, Script, Step, Strictness};
use crate::lab::conform::frame::Frame;
use crate::lab::conform::payload::Payload;

const HANDSHAKE: &str = "RFC 6455 §5.5.1";
const CODES: &str = "RFC 6455 §7.4";
const REASON: &str = "RFC 6455 §7.1.6";
const CONTROL: &str = "RFC 6455 §5.5";

/// Codes of the RFC and of IANA's registry that an endpoint may send, and both ends of the free ranges.
const VALID: [u16; 13] = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
/// Codes that nobody may send, or that nobody has defined.
const INVALID: [u16; 9] = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
/// Codes above all that are spoken of.
const BEYOND: [u16; 2] = [5000, 65_535];

pub fn cases() -> Vec<Case> {
    [order(), payloads(), codes()].concat()
}

fn normal() -> Step {
    Step::Close(close_payload(1000, b""))
}

/// A Close that the server answers with 1000, before or after some frames.
fn closed(before: Vec<Frame>, after: Vec<Frame>) -> Script {
    script(vec![send(before), normal(), send(after)], vec![], Ending::after_close(&[1000], true))
}

fn order() -> Vec<Case> {
    let mut echo = answered(vec![send([text(HELLO)])], vec![text_event(HELLO)]);
    echo.expected.ending = echo.expected.ending.strict(Strictness::Code);
    let fragment = closed(vec![text("one ").unfinished()], vec![continuation("two")]);
    vec![
        case(&[7, 1, 1], "A text message, then a Close", HANDSHAKE, echo),
        case(&[7, 1, 2], "Two Closes", HANDSHAKE, closed(vec![], vec![close("")])),
        case(&[7, 1, 3], "A Ping behind a Close", HANDSHAKE, closed(vec![], vec![ping("")])),
        case(&[7, 1, 4], "A text message behind a Close", HANDSHAKE, closed(vec![], vec![text(HELLO)])),
        case(&[7, 1, 5], "A Close between two fragments", HANDSHAKE, fragment),
        case(&[7, 1, 6], "A message of 256 KiB, another one, a Close and a Ping at once", HANDSHAKE, large()),
    ]
}

fn large() -> Script {
    let large = text(Payload::Repeated(b"0123456789", 256 << 10));
    let steps = vec![send([large, text(HELLO)]), normal(), send([ping("")])];
    let ending = Ending::after_close(&[1000], true).strict(Strictness::Open);
    script(steps, vec![text_event(HELLO)], ending).limit(LONG)
}

fn with_payload(payload: Vec<u8>, codes: &[u16], clean: bool) -> Script {
    script(vec![Step::Close(payload)], vec![], Ending::after_close(codes, clean))
}

fn payloads() -> Vec<Case> {
    let surrogate = ["κόσμε".as_bytes(), b"\xed\xa0\x80edited"].concat();
    let reason = |length: usize| close_payload(1000, &vec![b'*'; length]);
    let row = |number, title, section, script| case(&[7, 3, number], title, section, script);
    vec![
        row(1, "A Close without payload", HANDSHAKE, with_payload(vec![], &[1000], true)),
        row(2, "A Close with one byte", HANDSHAKE, with_payload(b"a".to_vec(), &[1002], false)),
        row(3, "A Close with a code", HANDSHAKE, with_payload(close_payload(1000, b""), &[1000], true)),
        row(
            4,
            "A Close with a code and a reason",
            REASON,
            with_payload(close_payload(1000, b"enough said"), &[1000], true),
        ),
        row(5, "A Close with the longest reason, 123 bytes", REASON, with_payload(reason(123), &[1000], true)),
        row(6, "A Close with a reason of 124 bytes", CONTROL, with_payload(reason(124), &[1002], false)),
        case(
            &[7, 5, 1],
            "A Close whose reason is not UTF-8",
            REASON,
            with_payload(close_payload(1000, &surrogate), &[1002, 1007], false),
        ),
    ]
}

fn codes() -> Vec<Case> {
    let valid = (1..).zip(VALID).map(|(number, code)| {
        let script = with_payload(close_payload(code, b""), &[1000, code], true);
        case(&[7, 7, number], format!("A Close with code {code}, which is valid"), CODES, script)
    });
    let invalid = (1..).zip(INVALID).map(|(number, code)| {
        let script = with_payload(close_payload(code, b""), &[1002], false);
        case(&[7, 9, number], format!("A Close with code {code}, which nobody may send"), CODES, script)
    });
    let beyond = (1..).zip(BEYOND).map(|(number, code)| {
        let ending = Ending::after_close(&[1000, code, 1002], false).strict(Strictness::Open);
        let script = script(vec![Step::Close(close_payload(code, b""))], vec![], ending);
        case(&[7, 13, number], format!("A Close with code {code}"), CODES, script)
    });
    valid.chain(invalid).chain(beyond).collect()
}
