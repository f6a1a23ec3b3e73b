//! Requests, right and wrong, and the answers to them.

use std::io::Write as _;
use std::time::{Duration, Instant};

use specgen_runtime::protocol::base64;
use specgen_runtime::protocol::client::{Accepted, Request};

use super::answer::{self, Answered};
use super::case::Ending;
use super::client::{OPENING, Server, Upgraded};
use super::frame::{Cut, Frame, TEXT};
use super::payload::shown;
use super::result::Seen;
use super::role::Role;
use super::session::{Allowance, Happening, Session};
use super::trial;
use super::verdict::Verdict;
use crate::lab::connection::Connection;
use crate::lab::endpoint::Endpoint;
use crate::lab::websocket::{self, Answer};

/// A request, and what it is to be answered with.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// In what it differs from a correct upgrade request.
    pub edits: Vec<Edit>,
    /// The answer.
    pub wanted: Wanted,
    /// Whether the RFCs leave no choice; where they do, another answer is not strict.
    pub must: bool,
}

/// A change of the correct request.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Another method.
    Method(&'static str),
    /// What stands behind the target.
    TargetEnd(&'static str),
    /// Another target.
    Target(String),
    /// The target in absolute form (RFC 9112 §3.2.2).
    AbsoluteTarget,
    /// Another version of HTTP.
    Version(&'static str),
    /// A field left out.
    Without(&'static str),
    /// A field with another value, as it stands behind the colon.
    With(&'static str, String),
    /// A further line, without its end.
    Line(Vec<u8>),
    /// The names of all fields changed.
    Names(fn(&str) -> String),
    /// Bytes before the request.
    Before(&'static [u8]),
    /// Other ends of lines.
    LineEnd(&'static str),
    /// A text message behind the head, in the same write; so many bytes of it, the others later.
    Message(usize),
    /// Something else entirely.
    Raw(&'static [u8]),
    /// So many bytes at a time.
    Cut(usize),
    /// The end of the head is never sent.
    Unfinished,
}

/// What answers a request.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// 101; with this subprotocol, where it is known what the server takes.
    Upgrade(Option<Option<String>>),
    /// An error.
    Refusal {
        /// Its status.
        status: u16,
        /// Fields that belong to it, with what their values contain.
        fields: &'static [(&'static str, &'static str)],
    },
}

/// The parts of a request.
struct Parts {
    method: &'static str,
    target: String,
    version: &'static str,
    fields: Vec<(String, String)>,
    lines: Vec<Vec<u8>>,
    before: &'static [u8],
    line_end: &'static str,
    raw: Option<&'static [u8]>,
    message: Option<usize>,
    cut: usize,
    unfinished: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            method: "GET",
            target: String::new(),
            version: "HTTP/1.1",
            fields: vec![],
            lines: vec![],
            before: b"",
            line_end: "\r\n",
            raw: None,
            message: None,
            cut: usize::MAX,
            unfinished: false,
        }
    }
}

const HELLO: &str = "Hello";

/// A request on its way.
struct Attempt<'a> {
    handshake: &'a Handshake,
    nonce: [u8; 16],
    parts: Parts,
}

impl Handshake {
    /// Sends the request and judges the answer.
    pub fn run(&self, server: &Server) -> Seen {
        let nonce = websocket::Handshake::nonce();
        let attempt = Attempt { handshake: self, nonce, parts: self.parts(server, nonce) };
        match server.connect() {
            Ok(connection) => attempt.run(connection),
            Err(trouble) => Seen::no_connection(&trouble),
        }
    }

    fn parts(&self, server: &Server, nonce: [u8; 16]) -> Parts {
        let mut parts = Parts::correct(server, nonce);
        for edit in &self.edits {
            parts.apply(edit, &server.endpoint);
        }
        parts
    }

    /// How many messages it sends when it is accepted.
    pub fn messages(&self) -> usize {
        usize::from(matches!(self.wanted, Wanted::Upgrade(_)))
    }

    /// Their payloads, in bytes.
    pub fn payload_bytes(&self) -> usize {
        self.messages() * HELLO.len()
    }

    /// For people.
    pub fn expected(&self) -> Vec<String> {
        let otherwise = if self.must { "" } else { " (the RFCs leave a choice)" };
        vec![match &self.wanted {
            Wanted::Upgrade(None) => format!("101, then an echo{otherwise}"),
            Wanted::Upgrade(Some(Some(name))) => format!("101 with the subprotocol {name}, then an echo{otherwise}"),
            Wanted::Upgrade(Some(None)) => format!("101 without a subprotocol, then an echo{otherwise}"),
            Wanted::Refusal { status, fields } => {
                let fields: String = fields.iter().map(|(name, value)| format!(" and {name}: {value}")).collect();
                format!("{status}{fields}, Connection: close, a body of the announced length{otherwise}")
            }
        }]
    }
}

impl Attempt<'_> {
    fn run(&self, mut connection: Connection) -> Seen {
        let head = self.parts.head();
        let (behind, late) = self.parts.message_bytes();
        send(&mut connection, &[&head[..], &behind].concat(), self.parts.cut);
        let answered = answer::read(&mut connection, Instant::now() + OPENING);
        let lines = answered.lines();
        let mut seen = match &self.handshake.wanted {
            Wanted::Upgrade(subprotocol) if answered.upgrade() => match self.check(&answered, subprotocol.as_ref()) {
                Ok(accepted) => {
                    let (role, rest, extensions) = (Role::Client, answered.rest, String::new());
                    let upgraded = Upgraded { role, connection, rest, accepted, extensions };
                    self.echo(upgraded, &late)
                }
                Err(wrong) => wrong,
            },
            wanted => self.judge(wanted, &answered),
        };
        seen.seen.splice(0..0, lines);
        seen.sent.splice(0..0, excerpt(&head));
        seen
    }

    fn judge(&self, wanted: &Wanted, answered: &Answered) -> Seen {
        let must = self.handshake.must;
        let (verdict, why) = match wanted {
            Wanted::Refusal { status, fields } => answered.judge_refusal(*status, fields, must),
            Wanted::Upgrade(_) => {
                let verdict = if must { Verdict::Failed } else { Verdict::NonStrict };
                (verdict, vec!["the server does not accept the request".to_owned()])
            }
        };
        Seen { why, mute: answered.is_mute(), ..Seen::plain(verdict, String::new()) }
    }

    /// What was agreed on, or what is wrong with that.
    fn check(&self, answered: &Answered, subprotocol: Option<&Option<String>>) -> Result<Accepted, Seen> {
        let offered = self.parts.offered();
        let subprotocols: Vec<&str> = offered.iter().map(String::as_str).collect();
        let nonce = self.nonce;
        let request =
            Request { host: "", target: "", nonce, subprotocols: &subprotocols, compression: false, extra_fields: "" };
        let accepted = request.check(&answered.head).map_err(|rejected| {
            let trouble = Answer::parse(&answered.head).trouble(rejected);
            Seen::plain(Verdict::Failed, format!("{trouble}; {}", trouble.advice))
        })?;
        match subprotocol {
            Some(wanted) if *wanted != accepted.subprotocol => {
                let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
                let why = format!("the subprotocol is {}, not {}", name(&accepted.subprotocol), name(wanted));
                // RFC 6455 §4.2.2: any of those that were offered, or none.
                Err(Seen::plain(Verdict::NonStrict, why))
            }
            _ => Ok(accepted),
        }
    }

    /// A message there and back, and the closing handshake. It is sent already, up to what is `late`, where the case says so.
    fn echo(&self, mut upgraded: Upgraded, late: &[u8]) -> Seen {
        // Before anything is answered: a Pong may not stand inside of the message. Whether it arrived, the echo tells.
        let _ = upgraded.connection.write_all(late);
        let deadline = Instant::now() + Duration::from_secs(5);
        let mut session = Session::new(upgraded, deadline, Allowance::echoes(1, HELLO.len()));
        if self.parts.message.is_none() {
            session.send(&[Frame::new(TEXT, HELLO)], Cut::Nowhere);
        }
        let echoed =
            matches!(session.next(deadline), Some(Happening::Message(_, payload)) if payload == HELLO.as_bytes());
        session.close(&1000_u16.to_be_bytes());
        let late = session.finish();
        let why = match echoed {
            true => trial::unasked(&late).into_iter().collect(),
            false => vec!["the message was not echoed".to_owned()],
        };
        let behaviour = if why.is_empty() { Verdict::Ok } else { Verdict::Failed };
        trial::finish(session, behaviour, why, &Ending::by_client())
    }
}

impl Parts {
    /// A request that is in order.
    fn correct(server: &Server, nonce: [u8; 16]) -> Self {
        let field = |name: &str, value: &str| (name.to_owned(), format!(" {value}"));
        let mut fields = vec![
            field("Host", &server.endpoint.host_field()),
            field("Upgrade", "websocket"),
            field("Connection", "Upgrade"),
            field("Sec-WebSocket-Version", "13"),
            field("Sec-WebSocket-Key", &base64::encode(&nonce)),
        ];
        if !server.subprotocols.is_empty() {
            fields.push(field("Sec-WebSocket-Protocol", &server.subprotocols.join(", ")));
        }
        fields.extend(server.fields.iter().map(|(name, value)| field(name, value)));
        let target = server.endpoint.target.clone();
        Self { target, fields, ..Self::default() }
    }

    /// The offered subprotocols.
    fn offered(&self) -> Vec<String> {
        const NAME: &str = "Sec-WebSocket-Protocol";
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let lines = self.lines.iter().filter_map(|line| std::str::from_utf8(line).ok()?.split_once(':'));
        let values = fields.chain(lines).filter(|(name, _)| name.eq_ignore_ascii_case(NAME));
        values.flat_map(|(_, value)| value.split(',')).map(|name| name.trim().to_owned()).collect()
    }

    fn apply(&mut self, edit: &Edit, endpoint: &Endpoint) {
        match edit {
            Edit::Method(method) => self.method = method,
            Edit::TargetEnd(end) => self.target.push_str(end),
            Edit::Target(target) => self.target.clone_from(target),
            Edit::AbsoluteTarget => self.target = absolute(endpoint, &self.target),
            Edit::Version(version) => self.version = version,
            Edit::Without(name) => self.remove(name),
            Edit::With(name, value) => {
                self.remove(name);
                self.fields.push(((*name).to_owned(), value.clone()));
            }
            Edit::Line(line) => self.lines.push(line.clone()),
            Edit::Names(change) => self.fields.iter_mut().for_each(|(name, _)| *name = change(name)),
            Edit::Before(bytes) => self.before = bytes,
            Edit::LineEnd(end) => self.line_end = end,
            Edit::Message(bytes) => self.message = Some(*bytes),
            Edit::Raw(bytes) => self.raw = Some(bytes),
            Edit::Cut(size) => self.cut = *size,
            Edit::Unfinished => self.unfinished = true,
        }
    }

    /// Takes a field away, however the user wrote its name.
    fn remove(&mut self, name: &str) {
        self.fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
    }

    fn head(&self) -> Vec<u8> {
        if let Some(raw) = self.raw {
            return raw.to_vec();
        }
        let Self { method, target, version, line_end, .. } = self;
        let mut head = [self.before, format!("{method} {target} {version}{line_end}").as_bytes()].concat();
        for (name, value) in &self.fields {
            head.extend(format!("{name}:{value}{line_end}").as_bytes());
        }
        for line in &self.lines {
            head.extend(line);
            head.extend(line_end.as_bytes());
        }
        if !self.unfinished {
            head.extend(line_end.as_bytes());
        }
        head
    }

    /// What of the message stands behind the head, and what comes later.
    fn message_bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let Some(bytes) = self.message else { return (vec![], vec![]) };
        let mut wire = Vec::new();
        Frame::new(TEXT, HELLO).write(&mut wire, [0x5a, 0x17, 0xc3, 0x88]);
        let late = wire.split_off(bytes.min(wire.len()));
        (wire, late)
    }
}

/// RFC 6455 §4.1: with the scheme that HTTP has for it.
fn absolute(endpoint: &Endpoint, target: &str) -> String {
    let scheme = if endpoint.scheme.is_secure() { "https" } else { "http" };
    format!("{scheme}://{}{target}", endpoint.authority())
}

/// Sends a head, so many bytes at a time. Who answers before all is there is read all the same.
pub(super) fn send(connection: &mut Connection, bytes: &[u8], cut: usize) {
    for piece in bytes.chunks(cut.min(bytes.len()).max(1)) {
        if connection.write_all(piece).is_err() {
            return;
        }
        if cut < bytes.len() {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

fn excerpt(head: &[u8]) -> Vec<String> {
    const LINES: usize = 16;
    let lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    let line = |line: &&[u8]| shown(line.strip_suffix(b"\r").unwrap_or(line));
    lines.iter().take(LINES).filter(|line| !line.is_empty()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::connection::Trust;

    fn server(url: &str) -> Server {
        Server {
            endpoint: url.parse().unwrap(),
            trust: Trust::default(),
            fields: vec![("origin".to_owned(), "http://localhost".to_owned())],
            subprotocols: vec!["v1".to_owned(), "v2".to_owned()],
        }
    }

    fn head(edits: Vec<Edit>) -> String {
        head_for("ws://localhost:9001/chat", edits)
    }

    fn head_for(url: &str, edits: Vec<Edit>) -> String {
        let server = server(url);
        let handshake = Handshake { edits, wanted: Wanted::Upgrade(None), must: true };
        let parts = handshake.parts(&server, *b"the sample nonce");
        assert_eq!(parts.offered(), ["v1", "v2"]);
        String::from_utf8(parts.head()).unwrap()
    }

    #[test]
    fn rfc6455_1_3_the_correct_request() {
        assert_eq!(
            head(vec![]),
            "GET /chat HTTP/1.1\r\nHost: localhost:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v1, v2\r\norigin: http://localhost\r\n\r\n"
        );
    }

    #[test]
    fn edits_change_one_thing_each() {
        let target = head(vec![Edit::AbsoluteTarget, Edit::TargetEnd("?a=1"), Edit::Version("HTTP/1.0")]);
        assert!(target.starts_with("GET http://localhost:9001/chat?a=1 HTTP/1.0\r\n"), "{target}");
        let secure = head_for("wss://localhost:9001/chat", vec![Edit::AbsoluteTarget]);
        assert!(secure.starts_with("GET https://localhost:9001/chat HTTP/1.1\r\n"), "{secure}");
        assert!(!head(vec![Edit::Without("Origin")]).contains("origin"));
        let fields =
            head(vec![Edit::Without("Host"), Edit::With("Upgrade", "h2c".to_owned()), Edit::Line(b"X : y".to_vec())]);
        assert!(
            !fields.contains("Host") && fields.contains("Upgrade:h2c\r\n") && fields.ends_with("\r\nX : y\r\n\r\n")
        );
        assert!(head(vec![Edit::Unfinished]).ends_with("http://localhost\r\n"));
        assert!(head(vec![Edit::LineEnd("\n")]).ends_with("http://localhost\n\n"));
        assert!(head(vec![Edit::Names(str::to_ascii_uppercase)]).contains("\r\nUPGRADE: websocket\r\n"));
    }

    #[test]
    fn rfc6455_4_2_2_another_choice_of_what_was_offered_is_not_strict() {
        let handshake = Handshake { edits: vec![], wanted: Wanted::Upgrade(None), must: true };
        let nonce = *b"the sample nonce";
        let parts = handshake.parts(&server("ws://localhost:9001/chat"), nonce);
        let attempt = Attempt { handshake: &handshake, nonce, parts };
        let verdict = |chosen: &str| {
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, upgrade\r\n\
                 sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{chosen}\r\n"
            );
            let mut answered = Answered::default();
            answered.head = head.into_bytes();
            attempt.check(&answered, Some(&Some("v1".to_owned()))).map(drop).map_err(|seen| seen.verdict)
        };
        assert_eq!(verdict("sec-websocket-protocol: v1\r\n"), Ok(()));
        assert_eq!(verdict("sec-websocket-protocol: v2\r\n"), Err(Verdict::NonStrict));
        assert_eq!(verdict(""), Err(Verdict::NonStrict));
        assert_eq!(verdict("sec-websocket-protocol: v3\r\n"), Err(Verdict::Failed));
    }
}
