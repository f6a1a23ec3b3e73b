//! Group 1: messages of the lengths at which the form of the header changes.

use super::build::{LONG, PATIENCE, answered, binary_event, case, send_cut, text_event};
use crate::lab::conform::case::Case;
use crate::lab::conform::frame::{BINARY, Cut, Frame, TEXT};
use crate::lab::conform::payload::Payload;

const SECTION: &str = "RFC 6455 §5.2";

/// Length, and where it is cut.
const LENGTHS: [(usize, Cut); 8] = [
    (0, Cut::Nowhere),
    (125, Cut::Nowhere),
    (126, Cut::Nowhere),
    (127, Cut::Nowhere),
    (128, Cut::Nowhere),
    (65_535, Cut::Nowhere),
    (65_536, Cut::Nowhere),
    (65_536, Cut::Bytes(997)),
];

pub fn cases() -> Vec<Case> {
    [1, 2].into_iter().flat_map(|part| (1..).zip(LENGTHS).map(move |row| length(part, row))).collect()
}

fn length(part: u16, (number, (length, cut)): (u16, (usize, Cut))) -> Case {
    let is_text = part == 1;
    let payload = Payload::Repeated(if is_text { b"*" } else { b"\xfe" }, length);
    let (opcode, kind) = if is_text { (TEXT, "text") } else { (BINARY, "binary") };
    let event = if is_text { text_event(payload.clone()) } else { binary_event(payload.clone()) };
    let cut_as = if let Cut::Bytes(size) = cut { format!(", {size} bytes at a time") } else { String::new() };
    let limit = if length > 1000 { LONG } else { PATIENCE };
    let script = answered(vec![send_cut([Frame::new(opcode, payload)], cut)], vec![event]).limit(limit);
    case(&[1, part, number], format!("A {kind} message of {length} bytes{cut_as}"), SECTION, script)
}
