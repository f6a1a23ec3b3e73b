//! Group 20: upgrade requests, right and wrong.

mod refused;

use crate::lab::conform::case::{Case, Trial};
use crate::lab::conform::handshake::{Edit, Handshake, Wanted};
use crate::lab::conform::id::Id;
use crate::lab::conform::profile::Profile;

/// A row of a table: what differs, by which rule, whether it leaves no choice.
#[derive(Clone)]
struct Row {
    title: &'static str,
    section: &'static str,
    must: bool,
    edits: Vec<Edit>,
    wanted: Wanted,
    inapplicable: Option<&'static str>,
}

pub fn cases(profile: &Profile) -> Vec<Case> {
    let parts = [accepted(), subprotocols(profile), refused::rows(), refused::depending(profile)];
    (1..).zip(parts).flat_map(|(part, rows)| (1..).zip(rows).map(move |(number, row)| row.case(part, number))).collect()
}

impl Row {
    fn case(self, part: u16, number: u16) -> Case {
        Case {
            id: Id::new(&[20, part, number]),
            title: self.title.to_owned(),
            section: self.section,
            trial: Trial::Handshake(Handshake { edits: self.edits, wanted: self.wanted, must: self.must }),
            inapplicable: self.inapplicable.map(str::to_owned),
        }
    }

    /// Runs where the condition holds.
    fn only(self, holds: bool, otherwise: &'static str) -> Self {
        Self { inapplicable: (!holds).then_some(otherwise), ..self }
    }
}

const MUST: bool = true;
const MAY: bool = false;

const REQUEST: &str = "RFC 6455 §4.2.1";
const FIELDS: &str = "RFC 9112 §5";
const LISTS: &str = "RFC 9110 §5.6.1";

fn with(name: &'static str, value: &str) -> Edit {
    Edit::With(name, format!(" {value}"))
}

fn line(text: &str) -> Edit {
    Edit::Line(text.as_bytes().to_vec())
}

fn row(must: bool, title: &'static str, section: &'static str, edits: Vec<Edit>) -> Row {
    Row { title, section, must, edits, wanted: Wanted::Upgrade(None), inapplicable: None }
}

/// Requests that are in order.
fn accepted() -> Vec<Row> {
    let upper = Edit::Names(str::to_ascii_uppercase);
    let lower = Edit::Names(str::to_ascii_lowercase);
    let cookie = format!("Cookie: a={}", "x".repeat(2000));
    let connection = || Edit::Without("Connection");
    vec![
        row(MUST, "A correct request", REQUEST, vec![]),
        row(MUST, "Names of fields in lower case", FIELDS, vec![lower]),
        row(MUST, "Names of fields in upper case", FIELDS, vec![upper]),
        row(MUST, "`Upgrade: WebSocket`", REQUEST, vec![with("Upgrade", "WebSocket")]),
        row(MUST, "`Upgrade: WEBSOCKET`", REQUEST, vec![with("Upgrade", "WEBSOCKET")]),
        row(MAY, "`Upgrade: h2c, websocket`", REQUEST, vec![with("Upgrade", "h2c, websocket")]),
        row(MUST, "`Connection: upgrade`", REQUEST, vec![with("Connection", "upgrade")]),
        row(MUST, "`Connection: keep-alive, Upgrade`", REQUEST, vec![with("Connection", "keep-alive, Upgrade")]),
        row(
            MUST,
            "`Connection: Upgrade,keep-alive` without a space",
            LISTS,
            vec![with("Connection", "Upgrade,keep-alive")],
        ),
        row(
            MUST,
            "Connection in two lines",
            LISTS,
            vec![connection(), line("Connection: keep-alive"), line("Connection: Upgrade")],
        ),
        row(MUST, "Empty elements in the list of Connection", LISTS, vec![with("Connection", ", Upgrade,,")]),
        row(MUST, "No space behind colons", FIELDS, vec![Edit::With("Upgrade", "websocket".to_owned())]),
        row(MUST, "Spaces around a value", FIELDS, vec![with("Upgrade", "  websocket  ")]),
        row(MUST, "Tabs around a value", FIELDS, vec![Edit::With("Connection", "\tUpgrade\t".to_owned())]),
        row(MUST, "An empty field", FIELDS, vec![line("X-Empty:")]),
        row(
            MUST,
            "Fields that nobody knows, one of them twice",
            FIELDS,
            vec![line("X-One: 1"), line("X-One: 2"), line("DNT: 1")],
        ),
        row(MAY, "A field of two kilobytes", FIELDS, vec![line(&cookie)]),
        row(MAY, "Bytes above 0x7f in a value", FIELDS, vec![Edit::Line(b"X-Name: \xc3\x85ngstr\xf6m".to_vec())]),
        row(MUST, "A byte at a time", REQUEST, vec![Edit::Cut(1)]),
        row(MUST, "Seven bytes at a time", REQUEST, vec![Edit::Cut(7)]),
        // RFC 6455 §4.1: a client waits for the answer; what a server does with one that does not wait is left open.
        row(MAY, "A message behind the head in the same write", "RFC 6455 §4.1", vec![Edit::Message(usize::MAX)]),
        row(MAY, "A message that begins behind the head in the same write", "RFC 6455 §4.1", vec![Edit::Message(3)]),
        row(MAY, "An empty line before the request", "RFC 9112 §2.2", vec![Edit::Before(b"\r\n")]),
        row(MAY, "HTTP/1.2", "RFC 9110 §2.5", vec![Edit::Version("HTTP/1.2")]),
        row(MAY, "A query behind the path", "RFC 6455 §3", vec![Edit::TargetEnd("?a=1&b=%20")]),
        row(MUST, "The target in absolute form", "RFC 9112 §3.2.2", vec![Edit::AbsoluteTarget]),
        row(MAY, "`Content-Length: 0`", "RFC 9110 §8.6", vec![line("Content-Length: 0")]),
        row(MAY, "Another host", "RFC 6455 §4.2.1", vec![with("Host", "server.example.com")]),
        row(
            MUST,
            "An extension that nobody knows",
            "RFC 6455 §9.1",
            vec![line("Sec-WebSocket-Extensions: x-unknown; a=1")],
        ),
    ]
}

