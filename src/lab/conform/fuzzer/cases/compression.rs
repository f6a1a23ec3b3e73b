//! Group 34, parts 3 and 4: permessage-deflate where it was declined, and with what a server may ask for.

use crate::lab::conform::case::{Ending, Strictness};
use crate::lab::conform::cases::build::{compressible, script, send, text};
use crate::lab::conform::frame::Frame;
use crate::lab::conform::fuzzer::acceptance::{PLAIN, Wish};
use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::id::Id;

const RSV1: &str = "RFC 7692 §6";
const PARAMETERS: &str = "RFC 7692 §7.1";

/// Windows that are asked for.
const WINDOWS: [u8; 4] = [15, 12, 10, 9];

pub fn cases() -> Vec<Case> {
    let declined = (1..).zip(declined());
    let agreed = (1..).zip(wishes()).map(|(number, (title, wish))| exchange(number, title, wish));
    declined.map(|(number, (title, frame))| refused(number, title, frame)).chain(agreed).collect()
}

fn declined() -> Vec<(&'static str, Frame)> {
    vec![
        ("A compressed message where nothing was agreed on", text(&b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..]).rsv(4)),
        ("RSV1 on text where nothing was agreed on", text("Hello").rsv(4)),
    ]
}

fn refused(number: u16, title: &str, frame: Frame) -> Case {
    let ending = Ending::by_server(1002).strict(Strictness::Presence);
    let script = script(vec![send([frame.unmasked()])], vec![], ending);
    Case { id: Id::new(&[34, 3, number]), title: title.to_owned(), section: RSV1, trial: Trial::Script(script, vec![]) }
}

/// What is asked for, and what of it the client has to follow.
fn wishes() -> Vec<(String, Wish)> {
    let takeover = |server_no_context_takeover, client_no_context_takeover| Wish {
        server_no_context_takeover,
        client_no_context_takeover,
        ..PLAIN
    };
    let flags = [
        ("nothing else".to_owned(), PLAIN),
        ("server_no_context_takeover".to_owned(), takeover(true, false)),
        ("client_no_context_takeover".to_owned(), takeover(false, true)),
        ("both without context takeover".to_owned(), takeover(true, true)),
    ];
    let server = WINDOWS
        .map(|bits| (format!("server_max_window_bits={bits}"), Wish { server_max_window_bits: Some(bits), ..PLAIN }));
    let client = WINDOWS
        .map(|bits| (format!("client_max_window_bits={bits}"), Wish { client_max_window_bits: Some(bits), ..PLAIN }));
    flags.into_iter().chain(server).chain(client).collect()
}

fn exchange(number: u16, title: String, wish: Wish) -> Case {
    let (id, title) = (Id::new(&[34, 4, number]), format!("permessage-deflate with {title}"));
    Case { id, title, section: PARAMETERS, trial: Trial::Exchange(compressible(), vec![wish]) }
}
