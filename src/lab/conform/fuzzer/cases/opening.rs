//! Group 30, part 1: the request.

use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::fuzzer::rule::Rule;
use crate::lab::conform::id::Id;

const REQUEST: &str = "RFC 6455 §4.1";

const ROWS: [(&str, &str, Rule); 12] = [
    ("GET, and HTTP/1.1 or later", REQUEST, Rule::Line),
    ("The target is a path without a fragment", "RFC 6455 §3", Rule::Target),
    ("Host, once", REQUEST, Rule::Host),
    ("`Upgrade: websocket`", REQUEST, Rule::Upgrade),
    ("`Connection: Upgrade`", REQUEST, Rule::Connection),
    ("A key of 16 bytes in base64, once", REQUEST, Rule::Key),
    ("A key that no other connection had", REQUEST, Rule::FreshKey),
    ("Version 13", REQUEST, Rule::Version),
    ("Offers of permessage-deflate that can be accepted", "RFC 7692 §7.1", Rule::Offers),
    ("Subprotocols are tokens, and differ", REQUEST, Rule::Subprotocols),
    ("No body", "RFC 9110 §9.3.1", Rule::Body),
    ("Nothing is sent before the answer", REQUEST, Rule::Waits),
];

pub fn cases() -> Vec<Case> {
    let row = |(number, (title, section, rule)): (u16, (&str, &'static str, Rule))| Case {
        id: Id::new(&[30, 1, number]),
        title: title.to_owned(),
        section,
        trial: Trial::Request(rule),
    };
    (1..).zip(ROWS).map(row).collect()
}
