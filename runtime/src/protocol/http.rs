//! The head of an HTTP/1.1 message (RFC 9112), as far as servers here need it.

/// The head, or a line of it, does not follow the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// What the bytes received so far hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// No complete head yet.
    Incomplete,
    /// No complete head within the limit.
    TooLarge,
    /// A complete head: it begins at `start` and ends, with its empty line, before `end`.
    Complete {
        /// The first byte of the first line.
        start: usize,
        /// The first byte behind the head.
        end: usize,
    },
}

/// Looks for the end of the head. The first `searched` bytes are known not to hold it.
#[must_use]
pub fn extent(bytes: &[u8], searched: usize, limit: usize) -> Extent {
    // RFC 9112 §2.2: an empty line in front of the request line is ignored, once.
    let start = if bytes.starts_with(b"\r\n") { 2 } else { 0 };
    let within = &bytes[..bytes.len().min(limit)];
    let from = searched.saturating_sub(3).max(start);
    let found = within.get(from..).and_then(|part| part.windows(4).position(|w| w == b"\r\n\r\n"));
    match found {
        Some(position) => Extent::Complete { start, end: from + position + 4 },
        None if bytes.len() >= limit => Extent::TooLarge,
        None => Extent::Incomplete,
    }
}

/// The header fields of a head, in their order, each judged.
#[derive(Debug)]
pub struct Fields<'a> {
    lines: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Fields<'a> {
    /// Every value of the field `name`.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let matching = self.lines.iter().filter(move |(line, _)| line.eq_ignore_ascii_case(name));
        matching.map(|&(_, value)| value)
    }

    /// The value of the field `name` if it is there exactly once.
    #[must_use]
    pub fn single(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The values of a list-valued field, joined with commas (RFC 9110 §5.3).
    #[must_use]
    pub fn joined(&self, name: &str) -> Vec<u8> {
        self.values(name).collect::<Vec<_>>().join(&b","[..])
    }

    /// Whether a list-valued field has an element equal to `token`, without regard to case.
    #[must_use]
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.values(name).flat_map(elements).any(|e| e.eq_ignore_ascii_case(token.as_bytes()))
    }
}

/// The elements of a list: separated by commas, without outer white space, the empty ones left out.
pub fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    list.split(|&byte| byte == b',').map(trimmed).filter(|element| !element.is_empty())
}

/// `text` without outer spaces and tabs (RFC 9110 §5.6.3).
#[must_use]
pub fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Splits a complete head into its first line and its fields.
///
/// # Errors
/// [`Malformed`] if a field line is.
pub fn split(head: &[u8]) -> Result<(&[u8], Fields<'_>), Malformed> {
    let head = head.strip_suffix(b"\r\n\r\n").ok_or(Malformed)?;
    let (first, mut rest) = split_line(head);
    let mut lines = Vec::with_capacity(16);
    while let Some(text) = rest {
        let (line, next) = split_line(text);
        lines.push(field(line)?);
        rest = next;
    }
    Ok((first, Fields { lines }))
}

/// The bytes up to the next CR LF, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) => (&text[..end], Some(&text[end + 2..])),
        None => (text, None),
    }
}

/// RFC 9112 §5: `field-name ":" OWS field-value OWS`.
fn field(line: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let colon = line.iter().position(|&byte| byte == b':').ok_or(Malformed)?;
    let name = token(&line[..colon]).ok_or(Malformed)?;
    let value = trimmed(&line[colon + 1..]);
    let printable = |&byte: &u8| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..);
    if value.iter().all(printable) { Ok((name, value)) } else { Err(Malformed) }
}

/// `text` if it is one or more token characters (RFC 9110 §5.6.2).
#[must_use]
pub fn token(text: &[u8]) -> Option<&str> {
    let valid = !text.is_empty() && text.iter().all(|&byte| is_token_character(byte));
    if valid { std::str::from_utf8(text).ok() } else { None }
}

fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The first line of a request.
#[derive(Debug)]
pub struct RequestLine<'a> {
    /// The method.
    pub method: &'a str,
    /// The target, as it stands there.
    pub target: &'a [u8],
    /// The version, major and minor.
    pub version: (u8, u8),
}

impl<'a> RequestLine<'a> {
    /// RFC 9112 §3: `method SP request-target SP HTTP-version`, with exactly two spaces.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let mut parts = line.split(|&byte| byte == b' ');
        let (method, target, number) = (parts.next()?, parts.next()?, parts.next()?);
        let target_valid = !target.is_empty() && target.iter().all(u8::is_ascii_graphic);
        if parts.next().is_some() || !target_valid {
            return None;
        }
        Some(Self { method: token(method)?, target, version: version(number)? })
    }

    /// The path of a target in origin form or absolute form.
    #[must_use]
    pub fn path(&self) -> Option<&'a [u8]> {
        let path = if self.target.starts_with(b"/") { self.target } else { self.absolute_path()? };
        path.split(|&byte| byte == b'?').next()
    }

    /// What follows the authority of a target in absolute form (RFC 9112 §3.2.2).
    fn absolute_path(&self) -> Option<&'a [u8]> {
        let schemes = ["http://", "https://", "ws://", "wss://"];
        let length = schemes.iter().find_map(|scheme| {
            let start = self.target.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme.as_bytes()).then_some(scheme.len())
        })?;
        let rest = &self.target[length..];
        match rest.iter().position(|byte| matches!(byte, b'/' | b'?')) {
            Some(at) if rest[at] == b'/' => Some(&rest[at..]),
            _ => Some(b"/"),
        }
    }
}

/// The version in a request or status line, `HTTP/` digit `.` digit.
#[must_use]
pub fn version(text: &[u8]) -> Option<(u8, u8)> {
    match text {
        [b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
            Some((major - b'0', minor - b'0'))
        }
        _ => None,
    }
}

/// The `Content-Type` of plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";
/// The `Content-Type` of what Prometheus asks for.
#[cfg(feature = "metrics")]
pub const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An answer behind which the connection ends. `extra` are whole field lines.
#[must_use]
pub fn answer(status: &str, kind: &str, extra: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n{extra}\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9112_2_2_one_empty_line_in_front_is_skipped() {
        let complete = |start, end| Extent::Complete { start, end };
        assert_eq!(extent(b"\r\nA\r\n\r\nB", 0, 99), complete(2, 7));
        assert_eq!(extent(b"A\r\n\r\n", 0, 5), complete(0, 5));
        assert_eq!(extent(b"A\r\n\r\n", 0, 4), Extent::TooLarge);
        assert_eq!(extent(b"\r\n\r\n", 0, 99), Extent::Incomplete);
        assert_eq!(extent(b"\r\n\r\n\r\n", 0, 99), complete(2, 6));
    }

    #[test]
    fn the_search_resumes_where_it_ended() {
        let head = b"GET / HTTP/1.1\r\n\r\n";
        for searched in 0..head.len() {
            let whole = Extent::Complete { start: 0, end: head.len() };
            assert_eq!(extent(head, searched, 99), whole);
        }
    }

    #[test]
    fn rfc9112_5_1_field_lines() {
        assert_eq!(field(b"Host: \t a b\t "), Ok(("Host", &b"a b"[..])));
        assert_eq!(field(b"Host:"), Ok(("Host", &b""[..])));
        for bad in [&b"Host : a"[..], b" folded", b"no colon", b": v", b"", b"a: b\rc", b"a: \0"] {
            assert_eq!(field(bad), Err(Malformed), "{bad:?}");
        }
    }

    #[test]
    fn rfc9110_5_6_1_lists() {
        let (_, fields) = split(b"X\r\nA: b ,, C\r\na:\td\r\n\r\n").unwrap();
        assert!(fields.lists("A", "c") && fields.lists("a", "D") && !fields.lists("a", ""));
        assert_eq!(fields.joined("a"), b"b ,, C,d");
        assert_eq!(fields.single("A"), None);
    }
}
