//! Negotiation of permessage-deflate (RFC 7692 §7.1).

use super::http::{Malformed, token, trimmed};
use std::fmt::{self, Display};

const NAME: &str = "permessage-deflate";
const LARGEST_WINDOW: u8 = 15;

/// What the server wants of permessage-deflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The server forgets its window after each message.
    pub server_no_context_takeover: bool,
    /// The client shall forget its window after each message.
    pub client_no_context_takeover: bool,
    /// The largest window the server compresses with, 8–15.
    pub server_max_window_bits: u8,
    /// The largest window the client shall compress with, 8–15.
    pub client_max_window_bits: u8,
}

/// What both sides agreed on. Displayed, it is the element of the server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The server forgets its window after each message.
    pub server_no_context_takeover: bool,
    /// The client forgets its window after each message.
    pub client_no_context_takeover: bool,
    /// The client asked for a server's window.
    pub server_window_offered: bool,
    /// The window the server compresses with.
    pub server_max_window_bits: u8,
    /// The window the client compresses with.
    pub client_max_window_bits: u8,
}

impl Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        // RFC 7692 §7.1.2.1: a client that asked for it must find it in the answer.
        if self.server_window_offered || self.server_max_window_bits < LARGEST_WINDOW {
            write!(f, "; server_max_window_bits={}", self.server_max_window_bits)?;
        }
        if self.client_max_window_bits < LARGEST_WINDOW {
            write!(f, "; client_max_window_bits={}", self.client_max_window_bits)?;
        }
        Ok(())
    }
}

/// How `client_max_window_bits` is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ClientWindow {
    #[default]
    Absent,
    WithoutValue,
    Bits(u8),
}

/// The parameters of one element of `Sec-WebSocket-Extensions`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: ClientWindow,
}

/// Answers a client's `Sec-WebSocket-Extensions` (its values joined): the first acceptable offer.
#[must_use]
pub fn negotiate(offers: &[u8], wishes: Wishes) -> Option<Agreement> {
    let offer = outside_quotes(offers, b',').find_map(parameters)?;
    let smaller = |wish: u8, offered: Option<u8>| wish.min(offered.unwrap_or(LARGEST_WINDOW));
    Some(Agreement {
        server_no_context_takeover: wishes.server_no_context_takeover
            || offer.server_no_context_takeover,
        client_no_context_takeover: wishes.client_no_context_takeover
            || offer.client_no_context_takeover,
        server_window_offered: offer.server_max_window_bits.is_some(),
        server_max_window_bits: smaller(
            wishes.server_max_window_bits,
            offer.server_max_window_bits,
        ),
        // RFC 7692 §7.1.2.2: only a client that named the parameter may be answered with it.
        client_max_window_bits: match offer.client_max_window_bits {
            ClientWindow::Absent => LARGEST_WINDOW,
            ClientWindow::WithoutValue => wishes.client_max_window_bits,
            ClientWindow::Bits(bits) => wishes.client_max_window_bits.min(bits),
        },
    })
}

/// Reads a server's answer to an offer of `permessage-deflate; client_max_window_bits`.
///
/// `Ok(None)`: the server declined.
///
/// # Errors
/// `Err` if the answer is not one to that offer (RFC 7692 §7.1: the connection has to be failed).
pub fn accept(answer: &[u8]) -> Result<Option<Agreement>, Malformed> {
    let mut elements = outside_quotes(answer, b',').filter(|element| !element.is_empty());
    let Some(first) = elements.next() else { return Ok(None) };
    let chosen = parameters(first).filter(|_| elements.next().is_none());
    let chosen = chosen.ok_or(Malformed)?;
    let client_max_window_bits = match chosen.client_max_window_bits {
        ClientWindow::Absent => LARGEST_WINDOW,
        ClientWindow::Bits(bits) => bits,
        // RFC 7692 §7.1.2.2: in an answer the parameter has a value.
        ClientWindow::WithoutValue => return Err(Malformed),
    };
    Ok(Some(Agreement {
        server_no_context_takeover: chosen.server_no_context_takeover,
        client_no_context_takeover: chosen.client_no_context_takeover,
        server_window_offered: chosen.server_max_window_bits.is_some(),
        server_max_window_bits: chosen.server_max_window_bits.unwrap_or(LARGEST_WINDOW),
        client_max_window_bits,
    }))
}

/// The parts of `text` between separators that are not in a quoted-string, without outer white space.
fn outside_quotes(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let separates = move |&byte: &u8| {
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && !escaped && byte == b'\\';
        byte == separator && !quoted
    };
    text.split(separates).map(trimmed)
}

/// The parameters of an element that is a well-formed use of permessage-deflate.
fn parameters(element: &[u8]) -> Option<Parameters> {
    let mut parts = outside_quotes(element, b';');
    if parts.next()? != NAME.as_bytes() {
        return None;
    }
    let mut parameters = Parameters::default();
    for part in parts {
        parameters.add(part)?;
    }
    Some(parameters)
}

