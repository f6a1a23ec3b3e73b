//! Group 30, parts 3 to 6: answers for which the connection has to be failed.

use crate::lab::conform::fuzzer::answer::{Answer, Edit, Needs, Wanted};
use crate::lab::conform::fuzzer::case::{Case, Trial};
use crate::lab::conform::id::Id;

const ANSWER: &str = "RFC 6455 §4.1";
const STATUS: &str = "RFC 9112 §4";
const FIELDS: &str = "RFC 9112 §5";
const EXTENSIONS: &str = "RFC 6455 §9.1";
const PARAMETERS: &str = "RFC 7692 §7.1";

const MUST: bool = true;
const MAY: bool = false;

/// Another key's, that of RFC 6455 §1.3.
const FOREIGN: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

type Row = (bool, String, &'static str, Needs, Vec<Edit>);

pub fn cases() -> Vec<Case> {
    let parts = [upgrades(), statuses(), [extensions(), parameters(), subprotocols()].concat(), heads()];
    let numbered = (3..).zip(parts).flat_map(|(part, rows)| (1..).zip(rows).map(move |row| (part, row)));
    numbered.map(case).collect()
}

fn case((part, (number, (must, title, section, needs, edits))): (u16, (u16, Row))) -> Case {
    let answer = Answer { edits, wanted: Wanted::Fails, must, needs };
    Case { id: Id::new(&[30, part, number]), title, section, trial: Trial::Answer(answer) }
}

fn row(must: bool, title: &str, section: &'static str, edits: Vec<Edit>) -> Row {
    (must, title.to_owned(), section, Needs::Nothing, edits)
}

fn upgrades() -> Vec<Row> {
    let accept = |must, title, make| row(must, title, ANSWER, vec![Edit::Accept(make)]);
    let with = |title, name, value| row(MUST, title, ANSWER, vec![Edit::With(name, value)]);
    let without = |title, name| row(MUST, title, ANSWER, vec![Edit::Without(name)]);
    let second = |must, title, make| row(must, title, "RFC 6455 §11.3.3", vec![Edit::SecondAccept(make)]);
    vec![
        without("No Sec-WebSocket-Accept", "Sec-WebSocket-Accept"),
        accept(MUST, "An empty Sec-WebSocket-Accept", |_, _| String::new()),
        accept(MUST, "Another key's Sec-WebSocket-Accept", |_, _| FOREIGN.to_owned()),
        accept(MUST, "The key in place of Sec-WebSocket-Accept", |_, key| key.to_owned()),
        accept(MUST, "Sec-WebSocket-Accept in lower case", |right, _| lower(right)),
        accept(MUST, "Sec-WebSocket-Accept without its padding", |right, _| right.trim_end_matches('=').to_owned()),
        accept(MUST, "More behind Sec-WebSocket-Accept", |right, _| format!("{right}x")),
        accept(MUST, "Sec-WebSocket-Accept as a quoted string", |right, _| format!("\"{right}\"")),
        second(MUST, "Two Sec-WebSocket-Accepts, the second one wrong", |_| FOREIGN.to_owned()),
        row(
            MUST,
            "Two Sec-WebSocket-Accepts, the first one wrong",
            "RFC 6455 §11.3.3",
            vec![Edit::SecondAccept(str::to_owned), Edit::Accept(|_, _| FOREIGN.to_owned())],
        ),
        second(MAY, "The right Sec-WebSocket-Accept twice", str::to_owned),
        without("No Upgrade", "Upgrade"),
        with("An empty Upgrade", "Upgrade", ""),
        with("`Upgrade: h2c`", "Upgrade", " h2c"),
        with("`Upgrade: websockets`", "Upgrade", " websockets"),
        without("No Connection", "Connection"),
        with("`Connection: close`", "Connection", " close"),
        with("`Connection: keep-alive`", "Connection", " keep-alive"),
        with("`Connection: Upgraded`", "Connection", " Upgraded"),
    ]
}

/// What differs from the right value in its letters, even if that has none.
fn lower(right: &str) -> String {
    let lower = right.to_ascii_lowercase();
    if lower == right { right.to_ascii_uppercase() } else { lower }
}

fn statuses() -> Vec<Row> {
    let status = |must, line: &'static str| row(must, &format!("`{line}`"), ANSWER, vec![Edit::Status(line)]);
    let malformed = |line: &'static str| row(MAY, &format!("`{line}`"), STATUS, vec![Edit::Status(line)]);
    vec![
        status(MUST, "HTTP/1.1 200 OK"),
        status(MUST, "HTTP/1.1 201 Created"),
        status(MUST, "HTTP/1.1 204 No Content"),
        status(MUST, "HTTP/1.1 301 Moved Permanently"),
        status(MUST, "HTTP/1.1 400 Bad Request"),
        status(MUST, "HTTP/1.1 401 Unauthorized"),
        status(MUST, "HTTP/1.1 403 Forbidden"),
        status(MUST, "HTTP/1.1 404 Not Found"),
        status(MUST, "HTTP/1.1 426 Upgrade Required"),
        status(MUST, "HTTP/1.1 500 Internal Server Error"),
        status(MUST, "HTTP/1.1 503 Service Unavailable"),
        malformed("HTTP/1.0 101 Switching Protocols"),
        malformed("HTTP/2.0 101 Switching Protocols"),
        malformed("http/1.1 101 Switching Protocols"),
        malformed("HTTP/1.1 0101 Switching Protocols"),
        malformed("HTTP/1.1 1O1 Switching Protocols"),
        malformed("HTTP/1.1  101 Switching Protocols"),
        malformed("101 Switching Protocols"),
        malformed("ICY 101 Switching Protocols"),
    ]
}

fn extension(section: &'static str, needs: Needs, line: &'static [u8]) -> Row {
    let value = line.strip_prefix(b"Sec-WebSocket-Extensions: ").unwrap_or(line);
    (MUST, format!("The server uses: {}", String::from_utf8_lossy(value)), section, needs, vec![Edit::Line(line)])
}

/// Where the RFCs leave a choice.
fn may((_, title, section, needs, edits): Row) -> Row {
    (MAY, title, section, needs, edits)
}

fn extensions() -> Vec<Row> {
    let unknown = |line| extension(EXTENSIONS, Needs::Nothing, line);
    let offered = |line| extension(EXTENSIONS, Needs::Compression, line);
    vec![
        unknown(b"Sec-WebSocket-Extensions: x-unknown"),
        unknown(b"Sec-WebSocket-Extensions: permessage-deflate-2"),
        offered(b"Sec-WebSocket-Extensions: permessage-deflate, x-unknown"),
        may(offered(b"Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate")),
    ]
}

fn parameters() -> Vec<Row> {
    let wrong = |line| extension(PARAMETERS, Needs::Compression, line);
    vec![
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; x-unknown"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; x-unknown=10"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover=1"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover=true"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; client_no_context_takeover"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=010"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=ten"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=7"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=16"),
        wrong(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=010"),
        extension(
            PARAMETERS,
            Needs::NoClientWindow,
            b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10",
        ),
    ]
}

fn subprotocols() -> Vec<Row> {
    let chosen = |needs, title: &str, line| (MUST, title.to_owned(), ANSWER, needs, vec![Edit::Line(line)]);
    let made =
        |must, title: &str, make| (must, title.to_owned(), ANSWER, Needs::Subprotocols, vec![Edit::Subprotocol(make)]);
    vec![
        chosen(Needs::NoSubprotocols, "A subprotocol where none was offered", b"Sec-WebSocket-Protocol: x-unknown"),
        chosen(Needs::Subprotocols, "A subprotocol that was not offered", b"Sec-WebSocket-Protocol: x-unknown"),
        made(MUST, "A subprotocol in other letters", |offered| swapped(offered.first())),
        made(MAY, "Two subprotocols in one line", |offered| {
            format!("{0}, {0}", offered.first().map_or("", String::as_str))
        }),
    ]
}

/// With upper case for lower case, and the other way round; digits get something behind them.
fn swapped(name: Option<&String>) -> String {
    let name = name.map_or("", String::as_str);
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let swapped: String = name.chars().map(swap).collect();
    if swapped == name { format!("{name}x") } else { swapped }
}

fn heads() -> Vec<Row> {
    let field = |title, line| row(MAY, title, FIELDS, vec![Edit::Line(line)]);
    vec![
        field("White space before a colon", b"X-Name : value"),
        field("NUL in a value", b"X-Name: a\0b"),
        field("A bare CR in a value", b"X-Name: a\rb"),
        field("A line without a colon", b"X-Name value"),
        field("A field without a name", b": value"),
        row(MUST, "Nothing that is HTTP", STATUS, vec![Edit::Raw(b"\x00\x01\x02garbage\xff\xfe\r\n\r\n")]),
        row(MUST, "A frame in place of the answer", ANSWER, vec![Edit::Raw(b"\x81\x05Hello")]),
        row(MUST, "Half of the head, then the end of the stream", STATUS, vec![Edit::Truncated(60)]),
        row(MUST, "The end of the stream in place of the answer", STATUS, vec![Edit::Truncated(0)]),
        row(MAY, "A head of 1 MiB without an end", "RFC 6455 §10.4", vec![Edit::Endless]),
    ]
}
