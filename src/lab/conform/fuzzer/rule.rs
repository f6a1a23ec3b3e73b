//! What a client's request has to be (RFC 6455 §4.1).

use std::collections::BTreeSet;

use specgen_runtime::protocol::{base64, extension, http};

use super::request::Request;
use crate::lab::conform::payload::shown;

/// One thing that a request has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// GET, and HTTP/1.1 or later.
    Line,
    /// A path.
    Target,
    /// Host, once.
    Host,
    /// `Upgrade: websocket`.
    Upgrade,
    /// `Connection: Upgrade`.
    Connection,
    /// Sixteen bytes in base64.
    Key,
    /// Another key than in every connection before.
    FreshKey,
    /// Version 13.
    Version,
    /// Offers of permessage-deflate that are in order.
    Offers,
    /// Subprotocols that are tokens, and differ.
    Subprotocols,
    /// Nothing behind the head.
    Body,
    /// Nothing is sent before the answer.
    Waits,
}

impl Rule {
    /// Those without which there is nothing to accept.
    pub const ESSENTIAL: [Self; 5] = [Self::Line, Self::Upgrade, Self::Connection, Self::Key, Self::Version];

    /// Whether the request alone is so.
    ///
    /// # Errors
    /// What it is in place of that.
    pub fn check(self, request: &Request) -> Result<(), String> {
        match self {
            Self::Line => line(request),
            Self::Target => target(&request.target),
            Self::Host => host(request),
            Self::Upgrade => demand(request.lists("Upgrade", "websocket"), "`Upgrade: websocket` is missing"),
            Self::Connection => demand(request.lists("Connection", "upgrade"), "`Connection: Upgrade` is missing"),
            Self::Key => key(request),
            Self::Version => {
                demand(request.single("Sec-WebSocket-Version") == Some(b"13"), "Sec-WebSocket-Version is not 13")
            }
            Self::Offers => offers(&request.offers()),
            Self::Subprotocols => subprotocols(request),
            Self::Body => body(request),
            // These are seen on the connection.
            Self::FreshKey | Self::Waits => Ok(()),
        }
    }
}

fn demand(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn line(request: &Request) -> Result<(), String> {
    demand(request.method == "GET", "the method is not GET")?;
    let version = http::version(request.version.as_bytes());
    demand(matches!(version, Some((1, 1..))), "the version is not HTTP/1.1")
}

fn target(target: &str) -> Result<(), String> {
    demand(target.starts_with('/'), "the target is no path (RFC 9112 §3.2.1)")?;
    // RFC 6455 §3: a fragment has no meaning, and a `#` is escaped.
    let clean = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    demand(clean, "the target has characters that have to be escaped")
}

fn host(request: &Request) -> Result<(), String> {
    let host = request.single("Host").ok_or("Host is missing, or is there twice")?;
    demand(!host.is_empty(), "Host is empty")
}

fn key(request: &Request) -> Result<(), String> {
    let key = request.single("Sec-WebSocket-Key").ok_or("Sec-WebSocket-Key is missing, or is there twice")?;
    demand(is_sixteen_bytes(key), &format!("Sec-WebSocket-Key is not 16 bytes in base64: {}", shown(key)))
}

/// RFC 4648 §4: 22 digits and two signs of padding, with no bit left over.
fn is_sixteen_bytes(key: &[u8]) -> bool {
    let Some((digits @ [.., last], b"==")) = key.split_at_checked(22) else { return false };
    digits.iter().all(|byte| base64::is_digit(*byte)) && matches!(last, b'A' | b'Q' | b'g' | b'w')
}

/// RFC 7692 §7.1: what has to be declined may not be offered.
fn offers(list: &[u8]) -> Result<(), String> {
    for offer in http::elements(list).filter(|offer| offer.starts_with(b"permessage-deflate")) {
        let usable = extension::negotiate(offer, super::acceptance::ANY).is_some();
        demand(usable, &format!("an offer cannot be accepted: {}", shown(offer)))?;
    }
    Ok(())
}

fn subprotocols(request: &Request) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for name in request.subprotocols() {
        demand(
            http::token(name.as_bytes()).is_some(),
            &format!("a subprotocol is no token: {}", shown(name.as_bytes())),
        )?;
        demand(names.insert(name), "a subprotocol is offered twice")?;
    }
    let is_empty = names.is_empty() && request.values("Sec-WebSocket-Protocol").next().is_some();
    demand(!is_empty, "Sec-WebSocket-Protocol is empty")
}

fn body(request: &Request) -> Result<(), String> {
    let length = request.values("Content-Length").all(|length| length == b"0");
    demand(length, "Content-Length announces a body")?;
    demand(request.values("Transfer-Encoding").next().is_none(), "Transfer-Encoding announces a body")
}

#[cfg(test)]
mod tests {
    use super::super::request::tests::request;
    use super::*;

    fn all(request: &Request) -> Vec<Rule> {
        use Rule::{Body, Connection, Host, Key, Line, Offers, Subprotocols, Target, Upgrade, Version};
        let rules = [Line, Target, Host, Upgrade, Connection, Key, Version, Offers, Subprotocols, Body];
        rules.into_iter().filter(|rule| rule.check(request).is_err()).collect()
    }

    #[test]
    fn rfc6455_4_1_a_request_in_order() {
        let further = "Sec-WebSocket-Protocol: v1, v2\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
        assert_eq!(all(&request("")), []);
        assert_eq!(all(&request(further)), []);
    }

    #[test]
    fn rfc6455_4_1_each_rule_sees_its_fault() {
        assert_eq!(all(&request("Host: other\r\n")), [Rule::Host]);
        assert_eq!(all(&request("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")), [Rule::Key]);
        assert_eq!(all(&request("Sec-WebSocket-Version: 8\r\n")), [Rule::Version]);
        assert_eq!(all(&request("Sec-WebSocket-Protocol: a, a\r\n")), [Rule::Subprotocols]);
        assert_eq!(all(&request("Sec-WebSocket-Protocol:\r\n")), [Rule::Subprotocols]);
        assert_eq!(all(&request("Sec-WebSocket-Extensions: permessage-deflate; x\r\n")), [Rule::Offers]);
        assert_eq!(all(&request("Content-Length: 5\r\n")), [Rule::Body]);
        let changed = |change: &dyn Fn(&mut Request)| {
            let mut request = request("");
            change(&mut request);
            all(&request)
        };
        assert_eq!(changed(&|request| request.method = "POST".to_owned()), [Rule::Line]);
        assert_eq!(changed(&|request| request.version = "HTTP/1.0".to_owned()), [Rule::Line]);
        assert_eq!(changed(&|request| request.target = "/a#b".to_owned()), [Rule::Target]);
        assert_eq!(changed(&|request| request.target = "http://a/".to_owned()), [Rule::Target]);
    }

    #[test]
    fn rfc6455_4_1_keys_have_sixteen_bytes() {
        assert!(is_sixteen_bytes(b"dGhlIHNhbXBsZSBub25jZQ=="));
        for bad in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZR==",
            "AAECAwQFBgcICQoLDA0O",
            "dGhlIHNhbXBsZSBub25j*Q==",
        ] {
            assert!(!is_sixteen_bytes(bad.as_bytes()), "{bad}");
        }
    }
}
