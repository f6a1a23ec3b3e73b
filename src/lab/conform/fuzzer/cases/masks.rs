//! Group 31: masks.

use super::probe;
use crate::lab::conform::case::{Ending, Script, Strictness};
use crate::lab::conform::cases::build::{close, close_payload, continuation, ping, script, send, text};
use crate::lab::conform::frame::{BINARY, Frame, PONG};
use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::fuzzer::probe::Probe;
use crate::lab::conform::id::Id;
use crate::lab::conform::payload::Payload;

const MASK: &str = "RFC 6455 §5.1";
const KEYS: &str = "RFC 6455 §5.3";

pub fn cases() -> Vec<Case> {
    let own = vec![
        probe(&[31, 1, 1], "A Pong, and echoes of every form of a length: each frame has a mask", MASK, Probe::Masked),
        probe(&[31, 1, 2], "64 frames have 64 masking keys", KEYS, Probe::Masks),
        probe(&[31, 1, 3], "The first masking key is that of no other connection", KEYS, Probe::FirstMask),
    ];
    let masked = (1..).zip(masked()).map(|(number, (title, script))| of(number, title, script));
    own.into_iter().chain(masked).collect()
}

fn of(number: u16, title: &str, script: Script) -> Case {
    let id = Id::new(&[31, 2, number]);
    Case { id, title: title.to_owned(), section: MASK, trial: Trial::Script(script, vec![]) }
}

/// A server's frames that have masks: the client has to close.
fn masked() -> Vec<(&'static str, Script)> {
    let fails = |frames: Vec<Frame>, strict| script(vec![send(frames)], vec![], Ending::by_server(1002).strict(strict));
    let refused = |frame: Frame| fails(vec![frame], Strictness::Presence);
    let bytes = Payload::Repeated(b"\xfe", 70_000);
    vec![
        ("A text message with a mask", refused(text("Hello"))),
        ("An empty text message with a mask", refused(text(""))),
        ("A binary message of 70000 bytes with a mask", refused(Frame::new(BINARY, bytes))),
        ("A Ping with a mask", refused(ping("Hello"))),
        ("A Pong with a mask", refused(Frame::new(PONG, ""))),
        ("A Close with a mask", fails(vec![close(close_payload(1000, b""))], Strictness::Code)),
        (
            "A fragment without a mask, the next one with",
            fails(vec![text("Hel").unmasked().unfinished(), continuation("lo")], Strictness::Presence),
        ),
    ]
}
