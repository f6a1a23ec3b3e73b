//! Group 22: offers of permessage-deflate, and the frames of one that was accepted.

use super::build::{
    answered, case, close, close_payload, compressible, continuation, ping, script, send, text, text_event,
};
use crate::lab::conform::case::{Case, Ending, Exchange, Script, Strictness, Trial};
use crate::lab::conform::frame::Frame;
use crate::lab::conform::id::Id;
use crate::lab::conform::negotiation::Offer;

const OFFERS: &str = "RFC 7692 §7.1";
const MESSAGES: &str = "RFC 7692 §7.2.3";
const DECODING: &str = "RFC 7692 §7.2.2";
const RSV1: &str = "RFC 7692 §6";

const PLAIN: Offer =
    Offer { server_no_context_takeover: false, server_max_window_bits: None, client_max_window_bits: None };
const STRICT: Offer = Offer { server_no_context_takeover: true, ..PLAIN };
const ANY_CLIENT: Offer = client(15);

const fn client(bits: u8) -> Offer {
    Offer { client_max_window_bits: Some(bits), ..PLAIN }
}

const fn server(bits: u8) -> Offer {
    Offer { server_max_window_bits: Some(bits), ..PLAIN }
}

/// What is offered, and what of it may be accepted.
const ACCEPTABLE: [(&str, &[Offer]); 17] = [
    ("permessage-deflate", &[PLAIN]),
    ("permessage-deflate; server_no_context_takeover", &[STRICT]),
    ("permessage-deflate; client_no_context_takeover", &[PLAIN]),
    ("permessage-deflate; client_max_window_bits", &[ANY_CLIENT]),
    ("permessage-deflate; client_max_window_bits=10", &[client(10)]),
    ("permessage-deflate; client_max_window_bits=\"10\"", &[client(10)]),
    ("permessage-deflate; client_max_window_bits=8", &[client(8)]),
    ("permessage-deflate; server_max_window_bits=15", &[server(15)]),
    ("permessage-deflate; server_max_window_bits=10", &[server(10)]),
    ("permessage-deflate; server_max_window_bits=9", &[server(9)]),
    ("permessage-deflate; server_max_window_bits=8", &[server(8)]),
    ("permessage-deflate;server_no_context_takeover;client_no_context_takeover", &[STRICT]),
    (
        "permessage-deflate ; client_max_window_bits ; server_max_window_bits=12",
        &[Offer { client_max_window_bits: Some(15), ..server(12) }],
    ),
    ("x-unknown, permessage-deflate", &[PLAIN]),
    ("permessage-deflate; x-unknown, permessage-deflate; client_no_context_takeover", &[PLAIN]),
    ("permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=11", &[server(11)]),
    ("permessage-deflate; server_max_window_bits=9, permessage-deflate", &[server(9), PLAIN]),
];

/// What has to be declined: unknown, repeated and malformed parameters.
const DECLINED: [&str; 15] = [
    "permessage-deflate; x-unknown",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover=true",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=010",
    "permessage-deflate; server_max_window_bits=ten",
    "permessage-deflate; server_max_window_bits=",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate-2",
    "x-webkit-deflate-frame",
];

pub fn cases() -> Vec<Case> {
    let acceptable = ACCEPTABLE.iter().map(|(offer, may)| (*offer, may.to_vec()));
    let declined = DECLINED.iter().map(|offer| (*offer, vec![]));
    let offers = |part: u16, rows: Vec<(&'static str, Vec<Offer>)>| {
        (1..)
            .zip(rows)
            .map(move |(number, (offer, acceptable))| negotiated(&[22, part, number], offer, acceptable))
            .collect()
    };
    [offers(1, acceptable.collect()), offers(2, declined.collect()), messages(), wrong()].concat()
}

fn negotiated(id: &[u16], offer: &'static str, acceptable: Vec<Offer>) -> Case {
    let exchange = Exchange { offer: Some(offer), acceptable: Some(acceptable), ..compressible() };
    let title = format!("Offered: {offer}");
    Case { id: Id::new(id), title, section: OFFERS, trial: Trial::Exchange(exchange), inapplicable: None }
}

const OFFER: &str = "permessage-deflate; client_max_window_bits";
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

fn compressed(payload: &'static [u8]) -> Frame {
    text(payload).rsv(4)
}

