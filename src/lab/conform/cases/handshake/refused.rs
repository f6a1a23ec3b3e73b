//! Requests that are to be refused, each with its status.

use super::{FIELDS, MAY, MUST, REQUEST, Row, line, row, with};
use crate::lab::conform::client::OPENING;
use crate::lab::conform::handshake::{Edit, Wanted};
use crate::lab::conform::profile::Profile;

type Fields = &'static [(&'static str, &'static str)];

const NONE: Fields = &[];
const UPGRADE: Fields = &[("Upgrade", "websocket")];
const VERSION: Fields = &[("Sec-WebSocket-Version", "13")];
const ALLOW: Fields = &[("Allow", "GET")];
const CHALLENGE: Fields = &[("WWW-Authenticate", "")];

const VERSIONS: &str = "RFC 6455 §4.4";
const HTTP: &str = "RFC 9112 §3";
const HOST: &str = "RFC 9112 §3.2";

fn refused(
    must: bool,
    status: u16,
    fields: Fields,
    title: &'static str,
    section: &'static str,
    edits: Vec<Edit>,
) -> Row {
    Row { wanted: Wanted::Refusal { status, fields }, ..row(must, title, section, edits) }
}

/// Those of any server.
pub fn rows() -> Vec<Row> {
    [upgrades(), versions(), keys(), methods(), heads(), bodies(), precedence()].concat()
}

fn upgrades() -> Vec<Row> {
    let wrong = |title, edit| refused(MUST, 426, UPGRADE, title, REQUEST, vec![edit]);
    vec![
        wrong("No Upgrade", Edit::Without("Upgrade")),
        wrong("`Upgrade: h2c`", with("Upgrade", "h2c")),
        wrong("`Upgrade: websocket2`", with("Upgrade", "websocket2")),
        wrong("An empty Upgrade", with("Upgrade", "")),
        wrong("No Connection", Edit::Without("Connection")),
        wrong("`Connection: keep-alive`", with("Connection", "keep-alive")),
        wrong("`Connection: upgrade-insecure`", with("Connection", "upgrade-insecure")),
        wrong("An empty Connection", with("Connection", "")),
    ]
}

fn versions() -> Vec<Row> {
    const NAME: &str = "Sec-WebSocket-Version";
    let wrong = |must, title, edits| refused(must, 426, VERSION, title, VERSIONS, edits);
    vec![
        wrong(MUST, "No Sec-WebSocket-Version", vec![Edit::Without(NAME)]),
        wrong(MUST, "Version 12", vec![with(NAME, "12")]),
        wrong(MUST, "Version 8", vec![with(NAME, "8")]),
        wrong(MUST, "Version 14", vec![with(NAME, "14")]),
        wrong(MUST, "Version 0", vec![with(NAME, "0")]),
        wrong(MAY, "Version 013", vec![with(NAME, "013")]),
        wrong(MAY, "Versions `13, 8`", vec![with(NAME, "13, 8")]),
        wrong(MAY, "Version 13 in two lines", vec![line("Sec-WebSocket-Version: 13")]),
        wrong(MUST, "A version that is no number", vec![with(NAME, "thirteen")]),
        wrong(MUST, "An empty version", vec![with(NAME, "")]),
    ]
}

fn keys() -> Vec<Row> {
    const NAME: &str = "Sec-WebSocket-Key";
    let wrong = |must, title, edits| refused(must, 400, NONE, title, REQUEST, edits);
    let key = |value| vec![with(NAME, value)];
    vec![
        wrong(MUST, "No key", vec![Edit::Without(NAME)]),
        wrong(MUST, "An empty key", key("")),
        // RFC 6455 §4.2.2: it is not necessary for the server to decode the key.
        wrong(MAY, "A key of 15 bytes", key("AAECAwQFBgcICQoLDA0O")),
        wrong(MAY, "A key of 17 bytes", key("AAECAwQFBgcICQoLDA0ODxA=")),
        wrong(MAY, "A key with bytes outside of base64", key("AAECAwQFBgcICQoLDA0O*w==")),
        wrong(MAY, "A key without its padding", key("AAECAwQFBgcICQoLDA0ODw")),
        wrong(MAY, "A key in the alphabet for URLs", key("__-_AwQFBgcICQoLDA0ODw==")),
        wrong(MAY, "A key in two lines", vec![line("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==")]),
        wrong(MAY, "Two keys in one line", key("AAECAwQFBgcICQoLDA0ODw==, AAECAwQFBgcICQoLDA0ODw==")),
    ]
}

fn methods() -> Vec<Row> {
    let wrong = |title, method| refused(MUST, 405, ALLOW, title, REQUEST, vec![Edit::Method(method)]);
    vec![
        wrong("POST", "POST"),
        wrong("PUT", "PUT"),
        wrong("OPTIONS", "OPTIONS"),
        wrong("`get` in small letters", "get"),
        wrong("A method that nobody knows", "FETCH"),
    ]
}

