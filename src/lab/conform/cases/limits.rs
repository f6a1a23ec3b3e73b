//! Groups 9 and 10: what is large, in many pieces, or many times.

use std::time::Duration;

use specgen_runtime::protocol::message::Kind;

use super::build;
use crate::lab::conform::case::{Case, Content, Exchange, Trial};
use crate::lab::conform::frame::{Cut, TEXT};
use crate::lab::conform::id::Id;
use crate::lab::conform::payload::Payload;
use crate::lab::conform::trial::fragments;

const FRAMES: &str = "RFC 6455 §5.2";
const FRAGMENTS: &str = "RFC 6455 §5.4";
/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Lengths of whole messages.
const LENGTHS: [usize; 6] = [64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20];
/// Payloads of the fragments of 4 MiB.
const FRAGMENT_SIZES: [usize; 9] = [64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];
/// Pieces in which 1 MiB is written.
const PIECES: [usize; 6] = [64, 128, 256, 512, 1 << 10, 2 << 10];
/// Lengths of the messages that go to and fro.
const ROUND_TRIPS: [usize; 6] = [0, 16, 64, 256, 1 << 10, 4 << 10];
const ROUNDS: usize = 1000;

pub fn cases() -> Vec<Case> {
    let both = [Kind::Text, Kind::Binary];
    let each = |first: u16, rows: &dyn Fn(u16, Kind) -> Vec<Case>| -> Vec<Case> {
        (first..).zip(both).flat_map(|(part, kind)| rows(part, kind)).collect()
    };
    [each(1, &whole), each(3, &fragmented), each(5, &cut), each(7, &many)].concat()
}

/// One message, fragmented by a sender that has a limit of its own.
pub fn fragmenting() -> Vec<Case> {
    let payload = Payload::Repeated(b"*", 65_536);
    let frames = fragments(TEXT, 0, payload.bytes().into_owned(), Some(1300));
    let script = build::answered(vec![build::send(frames)], vec![build::text_event(payload)]).limit(build::LONG);
    vec![build::case(&[10, 1, 1], "A text message of 65536 bytes in fragments of 1300", FRAGMENTS, script)]
}

fn case(id: &[u16], title: String, section: &'static str, exchange: Exchange) -> Case {
    Case { id: Id::new(id), title, section, trial: Trial::Exchange(exchange), inapplicable: None }
}

fn once(kind: Kind, length: usize) -> Exchange {
    let content = Content::Same(match kind {
        Kind::Text => Payload::Repeated(b"0123456789", length),
        Kind::Binary => Payload::Repeated(b"\x00\xfe\x23\xfa\xf0", length),
    });
    Exchange { offer: None, acceptable: None, kind, content, count: 1, fragment: None, cut: Cut::Nowhere, limit: LIMIT }
}

fn name(kind: Kind) -> &'static str {
    if kind == Kind::Text { "text" } else { "binary" }
}

fn whole(part: u16, kind: Kind) -> Vec<Case> {
    let row = |(number, length): (u16, usize)| {
        let title = format!("A {} message of {} KiB", name(kind), length >> 10);
        case(&[9, part, number], title, FRAMES, once(kind, length))
    };
    (1..).zip(LENGTHS).map(row).collect()
}

fn fragmented(part: u16, kind: Kind) -> Vec<Case> {
    let row = |(number, size): (u16, usize)| {
        let title = format!("A {} message of 4 MiB in fragments of {size} bytes", name(kind));
        case(&[9, part, number], title, FRAGMENTS, Exchange { fragment: Some(size), ..once(kind, 4 << 20) })
    };
    (1..).zip(FRAGMENT_SIZES).map(row).collect()
}

fn cut(part: u16, kind: Kind) -> Vec<Case> {
    let row = |(number, size): (u16, usize)| {
        let title = format!("A {} message of 1 MiB, {size} bytes at a time", name(kind));
        case(&[9, part, number], title, FRAMES, Exchange { cut: Cut::Bytes(size), ..once(kind, 1 << 20) })
    };
    (1..).zip(PIECES).map(row).collect()
}

fn many(part: u16, kind: Kind) -> Vec<Case> {
    let row = |(number, length): (u16, usize)| {
        let title = format!("{ROUNDS} {} messages of {length} bytes, one after the other", name(kind));
        case(&[9, part, number], title, FRAMES, Exchange { count: ROUNDS, ..once(kind, length) })
    };
    (1..).zip(ROUND_TRIPS).map(row).collect()
}
