//! The answer to a request, as it came.

use std::io::{ErrorKind, Read as _};
use std::time::Instant;

use specgen_runtime::protocol::http::{self, Extent, Fields};

use super::payload::shown;
use super::session::CLOSING;
use super::verdict::Verdict;
use crate::lab::connection::Connection;

/// The longest head that is read, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// The longest body that is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// Up to its empty line; empty if that did not come.
    pub head: Vec<u8>,
    /// What came behind it: the body, or frames.
    pub rest: Vec<u8>,
    end: Option<End>,
}

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Orderly,
    Reset,
}

/// Reads an answer: the head, and unless it is an upgrade, the body up to the end of the stream, for which a body that is whole already
/// is not waited as long.
pub fn read(connection: &mut Connection, deadline: Instant) -> Answered {
    let mut answered = Answered::default();
    let mut is_whole = false;
    connection.set_deadline(deadline);
    let mut buffer = [0; 4096];
    while answered.rest.len() < MAX_BODY {
        if answered.head.is_empty() {
            answered.split();
        }
        if answered.upgrade() {
            break;
        }
        if !is_whole && answered.is_whole() {
            is_whole = true;
            connection.set_deadline(deadline.min(Instant::now() + CLOSING));
        }
        match connection.read(&mut buffer) {
            Ok(0) => answered.end = Some(End::Orderly),
            Ok(size) => answered.rest.extend(&buffer[..size]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => answered.end = Some(End::Orderly),
            Err(_) => answered.end = Some(End::Reset),
        }
        if answered.end.is_some() {
            break;
        }
    }
    answered
}

impl Answered {
    /// Takes the head off what came, once it is whole.
    fn split(&mut self) {
        if let Extent::Complete { end, .. } = http::extent(&self.rest, 0, MAX_HEAD) {
            self.head = self.rest.drain(..end).collect();
        }
    }

    fn status(&self) -> Option<u16> {
        let line = std::str::from_utf8(self.head.split(|byte| *byte == b'\r').next()?).ok()?;
        line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?.get(..3)?.parse().ok()
    }

    /// Whether it is 101.
    pub fn upgrade(&self) -> bool {
        self.status() == Some(101)
    }

    /// Whether nothing came at all, not even the end.
    pub fn is_mute(&self) -> bool {
        self.head.is_empty() && self.rest.is_empty() && self.end.is_none()
    }

    /// Whether nothing can follow but the end of the stream.
    fn is_whole(&self) -> bool {
        http::split(&self.head).is_ok_and(|(_, fields)| self.body_is_whole(&fields))
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = String::from_utf8_lossy(&self.head).lines().map(str::to_owned).collect();
        lines.retain(|line| !line.is_empty());
        if !self.rest.is_empty() && !self.upgrade() {
            lines.push(shown(&self.rest));
        }
        lines.extend(match self.end {
            None if self.upgrade() => None,
            None => Some("the connection stayed open".to_owned()),
            Some(End::Orderly) => Some("the server ended the TCP connection".to_owned()),
            Some(End::Reset) => Some("the server reset the TCP connection".to_owned()),
        });
        lines
    }

    /// What is thought of it where a refusal is due.
    pub fn judge_refusal(&self, status: u16, fields: &[(&str, &str)], must: bool) -> (Verdict, Vec<String>) {
        let otherwise = if must { Verdict::Failed } else { Verdict::NonStrict };
        let Some(seen) = self.status() else {
            return (otherwise, vec!["the request was not answered with an HTTP status".to_owned()]);
        };
        if seen < 300 {
            return (otherwise, vec![format!("the request was accepted with {seen}")]);
        }
        let mut why = Vec::new();
        if seen != status {
            why.push(format!("the status is {seen}, not {status}"));
        }
        match http::split(&self.head) {
            Ok((_, seen)) => {
                why.extend(missing(&seen, fields));
                why.extend(self.manners(&seen));
            }
            Err(_) => why.push("the head of the answer is malformed".to_owned()),
        }
        (if why.is_empty() { Verdict::Ok } else { Verdict::NonStrict }, why)
    }

    /// What makes a refusal arrive at any client.
    fn manners(&self, fields: &Fields<'_>) -> Vec<String> {
        [
            (!fields.lists("Connection", "close"), "`Connection: close` is missing"),
            (!self.body_is_whole(fields), "the body has not the length that the head announces"),
            (self.end.is_none(), "the connection stayed open"),
            (self.end == Some(End::Reset), "the connection was reset, which may cost the client the answer"),
        ]
        .into_iter()
        .filter(|(found, _)| *found)
        .map(|(_, what)| what.to_owned())
        .collect()
    }

    /// RFC 9112 §6.3: chunks, so many bytes, or all up to the end of the stream.
    fn body_is_whole(&self, fields: &Fields<'_>) -> bool {
        if fields.lists("Transfer-Encoding", "chunked") {
            return chunks_end(&self.rest);
        }
        match fields.joined("Content-Length").as_slice() {
            [] => self.end == Some(End::Orderly),
            length => number(length, 10) == Some(self.rest.len()),
        }
    }
}

/// What the answer does not say.
fn missing(seen: &Fields<'_>, wanted: &[(&str, &str)]) -> Vec<String> {
    let has = |name: &str, value: &str| match value {
        "" => seen.values(name).next().is_some(),
        _ => seen.lists(name, value),
    };
    let missing = wanted.iter().filter(|(name, value)| !has(name, value));
    missing.map(|(name, value)| format!("`{name}: {value}` is missing")).collect()
}

/// Whether a body in chunks (RFC 9112 §7.1) is whole, and nothing stands behind it.
fn chunks_end(mut body: &[u8]) -> bool {
    while let Some((line, rest)) = line(body) {
        let size = line.split(|byte| *byte == b';').next().map(http::trimmed).and_then(|size| number(size, 16));
        match size {
            Some(0) => return trailers_end(rest),
            Some(size) => match rest.get(size..).and_then(|rest| rest.strip_prefix(b"\r\n")) {
                Some(rest) => body = rest,
                None => return false,
            },
            None => return false,
        }
    }
    false
}

/// Whether fields, or none, and an empty line are all there is.
fn trailers_end(mut rest: &[u8]) -> bool {
    while let Some((line, behind)) = line(rest) {
        if line.is_empty() {
            return behind.is_empty();
        }
        rest = behind;
    }
    false
}

/// The bytes up to the first CR LF, and those behind it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

/// A number of digits alone.
fn number(text: &[u8], radix: u32) -> Option<usize> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.chars().all(|digit| digit.is_digit(radix)))?;
    usize::from_str_radix(text, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(head: &str, body: &str, end: Option<End>) -> (Verdict, String) {
        let answered = Answered { head: head.replace('\n', "\r\n").into_bytes(), rest: body.into(), end };
        let (verdict, why) = answered.judge_refusal(426, &[("Upgrade", "websocket")], true);
        (verdict, why.join("; "))
    }

    #[test]
    fn what_is_and_what_is_not_a_refusal() {
        const GOOD: &str =
            "HTTP/1.1 426 Upgrade Required\nUpgrade: websocket\nConnection: close\nContent-Length: 2\n\n";
        assert_eq!(judge(GOOD, "no", Some(End::Orderly)), (Verdict::Ok, String::new()));
        let doubtful = |head: &str, body, end, words: &str| {
            let (verdict, why) = judge(head, body, end);
            assert!(verdict == Verdict::NonStrict && why.contains(words), "{verdict} {why}");
        };
        doubtful(&GOOD.replace("426", "400"), "no", Some(End::Orderly), "the status is 400, not 426");
        doubtful(&GOOD.replace("Upgrade: w", "X: w"), "no", Some(End::Orderly), "`Upgrade: websocket` is missing");
        doubtful(&GOOD.replace("close", "keep-alive"), "no", Some(End::Orderly), "`Connection: close` is missing");
        doubtful(GOOD, "n", Some(End::Orderly), "the body has not the length that the head announces");
        doubtful(GOOD, "no", None, "stayed open");
        doubtful(GOOD, "no", Some(End::Reset), "reset");
        doubtful(&GOOD.replace("Content-Length: 2", "Content-Length: 2\nX : y"), "no", Some(End::Orderly), "malformed");
        assert_eq!(judge("HTTP/1.1 200 OK\n\n", "", None).0, Verdict::Failed);
        assert_eq!(judge("", "nonsense", Some(End::Orderly)).0, Verdict::Failed);
    }

    #[test]
    fn rfc9110_5_fields_are_lists_in_letters_of_any_case() {
        for head in [
            "HTTP/1.1 426 No\nupgrade: WebSocket\nCONNECTION: upgrade, Close\ncontent-length: 2\n\n",
            "HTTP/1.1 426 No\nUpgrade: h2c, websocket\nConnection: upgrade\nConnection:close\nContent-Length: 2\n\n",
            "HTTP/1.1 426 No\nUpgrade: websocket\nConnection: close\n\n",
        ] {
            assert_eq!(judge(head, "no", Some(End::Orderly)), (Verdict::Ok, String::new()), "{head}");
        }
        let (verdict, why) =
            judge("HTTP/1.1 426 No\nUpgrade: websocket2\nConnection: closed\n\n", "", Some(End::Orderly));
        assert_eq!(
            (verdict, why.as_str()),
            (Verdict::NonStrict, "`Upgrade: websocket` is missing; `Connection: close` is missing")
        );
    }

    #[test]
    fn rfc9112_7_1_a_body_in_chunks_is_whole_at_its_last_one() {
        let chunked = |body: &str| {
            let head = "HTTP/1.1 426 No\nUpgrade: websocket\nConnection: close\nTransfer-Encoding: Chunked\n\n";
            judge(head, &body.replace('\n', "\r\n"), Some(End::Orderly)).1
        };
        for whole in ["0\n\n", "2\nno\n0\n\n", "1;name=value\nn\n01\no\n000\nX-Trailer: 1\n\n", "A\n0123456789\n0\n\n"]
        {
            assert_eq!(chunked(whole), "", "{whole:?}");
        }
        for broken in [
            "",
            "2\nno\n",
            "2\nno\n0\n",
            "3\nno\n0\n\n",
            "+2\nno\n0\n\n",
            "\nno\n0\n\n",
            "0\n\nmore",
            "ffffffffffffffffff\n",
        ] {
            assert_eq!(chunked(broken), "the body has not the length that the head announces", "{broken:?}");
        }
    }
}
