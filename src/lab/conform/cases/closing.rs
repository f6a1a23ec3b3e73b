//! Group 23: what a careful server does when a connection ends.

use super::build::{
    HELLO, case, close, close_payload, continuation, ping, pong_event, script, send, send_cut, text, text_event,
};
use crate::lab::conform::case::{Case, Ending, Event, Expected, Script, Step, Strictness};
use crate::lab::conform::frame::{Cut, Frame};

const HANDSHAKE: &str = "RFC 6455 §5.5.1";
const CODES: &str = "RFC 6455 §7.4";
const REASON: &str = "RFC 6455 §7.1.6";
const AFTER: &str = "RFC 6455 §1.4";

/// Codes that have to come back: those of the RFC, those that IANA registered later, and both free ranges.
const ECHOED: [u16; 16] =
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
/// Codes that may not be sent.
const REFUSED: [u16; 14] = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 32_768, 65_535];

pub fn cases() -> Vec<Case> {
    let echoed = ECHOED
        .map(|code| (format!("A Close with {code} is answered with the same code"), CODES, with(code, b"", code)));
    let refused =
        REFUSED.map(|code| (format!("A Close with {code} is answered with 1002"), CODES, with(code, b"", 1002)));
    let parts = [echoed.to_vec(), refused.to_vec(), reasons(), together()];
    let rows = |(part, rows): (u16, Vec<Row>)| (1..).zip(rows).map(move |(number, row)| numbered(part, number, row));
    (1..).zip(parts).flat_map(rows).collect()
}

type Row = (String, &'static str, Script);

fn numbered(part: u16, number: u16, (title, section, script): Row) -> Case {
    case(&[23, part, number], title, section, script)
}

fn present(code: u16, clean: bool) -> Ending {
    Ending::after_close(&[code], clean).strict(Strictness::Presence)
}

/// A Close, and the code that answers it.
fn with(code: u16, reason: &[u8], answer: u16) -> Script {
    script(vec![Step::Close(close_payload(code, reason))], vec![], present(answer, code == answer))
}

fn reasons() -> Vec<Row> {
    let greek = "κόσμε".repeat(11);
    let row = |title: &str, reason: &[u8], answer| (title.to_owned(), REASON, with(1000, reason, answer));
    vec![
        row("A reason in characters of several bytes", greek.as_bytes(), 1000),
        row("A reason that ends inside of a character", b"abc\xe2\x82", 1007),
        row("A reason with half of a surrogate pair", b"\xed\xa0\x80", 1007),
        row("A reason with NUL", b"a\0b", 1000),
    ]
}

/// What is sent in one write with the Close.
fn together() -> Vec<Row> {
    let behind = |frames: Vec<Frame>, events: Vec<Event>| {
        let steps = vec![send(frames), Step::Close(close_payload(1000, b""))];
        // RFC 6455 §5.5.1: a Close may be answered before all that came with it; what is sent before comes in order.
        let beginnings = (0..events.len()).map(|count| events[..count].to_vec()).collect();
        let script = script(steps, events, present(1000, true));
        Script { expected: Expected { non_strict: beginnings, ..script.expected }, ..script }
    };
    let ahead = |frames: Vec<Frame>| {
        let steps = vec![Step::Close(close_payload(1000, b"")), send(frames)];
        script(steps, vec![], present(1000, true))
    };
    let ten: Vec<Event> = (0..10).map(|_| text_event(HELLO)).collect();
    let row = |title: &str, section, script| (title.to_owned(), section, script);
    vec![
        row(
            "A message and a Close at once: the echo comes first",
            HANDSHAKE,
            behind(vec![text(HELLO)], vec![text_event(HELLO)]),
        ),
        row("Ten messages and a Close at once: all echoes come first", HANDSHAKE, behind(vec![text(HELLO); 10], ten)),
        row(
            "A Ping and a Close at once: the Pong comes first",
            HANDSHAKE,
            behind(vec![ping("now")], vec![pong_event("now")]),
        ),
        row(
            "A fragment and a Close: what is not whole is dropped",
            HANDSHAKE,
            behind(vec![text("Hel").unfinished()], vec![]),
        ),
        row("A message behind the Close is not answered", AFTER, ahead(vec![text(HELLO)])),
        row("A Ping behind the Close is not answered", AFTER, ahead(vec![ping("late")])),
        row("Another Close behind the Close is not answered", AFTER, ahead(vec![close(close_payload(1001, b""))])),
        row("A reserved opcode behind the Close changes nothing", AFTER, ahead(vec![Frame::new(3, "late")])),
        row("A message of 64 KiB behind the Close changes nothing", AFTER, ahead(vec![text(vec![b'*'; 64 << 10])])),
        row("A fragment of nothing behind the Close changes nothing", AFTER, ahead(vec![continuation("late")])),
        row(
            "A message, a fault and a message: the first echo comes, the second does not",
            "RFC 6455 §7.1.7",
            fault_between(),
        ),
        row("A Close a byte at a time", HANDSHAKE, slow()),
    ]
}

fn fault_between() -> Script {
    let frames = [text(HELLO), Frame::new(3, ""), text("late")];
    let ending = Ending::by_server(1002).strict(Strictness::Presence);
    script(vec![send(frames)], vec![text_event(HELLO)], ending).or(vec![])
}

/// The Close of the server comes first here, because ours is a frame like any other.
fn slow() -> Script {
    let ending = Ending::by_server(1000).strict(Strictness::Presence);
    script(vec![send_cut([close(close_payload(1000, b"slowly"))], Cut::Bytes(1))], vec![], ending)
}
