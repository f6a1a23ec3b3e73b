//! Group 24: a frame may arrive in any two parts.

use super::build::{
    answered, binary_event, case, close, close_payload, continuation, ping, pong_event, script, send_cut, text,
    text_event,
};
use crate::lab::conform::case::{Case, Ending, Event, Script};
use crate::lab::conform::frame::{BINARY, Cut, Frame};
use crate::lab::conform::payload::Payload;

const SECTION: &str = "RFC 6455 §5.2";
/// Header and key of a short frame of a client, in bytes.
const SHORT: usize = 6;

pub fn cases() -> Vec<Case> {
    of_frames(SHORT)
}

/// Those with short frames whose header and key take so many bytes.
pub fn of_frames(short: usize) -> Vec<Case> {
    let sixteen = Payload::Repeated(b"\xfe", 126);
    let sixty_four = Payload::Repeated(b"\xfe", 65_536);
    let fragments = [text("κό".as_bytes()).unfinished(), ping("?"), continuation("σμε".as_bytes())];
    let events = vec![pong_event("?"), text_event("κόσμε".as_bytes())];
    let frame = |payload: &Payload| [Frame::new(BINARY, payload.clone())];
    [
        each(1, "A text message", short + 5, |cut| echoed([text("Hello")], vec![text_event("Hello")], cut)),
        each(2, "A Ping", short + 4, |cut| echoed([ping("ping")], vec![pong_event("ping")], cut)),
        each(3, "A Close", short + 6, closed),
        each(4, "A header with 16 bits of length", short + 4, |cut| {
            echoed(frame(&sixteen), vec![binary_event(sixteen.clone())], cut)
        }),
        each(5, "A header with 64 bits of length", short + 10, |cut| {
            echoed(frame(&sixty_four), vec![binary_event(sixty_four.clone())], cut)
        }),
        each(6, "A Ping between the fragments of a text", 3 * short + 12, |cut| {
            echoed(fragments.clone(), events.clone(), cut)
        }),
    ]
    .concat()
}

/// A script for each place at which the first `length` bytes can be cut.
fn each(part: u16, what: &str, length: usize, script: impl Fn(Cut) -> Script) -> Vec<Case> {
    let places = (1..).zip(1..length);
    places
        .map(|(number, at)| {
            case(&[24, part, number], format!("{what}, cut behind byte {at}"), SECTION, script(Cut::Once(at)))
        })
        .collect()
}

fn echoed(frames: impl Into<Vec<Frame>>, events: Vec<Event>, cut: Cut) -> Script {
    answered(vec![send_cut(frames, cut)], events)
}

/// The Close of the server comes first here, because ours is a frame like any other.
fn closed(cut: Cut) -> Script {
    script(vec![send_cut([close(close_payload(1000, b"done"))], cut)], vec![], Ending::by_server(1000))
}