fn heads() -> Vec<Row> {
    let wrong = |must, status, title, section, edits| refused(must, status, NONE, title, section, edits);
    let field = |must, title, bytes: &[u8]| wrong(must, 400, title, FIELDS, vec![Edit::Line(bytes.to_vec())]);
    vec![
        wrong(MUST, 400, "HTTP/1.0", REQUEST, vec![Edit::Version("HTTP/1.0")]),
        wrong(MUST, 400, "HTTP/0.9", REQUEST, vec![Edit::Version("HTTP/0.9")]),
        wrong(MAY, 505, "HTTP/2.0 in the request line", "RFC 9110 §15.6.6", vec![Edit::Version("HTTP/2.0")]),
        wrong(MAY, 505, "The preface of HTTP/2", "RFC 9113 §3.4", vec![Edit::Raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]),
        wrong(MAY, 400, "A request line without a version", HTTP, vec![Edit::Version("")]),
        wrong(MAY, 400, "`http/1.1` in small letters", HTTP, vec![Edit::Version("http/1.1")]),
        wrong(MAY, 400, "Nothing that is HTTP", HTTP, vec![Edit::Raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")]),
        wrong(MAY, 400, "Two spaces behind the method", HTTP, vec![Edit::Method("GET ")]),
        wrong(MUST, 400, "No Host", HOST, vec![Edit::Without("Host")]),
        wrong(MUST, 400, "Host in two lines", HOST, vec![line("Host: other.example.com")]),
        wrong(MUST, 400, "A Host that is none", HOST, vec![with("Host", "a b/c")]),
        field(MUST, "White space before a colon", b"X-Name : value"),
        field(MAY, "A value on two lines", b"X-Name: a\r\n b"),
        field(MAY, "A first field that begins with a space", b" X-Name: value"),
        field(MAY, "NUL in a value", b"X-Name: a\0b"),
        field(MAY, "A bare CR in a value", b"X-Name: a\rb"),
        field(MAY, "A bare LF in a value", b"X-Name: a\nb"),
        field(MAY, "A line without a colon", b"X-Name value"),
        field(MAY, "A field without a name", b": value"),
        field(MAY, "A name with a character that names do not have", b"X(Name): value"),
        field(MAY, "A name with a byte above 0x7f", b"X-N\xe4me: value"),
        wrong(
            MAY,
            400,
            "Lines that end with LF alone",
            "RFC 9112 §2.2",
            vec![Edit::LineEnd("\n"), Edit::Line(b"\r\n\r".to_vec())],
        ),
    ]
}

fn bodies() -> Vec<Row> {
    const BODY: &str = "RFC 9110 §9.3.1";
    const LENGTH: &str = "RFC 9112 §6.3";
    let wrong = |must, title, section, texts: &[&str]| {
        refused(must, 400, NONE, title, section, texts.iter().map(|text| line(text)).collect())
    };
    vec![
        wrong(MAY, "`Content-Length: 5`", BODY, &["Content-Length: 5"]),
        wrong(MUST, "`Content-Length: -1`", LENGTH, &["Content-Length: -1"]),
        wrong(MAY, "`Transfer-Encoding: chunked`", BODY, &["Transfer-Encoding: chunked"]),
        wrong(MUST, "Two Content-Lengths that differ", LENGTH, &["Content-Length: 0", "Content-Length: 7"]),
    ]
}

/// Where several rules are broken, the first of them answers.
fn precedence() -> Vec<Row> {
    let wrong = |status, title, edits| refused(MUST, status, NONE, title, REQUEST, edits);
    let (no_upgrade, no_key) = (|| Edit::Without("Upgrade"), || Edit::Without("Sec-WebSocket-Key"));
    let version = || with("Sec-WebSocket-Version", "8");
    vec![
        wrong(405, "POST without Upgrade", vec![Edit::Method("POST"), no_upgrade()]),
        wrong(426, "Version 8 without a key", vec![version(), no_key()]),
        wrong(426, "No Upgrade, no key", vec![no_upgrade(), no_key()]),
        wrong(400, "POST with white space before a colon", vec![Edit::Method("POST"), line("X-Name : value")]),
    ]
}

/// Those that depend on what the server's spec says.
pub fn depending(profile: &Profile) -> Vec<Row> {
    const UNKNOWN: &str = "it depends on the server's spec, which is not known";
    let path = profile.path.is_some();
    let elsewhere = || Edit::Target("/not/served/here".to_owned());
    let long = format!("X-Long: {}", "x".repeat(profile.head.unwrap_or_default().min(1 << 20)));
    let slow = profile.head_time.is_some_and(|time| time < OPENING);
    let may = |status, title, section, edits| refused(MAY, status, NONE, title, section, edits);
    vec![
        may(404, "Another path", HTTP, vec![elsewhere()]).only(path, UNKNOWN),
        may(404, "The path with a slash behind it", HTTP, vec![Edit::TargetEnd("/x")]).only(path, UNKNOWN),
        may(404, "Another path without Upgrade", HTTP, vec![elsewhere(), Edit::Without("Upgrade")]).only(path, UNKNOWN),
        refused(MAY, 405, ALLOW, "POST to another path", HTTP, vec![elsewhere(), Edit::Method("POST")])
            .only(path, UNKNOWN),
        may(404, "The target `*`", HTTP, vec![Edit::Target("*".to_owned())]).only(profile.is_known(), UNKNOWN),
        may(
            403,
            "An origin that is not allowed",
            "RFC 6455 §4.2.2",
            vec![with("Origin", "http://not.allowed.example")],
        )
        .only(!profile.origins.is_empty(), UNKNOWN),
        may(
            400,
            "No subprotocol where one is required",
            "RFC 6455 §4.2.2",
            vec![Edit::Without("Sec-WebSocket-Protocol")],
        )
        .only(profile.require_subprotocol, UNKNOWN),
        may(431, "A head that is longer than limits.handshake", "RFC 6585 §5", vec![line(&long)])
            .only(profile.head.is_some(), UNKNOWN),
        may(408, "A head that does not end in timeouts.handshake", "RFC 9110 §15.5.9", vec![Edit::Unfinished])
            .only(slow, UNKNOWN),
        refused(
            MAY,
            401,
            CHALLENGE,
            "No token where one is wanted",
            "RFC 6750 §3",
            vec![Edit::Without("Authorization")],
        )
        .only(profile.token, UNKNOWN),
    ]
}
