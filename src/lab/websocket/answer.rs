//! The answer to an upgrade request, and what to look at where it is no acceptance.

use specgen_runtime::protocol::client::{Accepted, Rejected};

use crate::lab::trouble::{Kind, Trouble};
use crate::text::disarmed;

/// How much of what came is shown, in bytes or characters.
const EXCERPT: usize = 120;

/// The head of a server's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    /// `HTTP/1.1 101 Switching Protocols`.
    pub status: String,
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
    /// The subprotocol that was chosen.
    pub subprotocol: Option<String>,
    /// The extension that was agreed on, with its parameters.
    pub extension: Option<String>,
}

impl Answer {
    /// Reads what can be read of a head.
    pub fn parse(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        // They may end on a terminal.
        let mut lines = text.lines().filter(|line| !line.is_empty()).map(disarmed);
        let status = lines.next().unwrap_or_default().chars().take(EXCERPT).collect();
        let field = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        Self { status, fields: lines.filter_map(field).collect(), ..Self::default() }
    }

    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Adds what was agreed on.
    pub(in crate::lab) fn accepted(&mut self, accepted: &Accepted) {
        self.subprotocol.clone_from(&accepted.subprotocol);
        self.extension = accepted.compression.map(|agreement| agreement.to_string());
    }

    /// What is wrong with the answer.
    pub(in crate::lab) fn trouble(&self, rejected: Rejected) -> Trouble {
        let (what, advice) = match rejected {
            Rejected::Status(code) => return self.refused(code),
            Rejected::Malformed => (
                format!("the answer is no head of HTTP/1.1: {}", excerpt(self.status.as_bytes())),
                "is this a WebSocket server's port?",
            ),
            Rejected::NoUpgrade => (
                "101, but without `Upgrade: websocket` and `Connection: Upgrade`".to_owned(),
                "RFC 6455 §4.2.2 asks for both; a proxy in between may have removed them",
            ),
            Rejected::WrongAccept => (
                "101, but Sec-WebSocket-Accept does not belong to the key that was sent".to_owned(),
                "a cache answered, or the server computes it otherwise than RFC 6455 §4.2.2 says",
            ),
            Rejected::Subprotocol => (
                format!(
                    "the server chose a subprotocol that was not offered: {}",
                    self.field("Sec-WebSocket-Protocol").unwrap_or_default()
                ),
                "RFC 6455 §4.2.2: one of the offered ones, or none",
            ),
            Rejected::Extension => (
                format!(
                    "the server uses an extension that was not offered so: {}",
                    self.field("Sec-WebSocket-Extensions").unwrap_or_default()
                ),
                "RFC 7692 §7.1: it may use what the client offered alone",
            ),
        };
        Trouble::new(Kind::Handshake, what, advice)
    }

    /// What another status than 101 asks for.
    fn refused(&self, code: u16) -> Trouble {
        let location = self.field("Location").unwrap_or("elsewhere");
        let (what, advice) = match code {
            200..=299 => (
                "an ordinary answer",
                "the path is that of something else, or a proxy does not pass `Upgrade` on".to_owned(),
            ),
            300..=399 => ("a redirection", format!("it points to {location}: use that URL")),
            400 => ("a bad request", "the body of the answer, or the server's log, says which rule".to_owned()),
            401 => ("a token is wanted", "send one: --header \"Authorization: Bearer …\"".to_owned()),
            403 => ("not for this origin", "name an allowed one with --origin (websocket.origins)".to_owned()),
            404 => (
                "nothing is served at this path",
                "websocket.path is `/` by default; the URL's path has to be equal".to_owned(),
            ),
            405 => ("GET is not allowed", "the path is that of something else".to_owned()),
            408 => (
                "the server did not wait for the request",
                "timeouts.handshake is shorter than the way there".to_owned(),
            ),
            426 => match self.field("Sec-WebSocket-Version") {
                Some(versions) => {
                    ("another version is wanted", format!("the server wants version {versions}, this client speaks 13"))
                }
                None => (
                    "an upgrade is wanted",
                    "the server did not see `Upgrade: websocket`: a proxy may have removed it".to_owned(),
                ),
            },
            429 => ("too many connections of this client", "limits.connections_per_client".to_owned()),
            431 => ("the request's head is too large", "limits.handshake; fewer or shorter --header".to_owned()),
            502 | 504 => ("a proxy without a server behind it", "is the server behind it started?".to_owned()),
            503 => {
                ("no more connections are taken", "limits.connections is reached, or the server is draining".to_owned())
            }
            _ => ("not accepted", "the server's log says why".to_owned()),
        };
        Trouble::new(Kind::Handshake, format!("{}: {what}", self.status), advice)
    }
}

/// Whether this can be no HTTP at all.
pub(super) fn is_foreign(bytes: &[u8]) -> bool {
    let expected = b"HTTP/";
    let length = bytes.len().min(expected.len());
    bytes[..length] != expected[..length] && !bytes.starts_with(b"\r\n")
}

pub(super) fn foreign(bytes: &[u8]) -> Trouble {
    // RFC 8446 §5.1: the content type of an alert.
    let advice = if bytes.first() == Some(&0x15) {
        "this is a TLS alert: the server wants wss://"
    } else {
        "is this a WebSocket server's port?"
    };
    Trouble::new(Kind::Handshake, format!("the answer is not HTTP: {}", excerpt(bytes)), advice)
}

pub(super) fn endless(limit: usize) -> Trouble {
    let what = format!("the head of the answer has no end within {} KiB", limit >> 10);
    Trouble::new(Kind::Handshake, what, "no server needs that much; is this a WebSocket server's port?")
}

pub(super) fn cut_short(bytes: &[u8]) -> Trouble {
    match bytes {
        [] => Trouble::new(
            Kind::Ended,
            "the server ended the connection without an answer to the upgrade request",
            "does it want wss://, or is it no WebSocket server?",
        ),
        _ => Trouble::new(
            Kind::Ended,
            format!("the server ended the connection within its answer: {}", excerpt(bytes)),
            "its log says why",
        ),
    }
}

/// Printable, and not too long.
fn excerpt(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(EXCERPT)];
    let dots = if shown.len() < bytes.len() { "…" } else { "" };
    format!("`{}{dots}`", shown.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(head: &str) -> String {
        let answer = Answer::parse(head.as_bytes());
        let code = answer.status.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        answer.trouble(Rejected::Status(code)).advice
    }

    #[test]
    fn every_refusal_says_what_to_look_at() {
        let wanted = advice("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n");
        assert_eq!(wanted, "the server wants version 13, this client speaks 13");
        assert!(advice("HTTP/1.1 302 Found\r\nlocation: /there\r\n\r\n").contains("/there"));
        assert!(advice("HTTP/1.1 401 Unauthorized\r\n\r\n").contains("--header"));
        assert!(advice("HTTP/1.1 403 Forbidden\r\n\r\n").contains("--origin"));
    }

    #[test]
    fn what_is_no_http_is_shown_as_it_is() {
        assert!(is_foreign(b"\x15\x03\x01") && is_foreign(b"SSH-2.0") && !is_foreign(b"HT"));
        assert_eq!(foreign(b"\x15\x03\x03\0").advice, "this is a TLS alert: the server wants wss://");
        assert_eq!(foreign(b"SSH-2.0\r\n").what, "the answer is not HTTP: `SSH-2.0\\r\\n`");
    }
}
