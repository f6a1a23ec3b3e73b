//! Group 2: Pings and Pongs.

use super::build::{answered, case, ping, pong_event, refused, script, send, send_cut};
use crate::lab::conform::case::{Case, Ending, Script, Step};
use crate::lab::conform::frame::{Cut, Frame, PONG};
use crate::lab::conform::payload::Payload;

const PING: &str = "RFC 6455 §5.5.2";
const PONGS: &str = "RFC 6455 §5.5.3";
const CONTROL: &str = "RFC 6455 §5.5";

const BYTES: &[u8] = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";
const LONGEST: Payload = Payload::Repeated(b"\xfe", 125);

pub fn cases() -> Vec<Case> {
    vec![
        case(&[2, 1], "A Ping without payload", PING, echoed(Payload::EMPTY, Cut::Nowhere)),
        case(&[2, 2], "A Ping with text", PING, echoed("Hello, world!".into(), Cut::Nowhere)),
        case(&[2, 3], "A Ping with bytes that are no text", PING, echoed(BYTES.into(), Cut::Nowhere)),
        case(&[2, 4], "A Ping with 125 bytes, the most there may be", PING, echoed(LONGEST, Cut::Nowhere)),
        case(&[2, 5], "A Ping with 126 bytes", CONTROL, refused(vec![send([ping(vec![0xfe; 126])])], 1002)),
        case(&[2, 6], "A Ping with 125 bytes, one at a time", PING, echoed(LONGEST, Cut::Bytes(1))),
        case(&[2, 7], "A Pong that nobody asked for, without payload", PONGS, unsolicited(Payload::EMPTY)),
        case(&[2, 8], "A Pong that nobody asked for, with a payload", PONGS, unsolicited("nobody asked".into())),
        case(&[2, 9], "A Pong that nobody asked for, then a Ping", PONGS, pong_then_ping()),
        case(&[2, 10], "Ten Pings", PONGS, ten(Cut::Nowhere)),
        case(&[2, 11], "Ten Pings, one byte at a time", PONGS, ten(Cut::Bytes(1))),
    ]
}

fn echoed(payload: Payload, cut: Cut) -> Script {
    answered(vec![send_cut([ping(payload.clone())], cut)], vec![pong_event(payload)]).overdue_close()
}

fn unsolicited(payload: Payload) -> Script {
    let steps = vec![send([Frame::new(PONG, payload)]), Step::Close(1000_u16.to_be_bytes().to_vec())];
    script(steps, vec![], Ending::by_client()).overdue_close()
}

fn pong_then_ping() -> Script {
    let frames = [Frame::new(PONG, "nobody asked"), ping("somebody asked")];
    answered(vec![send(frames)], vec![pong_event("somebody asked")]).overdue_close()
}

fn ten(cut: Cut) -> Script {
    let payload = |number: u8| format!("ping {number}").into_bytes();
    let pings: Vec<Frame> = (0..10).map(|number| ping(payload(number))).collect();
    let pongs = (0..10).map(|number| pong_event(payload(number))).collect();
    // RFC 6455 §5.5.3 lets a server answer the last one alone.
    answered(vec![send_cut(pings, cut)], pongs).or(vec![pong_event(payload(9))]).overdue_close()
}
