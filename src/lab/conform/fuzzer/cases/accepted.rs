//! Group 30, part 2: answers that are in order.

use crate::lab::conform::fuzzer::answer::{Answer, Edit, Needs, Wanted};
use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::id::Id;

const ANSWER: &str = "RFC 6455 §4.1";
const FIELDS: &str = "RFC 9112 §5";
const LISTS: &str = "RFC 9110 §5.6.1";
const STATUS: &str = "RFC 9112 §4";

const MUST: bool = true;
const MAY: bool = false;

const CONTINUE: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";

type Row = (bool, &'static str, &'static str, Needs, Vec<Edit>);

pub fn cases() -> Vec<Case> {
    let rows = [plain(), framed(), fields(), statuses()].concat();
    let row = |(number, (must, title, section, needs, edits)): (u16, Row)| {
        let answer = Answer { edits, wanted: Wanted::Opens, must, needs };
        Case { id: Id::new(&[30, 2, number]), title: title.to_owned(), section, trial: Trial::Answer(answer) }
    };
    (1..).zip(rows).map(row).collect()
}

fn row(must: bool, title: &'static str, section: &'static str, edits: Vec<Edit>) -> Row {
    (must, title, section, Needs::Nothing, edits)
}

fn with(name: &'static str, value: &'static str) -> Vec<Edit> {
    vec![Edit::With(name, value)]
}

fn plain() -> Vec<Row> {
    vec![
        row(MUST, "A correct answer", ANSWER, vec![]),
        row(MUST, "Names of fields in lower case", FIELDS, vec![Edit::Names(str::to_ascii_lowercase)]),
        row(MUST, "Names of fields in upper case", FIELDS, vec![Edit::Names(str::to_ascii_uppercase)]),
        row(MUST, "The fields in another order", FIELDS, vec![Edit::Reversed]),
        row(MUST, "`Upgrade: WebSocket`", ANSWER, with("Upgrade", " WebSocket")),
        row(MUST, "`Upgrade: WEBSOCKET`", ANSWER, with("Upgrade", " WEBSOCKET")),
        row(MUST, "`Connection: upgrade`", ANSWER, with("Connection", " upgrade")),
        row(MUST, "`Connection: keep-alive, Upgrade`", ANSWER, with("Connection", " keep-alive, Upgrade")),
        row(MUST, "`Connection: Upgrade,keep-alive` without a space", LISTS, with("Connection", " Upgrade,keep-alive")),
        row(
            MAY,
            "Connection in two lines",
            LISTS,
            vec![Edit::With("Connection", " keep-alive"), Edit::Line(b"Connection: Upgrade")],
        ),
        row(MUST, "No space behind a colon", FIELDS, with("Upgrade", "websocket")),
        row(MUST, "Spaces around values", FIELDS, with("Upgrade", "   websocket  ")),
        row(MUST, "Tabs around values", FIELDS, with("Connection", "\tUpgrade\t")),
        row(MUST, "Spaces around Sec-WebSocket-Accept", ANSWER, vec![Edit::Accept(|right, _| format!("  {right}  "))]),
        (MUST, "One of the client's subprotocols", ANSWER, Needs::Subprotocols, vec![Edit::Subprotocol(first)]),
    ]
}

fn first(offered: &[String]) -> String {
    offered.first().cloned().unwrap_or_default()
}

/// How the answer is cut, and what stands behind it.
fn framed() -> Vec<Row> {
    vec![
        row(MUST, "A byte at a time", ANSWER, vec![Edit::Cut(1)]),
        row(MUST, "Seven bytes at a time", ANSWER, vec![Edit::Cut(7)]),
        row(MUST, "A message behind the head in the same write", ANSWER, vec![Edit::Message(usize::MAX)]),
        row(MUST, "A message that begins behind the head in the same write", ANSWER, vec![Edit::Message(1)]),
        row(MUST, "A message behind the head, three bytes at a time", ANSWER, vec![Edit::Message(99), Edit::Cut(3)]),
    ]
}

fn fields() -> Vec<Row> {
    vec![
        row(MUST, "An empty field", FIELDS, vec![Edit::Line(b"X-Empty:")]),
        row(
            MUST,
            "Fields that nobody knows, one of them twice",
            FIELDS,
            vec![Edit::Line(b"X-One: 1"), Edit::Line(b"X-One: 2"), Edit::Line(b"Server: any/1.0 (x; y)")],
        ),
        row(MUST, "Two cookies", FIELDS, vec![Edit::Line(b"Set-Cookie: a=1; Path=/"), Edit::Line(b"Set-Cookie: b=2")]),
        row(MAY, "A field of a kilobyte", FIELDS, vec![Edit::Long(1024)]),
        row(MAY, "Bytes above 0x7f in a value", "RFC 9110 §5.5", vec![Edit::Line(b"X-Name: \xc3\x85ngstr\xf6m")]),
        row(MAY, "`Sec-WebSocket-Version: 13` in the answer", ANSWER, vec![Edit::Line(b"Sec-WebSocket-Version: 13")]),
        row(MAY, "`Content-Length: 0`", "RFC 9110 §8.6", vec![Edit::Line(b"Content-Length: 0")]),
    ]
}

fn statuses() -> Vec<Row> {
    vec![
        row(MUST, "Another reason", STATUS, vec![Edit::Status("HTTP/1.1 101 Whatever you say")]),
        row(MUST, "An empty reason", STATUS, vec![Edit::Status("HTTP/1.1 101 ")]),
        row(MAY, "No reason, nor the space before it", STATUS, vec![Edit::Status("HTTP/1.1 101")]),
        row(MAY, "An interim answer before", "RFC 9110 §15.2", vec![Edit::Before(CONTINUE)]),
    ]
}
