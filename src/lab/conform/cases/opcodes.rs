//! Group 4: opcodes that are kept for later.

use super::build::{HELLO, case, refused, send};
use super::reserved::behind_text;
use crate::lab::conform::case::{Case, Script};
use crate::lab::conform::frame::{Cut, Frame};

const SECTION: &str = "RFC 6455 §5.2";

pub fn cases() -> Vec<Case> {
    [(1, 3, "data"), (2, 11, "control")].into_iter().flat_map(|(part, first, kind)| five(part, first, kind)).collect()
}

/// The five reserved opcodes from `first` on.
fn five(part: u16, first: u8, kind: &'static str) -> impl Iterator<Item = Case> {
    let frame = move |number: u16, payload: &'static str| Frame::new(first + number as u8 - 1, payload);
    let alone = |frame| refused(vec![send([frame])], 1002);
    let rows: [(&str, Script); 5] = [
        ("", alone(frame(1, ""))),
        (" with a payload", alone(frame(2, "kept for later"))),
        (", between a text message and a Ping", behind_text(frame(3, ""), Cut::Nowhere)),
        (" with a payload, between a text message and a Ping", behind_text(frame(4, HELLO), Cut::Nowhere)),
        (
            " with a payload, between a text message and a Ping, a byte at a time",
            behind_text(frame(5, HELLO), Cut::Bytes(1)),
        ),
    ];
    (1..).zip(rows).map(move |(number, (how, script))| {
        let opcode = u16::from(first) + number - 1;
        case(&[4, part, number], format!("The reserved {kind} opcode {opcode}{how}"), SECTION, script)
    })
}
