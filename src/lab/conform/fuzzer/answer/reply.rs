//! The bytes of an answer.

use std::io::Write as _;
use std::net::Shutdown;

use specgen_runtime::protocol::handshake::accept_value;

use crate::lab::conform::frame::{Frame, TEXT};
use crate::lab::conform::fuzzer::request::Request;
use crate::lab::conform::handshake::send;
use crate::lab::conform::payload::shown;
use crate::lab::conform::role::Role;
use crate::lab::connection::Connection;

const ACCEPT: &str = "Sec-WebSocket-Accept";
/// How much of an endless head is sent, in bytes.
const ENDLESS: usize = 1 << 20;

/// A change of the correct answer.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Another status line.
    Status(&'static str),
    /// A field left out.
    Without(&'static str),
    /// A field with another value, as it stands behind the colon.
    With(&'static str, &'static str),
    /// The names of all fields changed.
    Names(fn(&str) -> String),
    /// The fields in the other order.
    Reversed,
    /// Another Sec-WebSocket-Accept, made of the right one and of the key.
    Accept(fn(&str, &str) -> String),
    /// One more of them, behind the others.
    SecondAccept(fn(&str) -> String),
    /// A subprotocol, made of the offered ones.
    Subprotocol(fn(&[String]) -> String),
    /// A further line, without its end.
    Line(&'static [u8]),
    /// A further field with a value of so many bytes.
    Long(usize),
    /// Bytes before the answer.
    Before(&'static [u8]),
    /// A text message behind the head, in the same write; so many bytes of it, the others later.
    Message(usize),
    /// So many bytes at a time.
    Cut(usize),
    /// Something else entirely.
    Raw(&'static [u8]),
    /// So many bytes of the head, then the end of the stream.
    Truncated(usize),
    /// The head never ends.
    Endless,
}

/// An answer.
pub struct Reply {
    status: &'static str,
    fields: Vec<(String, String)>,
    lines: Vec<Vec<u8>>,
    before: &'static [u8],
    raw: Option<&'static [u8]>,
    message: Option<usize>,
    cut: usize,
    truncated: Option<usize>,
    is_endless: bool,
}

impl Reply {
    /// RFC 6455 §4.2.2: the answer to that key.
    pub fn correct(key: &[u8]) -> Self {
        let field = |name: &str, value: &str| (name.to_owned(), format!(" {value}"));
        let fields =
            vec![field("Upgrade", "websocket"), field("Connection", "Upgrade"), field(ACCEPT, &accept_value(key))];
        Self {
            status: "HTTP/1.1 101 Switching Protocols",
            fields,
            lines: vec![],
            before: b"",
            raw: None,
            message: None,
            cut: usize::MAX,
            truncated: None,
            is_endless: false,
        }
    }

    /// The answer to a request, changed so.
    pub fn edited(request: &Request, edits: &[Edit]) -> Self {
        let mut reply = Self::correct(request.key());
        for edit in edits {
            reply.apply(edit, request);
        }
        reply
    }

    /// A further line.
    pub fn line(&mut self, line: &str) {
        self.lines.push(line.as_bytes().to_vec());
    }

    /// Whether it has another status than 101, as any HTTP server gives it.
    pub fn is_ordinary(&self) -> bool {
        self.raw.is_none() && !self.status.contains(" 101 ")
    }

    fn apply(&mut self, edit: &Edit, request: &Request) {
        let key = String::from_utf8_lossy(request.key());
        match edit {
            Edit::Status(status) => self.status = status,
            Edit::Without(name) => self.fields.retain(|(field, _)| field != name),
            Edit::With(name, value) => self.replace(name, (*value).to_owned()),
            Edit::Names(change) => self.fields.iter_mut().for_each(|(name, _)| *name = change(name)),
            Edit::Reversed => self.fields.reverse(),
            Edit::Accept(change) => self.replace(ACCEPT, format!(" {}", change(&accept_value(request.key()), &key))),
            Edit::SecondAccept(change) => self.line(&format!("{ACCEPT}: {}", change(&accept_value(request.key())))),
            Edit::Subprotocol(make) => self.line(&format!("Sec-WebSocket-Protocol: {}", make(&request.subprotocols()))),
            Edit::Line(line) => self.lines.push(line.to_vec()),
            Edit::Long(size) => self.line(&format!("X-Long: {}", "x".repeat(*size))),
            Edit::Before(bytes) => self.before = bytes,
            Edit::Message(bytes) => self.message = Some(*bytes),
            Edit::Cut(size) => self.cut = *size,
            Edit::Raw(bytes) => self.raw = Some(bytes),
            Edit::Truncated(size) => self.truncated = Some(*size),
            Edit::Endless => self.is_endless = true,
        }
    }

    fn replace(&mut self, name: &str, value: String) {
        for field in self.fields.iter_mut().filter(|(field, _)| field == name) {
            field.1.clone_from(&value);
        }
    }

    /// Its head.
    pub fn head(&self) -> Vec<u8> {
        if let Some(raw) = self.raw {
            return raw.to_vec();
        }
        let mut head = [self.before, self.status.as_bytes(), b"\r\n"].concat();
        for (name, value) in &self.fields {
            head.extend(format!("{name}:{value}\r\n").as_bytes());
        }
        for line in &self.lines {
            head.extend(line);
            head.extend(b"\r\n");
        }
        head.extend(b"\r\n");
        head
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let head = self.head();
        let shown = |line: &[u8]| shown(line.strip_suffix(b"\r").unwrap_or(line));
        head.split(|byte| *byte == b'\n').map(shown).filter(|line| line != "“”").collect()
    }

    /// Sends it. Of a message behind it, gives what is to come later. A client that is gone is seen later.
    pub fn send(&self, connection: &mut Connection) -> Option<Vec<u8>> {
        let head = self.head();
        if self.is_endless {
            endless(connection, &head[..head.len() - 2]);
        } else if let Some(size) = self.truncated {
            let _ = connection.write_all(&head[..size.min(head.len())]);
            let _ = connection.stream().shutdown(Shutdown::Write);
        } else {
            let (message, late) = self.message().unzip();
            send(connection, &[head, message.unwrap_or_default()].concat(), self.cut);
            return late;
        }
        None
    }

    /// What of the message stands behind the head, and what comes later.
    fn message(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let bytes = self.message?;
        let mut wire = Vec::new();
        Frame::new(TEXT, super::HELLO).sent_by(Role::Server).write(&mut wire, [0; 4]);
        let late = wire.split_off(bytes.min(wire.len()));
        Some((wire, late))
    }
}

/// Fields without an end, for as long as somebody takes them.
fn endless(connection: &mut Connection, head: &[u8]) {
    let field = [b"X-Long: ", &[b'x'; 1000][..], b"\r\n"].concat();
    let mut sent = connection.write_all(head);
    for _ in 0..ENDLESS / field.len() {
        sent = sent.and_then(|()| connection.write_all(&field));
    }
}
