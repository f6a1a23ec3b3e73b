//! Group 31: masks.

use super::probe;
use crate::lab::conform::case::{Ending, Script, Strictness};
use crate::lab::conform::cases::build::{
    answered, binary_event, close, close_payload, continuation, ping, pong_event, script, send, text, text_event,
};
use crate::lab::conform::frame::{BINARY, Frame, PONG};
use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::fuzzer::probe::Probe;
use crate::lab::conform::id::Id;
use crate::lab::conform::payload::Payload;

const MASK: &str = "RFC 6455 §5.1";
const KEYS: &str = "RFC 6455 §5.3";

pub fn cases() -> Vec<Case> {
    let own = vec![
        of(1, 1, "Echoes of every length, and a Pong: each frame has a mask", every_length()),
        probe(&[31, 1, 2], "64 frames have 64 masking keys", KEYS, Probe::Masks),
        probe(&[31, 1, 3], "The first masking key is that of no other connection", KEYS, Probe::FirstMask),
    ];
    let masked = (1..).zip(masked()).map(|(number, (title, script))| of(2, number, title, script));
    own.into_iter().chain(masked).collect()
}

fn of(part: u16, number: u16, title: &str, script: Script) -> Case {
    let id = Id::new(&[31, part, number]);
    Case { id, title: title.to_owned(), section: MASK, trial: Trial::Script(script, vec![]) }
}

fn every_length() -> Script {
    let payload = |length| Payload::Repeated(b"\xfe", length);
    let lengths = [1, 126, 65_536];
    let binary = lengths.map(|length| Frame::new(BINARY, payload(length)).unmasked());
    let frames = [vec![text("").unmasked(), ping("Hello").unmasked()], binary.to_vec()].concat();
    // The Pong is the library's, echoes are the app's: they may come in another order.
    let echoes = lengths.map(|length| binary_event(payload(length)));
    let pong_first = [vec![pong_event("Hello"), text_event("")], echoes.to_vec()].concat();
    let pong_second = [vec![text_event(""), pong_event("Hello")], echoes.to_vec()].concat();
    let mut script = answered(vec![send(frames)], pong_second);
    script.expected.non_strict.push(pong_first);
    script
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