impl Parameters {
    /// Adds `name`, `name=token` or `name="quoted"`; `None` declines the whole element.
    fn add(&mut self, part: &[u8]) -> Option<()> {
        let equals = part.iter().position(|&byte| byte == b'=');
        let name = token(&part[..equals.unwrap_or(part.len())])?;
        let value = match equals {
            Some(at) => Some(unquoted(&part[at + 1..])?),
            None => None,
        };
        match (name, value.as_deref()) {
            ("server_no_context_takeover", None) => set(&mut self.server_no_context_takeover),
            ("client_no_context_takeover", None) => set(&mut self.client_no_context_takeover),
            ("server_max_window_bits", Some(bits)) => {
                let bits = window_bits(bits)?;
                self.server_max_window_bits.replace(bits).is_none().then_some(())
            }
            ("client_max_window_bits", bits) => {
                let bits = match bits {
                    Some(bits) => ClientWindow::Bits(window_bits(bits)?),
                    None => ClientWindow::WithoutValue,
                };
                let earlier = std::mem::replace(&mut self.client_max_window_bits, bits);
                (earlier == ClientWindow::Absent).then_some(())
            }
            _ => None,
        }
    }
}

/// Sets a flag; `None` if it was set before.
fn set(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

/// `8` to `15`, without leading zeros (RFC 7692 §7.1.2.1).
fn window_bits(value: &[u8]) -> Option<u8> {
    match value {
        [digit @ (b'8' | b'9')] => Some(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Some(10 + digit - b'0'),
        _ => None,
    }
}

/// The text of a token or a quoted-string (RFC 9110 §5.6.4).
fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    let [b'"', inner @ ..] = value else {
        return token(value).map(|text| text.as_bytes().to_vec());
    };
    let mut text = Vec::new();
    let mut bytes = inner.iter().copied();
    loop {
        match bytes.next()? {
            b'"' => return bytes.next().is_none().then_some(text),
            b'\\' => text.push(bytes.next()?),
            byte => text.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Wishes = Wishes {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };

    fn answer(offer: &str, wishes: Wishes) -> Option<String> {
        let answer = negotiate(offer.as_bytes(), wishes)?.to_string();
        Some(answer.strip_prefix(NAME).unwrap().trim_start_matches("; ").to_owned())
    }

    fn plain(offer: &str) -> Option<String> {
        answer(offer, SPEC)
    }

    #[test]
    fn rfc7692_7_1_the_first_acceptable_offer_is_taken() {
        assert_eq!(plain("permessage-deflate").as_deref(), Some(""));
        assert_eq!(plain("x-webkit-deflate-frame, , permessage-deflate").as_deref(), Some(""));
        let offers = "permessage-deflate; server_max_window_bits=7, \
                      permessage-deflate; server_max_window_bits=9";
        assert_eq!(plain(offers).as_deref(), Some("server_max_window_bits=9"));
        assert_eq!(plain(""), None);
        assert_eq!(plain("Permessage-Deflate"), None);
    }

    #[test]
    fn rfc7692_7_1_declined_parameters() {
        for parameters in [
            "unknown",
            "server_no_context_takeover=1",
            "client_no_context_takeover; client_no_context_takeover",
            "server_max_window_bits",
            "server_max_window_bits=016",
            "server_max_window_bits=08",
            "server_max_window_bits=16",
            "server_max_window_bits=+9",
            "client_max_window_bits=7",
            "client_max_window_bits; client_max_window_bits=9",
            "server_max_window_bits =9",
            "server_max_window_bits= 9",
            "server_max_window_bits=\"9",
            "server_max_window_bits=\"9\"x",
            "",
            "; server_no_context_takeover",
            "server_no_context_takeover;",
        ] {
            assert_eq!(plain(&format!("permessage-deflate; {parameters}")), None, "{parameters}");
        }
    }

    #[test]
    fn rfc6455_9_1_quoted_values_count_as_their_text() {
        for value in ["10", "\"10\"", "\"1\\0\"", "\"\\1\\0\""] {
            let offer = format!("permessage-deflate \t;\t server_max_window_bits={value} ");
            assert_eq!(plain(&offer).as_deref(), Some("server_max_window_bits=10"), "{value}");
        }
        let hidden =
            "foo; bar=\"x, permessage-deflate\", permessage-deflate; client_max_window_bits=9";
        assert_eq!(plain(hidden).as_deref(), Some("client_max_window_bits=9"));
        assert_eq!(plain("foo; bar=\"x, permessage-deflate"), None);
    }

    #[test]
    fn rfc7692_7_1_2_windows_and_takeover() {
        let wishes = Wishes {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: 12,
            client_max_window_bits: 11,
        };
        let spec = |offer: &str| answer(&format!("permessage-deflate{offer}"), wishes).unwrap();
        let both = "server_no_context_takeover; client_no_context_takeover; ";
        assert_eq!(spec(""), format!("{both}server_max_window_bits=12"));
        assert_eq!(
            spec("; client_max_window_bits; server_max_window_bits=15"),
            format!("{both}server_max_window_bits=12; client_max_window_bits=11")
        );
        assert_eq!(
            spec("; client_max_window_bits=8; server_max_window_bits=8"),
            format!("{both}server_max_window_bits=8; client_max_window_bits=8")
        );
        assert_eq!(
            plain("permessage-deflate; server_max_window_bits=15").as_deref(),
            Some("server_max_window_bits=15")
        );
        let offer = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
        let flags = "server_no_context_takeover; client_no_context_takeover";
        assert_eq!(plain(offer).as_deref(), Some(flags));
    }
}
