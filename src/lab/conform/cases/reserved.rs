//! Group 3: bits that mean nothing unless an extension says so.

use super::build::{HELLO, case, close, ping, refused, script, send, send_cut, text, text_event};
use crate::lab::conform::case::{Case, Ending, Script};
use crate::lab::conform::frame::{BINARY, Cut, Frame};

const SECTION: &str = "RFC 6455 §5.2";

pub fn cases() -> Vec<Case> {
    let bytes: &'static [u8] = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";
    vec![
        case(&[3, 1], "A text message with RSV 001", SECTION, refused(vec![send([text(HELLO).rsv(1)])], 1002)),
        case(&[3, 2], "Text, text with RSV 010, Ping", SECTION, behind_text(text(HELLO).rsv(2), Cut::Nowhere)),
        case(
            &[3, 3],
            "Text, text with RSV 011, Ping, a frame at a time",
            SECTION,
            behind_text(text(HELLO).rsv(3), Cut::Frames),
        ),
        case(
            &[3, 4],
            "Text, text with RSV 100, Ping, a byte at a time",
            SECTION,
            behind_text(text(HELLO).rsv(4), Cut::Bytes(1)),
        ),
        case(
            &[3, 5],
            "A binary message with RSV 101",
            SECTION,
            refused(vec![send([Frame::new(BINARY, bytes).rsv(5)])], 1002),
        ),
        case(
            &[3, 6],
            "A binary message with RSV 110",
            SECTION,
            refused(vec![send([Frame::new(BINARY, HELLO).rsv(6)])], 1002),
        ),
        case(&[3, 7], "A Close with RSV 111", SECTION, refused(vec![send([close("").rsv(7)])], 1002)),
    ]
}

/// A text message, a frame that fails the connection, and a Ping that is not to be answered.
///
/// What the server owed before the fault may come or not.
pub fn behind_text(wrong: Frame, cut: Cut) -> Script {
    let frames = vec![text(HELLO), wrong, ping("")];
    script(vec![send_cut(frames, cut)], vec![text_event(HELLO)], Ending::by_server(1002)).or(vec![])
}