/// Subprotocols, which are known from the spec alone.
fn subprotocols(profile: &Profile) -> Vec<Row> {
    const NONE: &str = "it is not known which subprotocols the server takes";
    const SECTION: &str = "RFC 6455 §4.2.2";
    let served = |at: usize| profile.subprotocols.get(at).cloned();
    let offer = |names: &str| vec![with("Sec-WebSocket-Protocol", names)];
    let choose = |title, edits, chosen: Option<String>| Row {
        wanted: Wanted::Upgrade(Some(chosen)),
        ..row(MUST, title, SECTION, edits)
    };
    let first = served(0).unwrap_or_default();
    let both = profile.subprotocols.iter().rev().take(2).cloned().collect::<Vec<_>>().join(", ");
    let lines = vec![
        Edit::Without("Sec-WebSocket-Protocol"),
        line("Sec-WebSocket-Protocol: x-unknown"),
        line(&format!("Sec-WebSocket-Protocol: {first}")),
    ];
    let (has_one, optional) = (!profile.subprotocols.is_empty(), !profile.require_subprotocol);
    let preferred = profile.subprotocols.iter().rev().take(2).next_back().cloned();
    let other_case = first.to_ascii_uppercase();
    vec![
        choose("No subprotocol", vec![Edit::Without("Sec-WebSocket-Protocol")], None)
            .only(optional, "websocket.require_subprotocol is on"),
        choose("A subprotocol that nobody knows", offer("x-unknown"), None)
            .only(optional, "websocket.require_subprotocol is on"),
        choose("One of the server's subprotocols", offer(&first), served(0)).only(has_one, NONE),
        choose(
            "One of the server's subprotocols behind one that nobody knows",
            offer(&format!("x-unknown, {first}")),
            served(0),
        )
        .only(has_one, NONE),
        choose("The same in two lines", lines, served(0)).only(has_one, NONE),
        choose("Two of the server's subprotocols: the server prefers", offer(&both), preferred)
            .only(profile.subprotocols.len() > 1, NONE),
        choose("One of the server's subprotocols in other letters", offer(&other_case), None)
            .only(has_one && optional && other_case != first, NONE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the cases of a part that leave a server no choice.
    fn strict(part: u16) -> Vec<String> {
        let cases = cases(&Profile::default());
        let of_part = cases.iter().filter(|case| case.id.to_string().starts_with(&format!("20.{part}.")));
        let must = of_part.filter(|case| matches!(&case.trial, Trial::Handshake(handshake) if handshake.must));
        must.map(|case| case.title.clone()).collect()
    }

    #[test]
    fn rfc6455_4_1_a_client_that_does_not_wait_may_be_refused() {
        let accepted = strict(1);
        assert!(accepted.iter().any(|title| title == "A correct request"), "{accepted:?}");
        assert!(!accepted.iter().any(|title| title.contains("behind the head")), "{accepted:?}");
    }

    #[test]
    fn rfc6455_4_2_2_a_key_need_not_be_decoded() {
        let refused = strict(3);
        let keys: Vec<&str> = refused.iter().map(String::as_str).filter(|title| title.contains("key")).collect();
        assert_eq!(keys, ["No key", "An empty key", "Version 8 without a key", "No Upgrade, no key"]);
    }
}
