//! The request of a client, as it came.

use std::io::{ErrorKind, Read as _};

use specgen_runtime::protocol::http::{self, Extent};

use super::refusal::Refusal;
use super::rule::Rule;
use crate::lab::connection::Connection;
use crate::text::disarmed;

/// The longest head that is read, in bytes.
const MAX_HEAD: usize = 32 << 10;
/// How much of a line is shown, in characters, and how many lines.
const SHOWN: (usize, usize) = (160, 24);

/// The request of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    fields: Vec<(String, Vec<u8>)>,
    /// What came behind the head.
    pub rest: Vec<u8>,
}

/// Reads the head of a request.
///
/// # Errors
/// What to answer: the head does not come, or is none.
pub fn read(connection: &mut Connection) -> Result<Request, Refusal> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let searched = bytes.len();
        let size = match connection.read(&mut buffer) {
            Ok(0) => return Err(Refusal::bad("the connection ended inside of the request")),
            Ok(size) => size,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(late()),
        };
        bytes.extend_from_slice(&buffer[..size]);
        match http::extent(&bytes, searched, MAX_HEAD) {
            Extent::Complete { start, end } => return Request::parse(&bytes[start..end], &bytes[end..]),
            Extent::TooLarge => return Err(too_large()),
            Extent::Incomplete => {}
        }
    }
}

fn late() -> Refusal {
    Refusal { status: "408 Request Timeout", why: "the request did not come in time".to_owned() }
}

fn too_large() -> Refusal {
    let why = format!("the head of the request is longer than {} KiB", MAX_HEAD >> 10);
    Refusal { status: "431 Request Header Fields Too Large", why }
}

impl Request {
    /// Reads a complete head.
    ///
    /// # Errors
    /// What to answer to one that is not HTTP.
    pub fn parse(head: &[u8], rest: &[u8]) -> Result<Self, Refusal> {
        let none = || Refusal::bad("the request is no head of HTTP/1.1 (RFC 9112 §2.1)");
        let (line, _) = http::split(head).map_err(|_| none())?;
        let line = std::str::from_utf8(line).map_err(|_| none())?;
        let [method, target, version] = line.split(' ').collect::<Vec<_>>()[..] else { return Err(none()) };
        let (method, target, version) = (method.to_owned(), target.to_owned(), version.to_owned());
        Ok(Self { method, target, version, fields: fields(head), rest: rest.to_vec() })
    }

    /// Every value of a field.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.fields.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }

    /// The value of a field that is there exactly once.
    pub fn single(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The values of a field that is a list, with commas between.
    pub fn joined(&self, name: &str) -> Vec<u8> {
        self.values(name).collect::<Vec<_>>().join(&b","[..])
    }

    /// Whether a list has that element, in whatever letters.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.values(name).flat_map(http::elements).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// The key, as it is answered.
    pub fn key(&self) -> &[u8] {
        self.single("Sec-WebSocket-Key").unwrap_or_default()
    }

    /// The offered extensions.
    pub fn offers(&self) -> Vec<u8> {
        self.joined("Sec-WebSocket-Extensions")
    }

    /// The offered subprotocols.
    pub fn subprotocols(&self) -> Vec<String> {
        let list = self.joined("Sec-WebSocket-Protocol");
        http::elements(&list).map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// Why it cannot be accepted at all.
    pub fn problem(&self) -> Option<String> {
        Rule::ESSENTIAL.iter().find_map(|rule| rule.check(self).err())
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let shown = |line: String| disarmed(&line).chars().take(SHOWN.0).collect();
        let first = format!("{} {} {}", self.method, self.target, self.version);
        let field = |(name, value): &(String, Vec<u8>)| format!("{name}: {}", String::from_utf8_lossy(value));
        std::iter::once(first).chain(self.fields.iter().map(field)).take(SHOWN.1).map(shown).collect()
    }
}

/// The fields of a head that was judged already.
fn fields(head: &[u8]) -> Vec<(String, Vec<u8>)> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    let field = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = http::trimmed(line[colon + 1..].strip_suffix(b"\r")?);
        Some((String::from_utf8_lossy(&line[..colon]).into_owned(), value.to_vec()))
    };
    lines.filter_map(field).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A correct request with other fields behind it.
    pub fn request(further: &str) -> Request {
        let head = format!(
            "GET /runCase?case=1&agent=a HTTP/1.1\r\nHost: localhost:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{further}\r\n"
        );
        Request::parse(head.as_bytes(), b"").unwrap()
    }

    #[test]
    fn a_request_in_its_parts() {
        let request = request("Sec-WebSocket-Protocol: a, b\r\nsec-websocket-protocol: c\r\n");
        assert_eq!((request.method.as_str(), request.version.as_str()), ("GET", "HTTP/1.1"));
        assert_eq!(request.key(), b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(request.subprotocols(), ["a", "b", "c"]);
        assert_eq!(request.single("Sec-WebSocket-Protocol"), None);
        assert_eq!(request.problem(), None);
        assert_eq!(request.lines()[1], "Host: localhost:9001");
    }

    #[test]
    fn what_is_no_request() {
        for head in ["\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1 x\r\n\r\n", "GET / HTTP/1.1\r\nX : y\r\n\r\n", "x"] {
            assert_eq!(Request::parse(head.as_bytes(), b"").unwrap_err().status, "400 Bad Request", "{head:?}");
        }
    }
}