fn messages() -> Vec<Case> {
    let echoed = |frames: Vec<Frame>, payload: &'static str| {
        answered(vec![send(frames)], vec![text_event(payload)]).offer(OFFER)
    };
    let fragments = vec![compressed(&HELLO[..3]).unfinished(), continuation(&HELLO[3..])];
    let bytes: Vec<Frame> = HELLO.iter().enumerate().map(|(at, byte)| bytewise(at, *byte)).collect();
    let pinged = vec![compressed(&HELLO[..3]).unfinished(), ping(""), continuation(&HELLO[3..])];
    let rows: [(&str, Script); 10] = [
        ("A block with fixed codes", echoed(vec![compressed(HELLO)], "Hello")),
        ("A stored block", echoed(vec![compressed(b"\x00\x05\x00\xfa\xffHello\x00")], "Hello")),
        ("A final block", echoed(vec![compressed(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00")], "Hello")),
        ("Two blocks", echoed(vec![compressed(b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")], "Hello")),
        ("An empty message", echoed(vec![compressed(b"\x00")], "")),
        ("Two fragments", echoed(fragments, "Hello")),
        ("Fragments of one byte", echoed(bytes, "Hello")),
        ("An empty last fragment", echoed(vec![compressed(HELLO).unfinished(), continuation("")], "Hello")),
        ("A message that is not compressed", echoed(vec![text("Hello")], "Hello")),
        ("A Ping between fragments", pinged_script(pinged)),
    ];
    let row = |(number, (title, script)): (u16, (&str, Script))| case(&[22, 3, number], title, MESSAGES, script);
    (1..).zip(rows).map(row).collect()
}

fn bytewise(at: usize, byte: u8) -> Frame {
    let frame = if at == 0 { text(vec![byte]).rsv(4) } else { continuation(vec![byte]) };
    if at + 1 == HELLO.len() { frame } else { frame.unfinished() }
}

fn pinged_script(frames: Vec<Frame>) -> Script {
    let events = vec![super::build::pong_event(""), text_event("Hello")];
    answered(vec![send(frames)], events).offer(OFFER)
}

/// A Close that may not be taken for one.
fn wrong_close() -> Script {
    let frame = close(close_payload(1000, b"")).rsv(4);
    script(vec![send([frame])], vec![], Ending::by_server(1002).strict(Strictness::Code)).offer(OFFER)
}

fn wrong() -> Vec<Case> {
    let fails = |frames: Vec<Frame>, code: u16| {
        script(vec![send(frames)], vec![], Ending::by_server(code).strict(Strictness::Presence)).offer(OFFER)
    };
    let continued = vec![compressed(&HELLO[..3]).unfinished(), continuation(&HELLO[3..]).rsv(4)];
    let reversed = vec![text("Hel").unfinished(), continuation("lo").rsv(4)];
    let rows: [(&str, &str, Script); 10] = [
        ("RSV1 on a continuation", RSV1, fails(continued, 1002)),
        ("RSV1 on a continuation alone", RSV1, fails(reversed, 1002)),
        ("RSV1 on a Ping", RSV1, fails(vec![ping("Hello").rsv(4)], 1002)),
        ("RSV1 on a Close", RSV1, wrong_close()),
        ("RSV2 on a compressed message", "RFC 6455 §5.2", fails(vec![text(HELLO).rsv(6)], 1002)),
        ("RSV3 on a message", "RFC 6455 §5.2", fails(vec![text("Hello").rsv(1)], 1002)),
        ("A block of a type that is kept for later", DECODING, fails(vec![compressed(b"\x07\x00\x00")], 1007)),
        (
            "A stored block whose length is not confirmed",
            DECODING,
            fails(vec![compressed(b"\x00\x05\x00\x00\x00Hello\x00")], 1007),
        ),
        ("A message that ends inside of a block", DECODING, fails(vec![compressed(b"\xf2\x48\xcd")], 1007)),
        (
            "Compressed text that is not UTF-8",
            super::TEXT_IS_UTF8,
            fails(vec![compressed(b"\x00\x03\x00\xfc\xff\xed\xa0\x80\x00")], 1007),
        ),
    ];
    let row = |(number, (title, section, script)): (u16, (&str, &'static str, Script))| {
        case(&[22, 4, number], title, section, script)
    };
    (1..).zip(rows).map(row).collect()
}
