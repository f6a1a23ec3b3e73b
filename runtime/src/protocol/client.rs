//! The client's side of the handshake (RFC 6455 §4.1), and masked frames: for tools that talk to
//! servers.

use super::base64;
use super::extension::{self, Agreement};
use super::frame::{Header, Opcode};
use super::handshake::accept_value;
use super::http;
use super::mask::{self, Key};

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The value of `Host`.
    pub host: &'a str,
    /// The resource, with its query.
    pub target: &'a str,
    /// Sixteen random bytes.
    pub nonce: [u8; 16],
    /// The offered subprotocols.
    pub subprotocols: &'a [&'a str],
    /// Whether to offer permessage-deflate.
    pub compression: bool,
    /// Further lines of the head, each with its CR LF.
    pub extra_fields: &'a str,
}

/// Why a server's answer is not the acceptance of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Not an HTTP/1.1 head.
    Malformed,
    /// Another status than 101.
    Status(u16),
    /// `Upgrade` or `Connection` is missing.
    NoUpgrade,
    /// `Sec-WebSocket-Accept` does not belong to the request.
    WrongAccept,
    /// A subprotocol that was not offered.
    Subprotocol,
    /// An extension, or a parameter of one, that was not offered.
    Extension,
}

/// What a server accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The chosen subprotocol.
    pub subprotocol: Option<String>,
    /// The negotiated permessage-deflate.
    pub compression: Option<Agreement>,
}

impl Request<'_> {
    /// The head of the upgrade request.
    #[must_use]
    pub fn head(&self) -> String {
        let Self { host, target, extra_fields, .. } = self;
        let key = base64::encode(&self.nonce);
        let mut head = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        );
        if !self.subprotocols.is_empty() {
            head.push_str("Sec-WebSocket-Protocol: ");
            head.push_str(&self.subprotocols.join(", "));
            head.push_str("\r\n");
        }
        if self.compression {
            head.push_str("Sec-WebSocket-Extensions: ");
            head.push_str("permessage-deflate; client_max_window_bits\r\n");
        }
        head.push_str(extra_fields);
        head.push_str("\r\n");
        head
    }

    /// Checks the complete head of the server's answer.
    ///
    /// # Errors
    /// [`Rejected`] if the connection must not be used (RFC 6455 §4.1).
    pub fn check(&self, head: &[u8]) -> Result<Accepted, Rejected> {
        let (line, fields) = http::split(head).map_err(|_| Rejected::Malformed)?;
        match status(line).ok_or(Rejected::Malformed)? {
            101 => {}
            other => return Err(Rejected::Status(other)),
        }
        if !fields.lists("Upgrade", "websocket") || !fields.lists("Connection", "upgrade") {
            return Err(Rejected::NoUpgrade);
        }
        let accept = accept_value(base64::encode(&self.nonce).as_bytes());
        if fields.single("Sec-WebSocket-Accept") != Some(accept.as_bytes()) {
            return Err(Rejected::WrongAccept);
        }
        let subprotocol = self.check_subprotocol(&fields)?;
        let answer = fields.joined("Sec-WebSocket-Extensions");
        let compression = extension::accept(&answer).map_err(|_| Rejected::Extension)?;
        if compression.is_some() && !self.compression {
            return Err(Rejected::Extension);
        }
        Ok(Accepted { subprotocol, compression })
    }

    fn check_subprotocol(&self, fields: &http::Fields<'_>) -> Result<Option<String>, Rejected> {
        if fields.values("Sec-WebSocket-Protocol").next().is_none() {
            return Ok(None);
        }
        let chosen = fields.single("Sec-WebSocket-Protocol").ok_or(Rejected::Subprotocol)?;
        let offered = self.subprotocols.iter().find(|offered| offered.as_bytes() == chosen);
        offered.map(|name| Some((*name).to_owned())).ok_or(Rejected::Subprotocol)
    }
}

/// The status code of a status line (RFC 9112 §4).
fn status(line: &[u8]) -> Option<u16> {
    let mut parts = line.splitn(3, |&byte| byte == b' ');
    let (1, _) = http::version(parts.next()?)? else { return None };
    let code = parts.next()?;
    let digits = code.len() == 3 && code.iter().all(u8::is_ascii_digit);
    digits.then(|| code.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0')))
}

/// Appends a masked frame to `out` (RFC 6455 §5.3; the key has to be unpredictable).
pub fn masked_frame(
    out: &mut Vec<u8>,
    fin: bool,
    compressed: bool,
    opcode: Opcode,
    payload: &[u8],
    key: Key,
) {
    let header = Header::new(fin, compressed, opcode, payload.len(), Some(key));
    out.extend_from_slice(header.as_bytes());
    let start = out.len();
    out.extend_from_slice(payload);
    mask::apply(&mut out[start..], key, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Request<'static> = Request {
        host: "localhost",
        target: "/chat",
        nonce: *b"the sample nonce",
        subprotocols: &["v1", "v2"],
        compression: true,
        extra_fields: "",
    };

    fn answer(extra: &str) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extra}\r\n"
        )
    }

    #[test]
    fn rfc6455_4_1_the_request() {
        let head = REQUEST.head();
        assert!(head.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        assert!(head.contains("Sec-WebSocket-Protocol: v1, v2\r\n"));
        assert!(head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn rfc6455_4_1_only_the_right_answer_is_accepted() {
        let check = |text: &str| REQUEST.check(text.as_bytes());
        assert_eq!(check(&answer("")).map(|accepted| accepted.compression), Ok(None));
        assert_eq!(check("HTTP/1.1 404 Not Found\r\n\r\n"), Err(Rejected::Status(404)));
        assert_eq!(check("HTTP/1.1 1 \r\n\r\n"), Err(Rejected::Malformed));
        assert_eq!(check(&answer("").replace("s3p", "S3p")), Err(Rejected::WrongAccept));
        assert_eq!(check(&answer("").replace("Upgrade: w", "X: w")), Err(Rejected::NoUpgrade));
        let protocol = check(&answer("Sec-WebSocket-Protocol: v2\r\n")).unwrap().subprotocol;
        assert_eq!(protocol.as_deref(), Some("v2"));
        let foreign = check(&answer("Sec-WebSocket-Protocol: v3\r\n"));
        assert_eq!(foreign, Err(Rejected::Subprotocol));
    }

    #[test]
    fn rfc7692_7_1_answers_to_the_offer() {
        let check = |value: &str| {
            REQUEST.check(answer(&format!("Sec-WebSocket-Extensions: {value}\r\n")).as_bytes())
        };
        let agreed = check("permessage-deflate; client_max_window_bits=10").unwrap();
        assert_eq!(agreed.compression.unwrap().client_max_window_bits, 10);
        for bad in ["other", "permessage-deflate; x", "permessage-deflate; client_max_window_bits"]
        {
            assert_eq!(check(bad), Err(Rejected::Extension), "{bad}");
        }
    }
}
