//! Bearer tokens (RFC 6750): where a request carries one, and whether it is known.

use super::http::{self, Fields};
use std::hint::black_box;

/// The tokens that are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens(&'static [Vec<u8>]);

impl Tokens {
    /// The tokens are read when the server starts.
    pub const READ_AT_START: Self = Self(&[]);

    /// These tokens, for as long as the program runs.
    #[must_use]
    pub fn new(tokens: Vec<Vec<u8>>) -> Self {
        Self(tokens.leak())
    }

    /// Whether a token is known. The time that this takes says nothing about the known ones but
    /// their lengths.
    #[must_use]
    pub fn know(&self, token: &[u8]) -> bool {
        self.0.iter().fold(false, |found, known| found | is_equal(known, token))
    }
}

fn is_equal(known: &[u8], token: &[u8]) -> bool {
    let difference = |all, (one, other): (&u8, &u8)| black_box(all | (one ^ other));
    known.len() == token.len() && known.iter().zip(token).fold(0, difference) == 0
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The token.
    pub token: Vec<u8>,
    /// It stands where the first subprotocol would.
    pub as_subprotocol: bool,
}

/// The token of a request, from the first place that there is for it.
#[must_use]
pub fn carried(target: &[u8], fields: &Fields<'_>) -> Carried {
    if fields.values("Authorization").next().is_some() {
        let field = fields.single("Authorization").and_then(credentials);
        return Carried { token: field.unwrap_or_default().to_vec(), as_subprotocol: false };
    }
    if let Some(parameter) = parameter(target) {
        return Carried { token: percent_decoded(parameter), as_subprotocol: false };
    }
    let offered = fields.joined("Sec-WebSocket-Protocol");
    let first = http::elements(&offered).next().unwrap_or_default();
    Carried { token: first.to_vec(), as_subprotocol: true }
}

/// What follows the scheme (RFC 9110 §11.4), if that is `Bearer`.
fn credentials(field: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = field.split_first_chunk::<7>()?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| http::trimmed(rest))
}

/// The value of the first parameter `token` of the query.
fn parameter(target: &[u8]) -> Option<&[u8]> {
    let start = target.iter().position(|&byte| byte == b'?')? + 1;
    let mut parameters = target[start..].split(|&byte| byte == b'&');
    parameters.find_map(|parameter| parameter.strip_prefix(b"token="))
}

/// RFC 3986 §2.1. What is no escape stands for itself.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let escaped = match behind {
            [high, low, ..] if byte == b'%' => hexadecimal(*high).zip(hexadecimal(*low)),
            _ => None,
        };
        decoded.push(escaped.map_or(byte, |(high, low)| high << 4 | low));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    decoded
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(target: &str, fields: &str) -> Carried {
        let head = format!("GET {target} HTTP/1.1\r\n{fields}\r\n");
        carried(target.as_bytes(), &http::split(head.as_bytes()).unwrap().1)
    }

    fn token(target: &str, fields: &str) -> Vec<u8> {
        place(target, fields).token
    }

    #[test]
    fn behaviour_10_the_first_place_counts() {
        let everywhere = "Authorization: bEARER  a \r\nSec-WebSocket-Protocol: c, d\r\n";
        assert_eq!(token("/?token=b", everywhere), b"a");
        assert_eq!(token("/?token=b", "Authorization: Basic a\r\n"), b"");
        assert_eq!(token("/?token=b", "Authorization: Bearer\r\n"), b"");
        let twice = "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n";
        assert_eq!(token("/", twice), b"");
        assert_eq!(token("/?a&token=b&token=x", "Sec-WebSocket-Protocol: c\r\n"), b"b");
        let protocol = place("/?xtoken=b", "Sec-WebSocket-Protocol: c, d\r\n");
        assert_eq!(protocol, Carried { token: b"c".to_vec(), as_subprotocol: true });
        assert_eq!(token("/", ""), b"");
    }

    #[test]
    fn rfc3986_2_1_percent_encoding() {
        assert_eq!(percent_decoded(b"a%2bb%2F%3d+"), b"a+b/=+");
        assert_eq!(percent_decoded(b"%%41%4%zz%"), b"%A%4%zz%");
    }

    #[test]
    fn known_tokens() {
        let tokens = Tokens::new(vec![b"first".to_vec(), b"second".to_vec()]);
        assert!(tokens.know(b"first") && tokens.know(b"second"));
        for wrong in [&b""[..], b"firs", b"First", b"first2"] {
            assert!(!tokens.know(wrong));
        }
        assert!(!Tokens::READ_AT_START.know(b""));
    }
}
