//! Where a server is, as a URL says it.

use std::fmt::{self, Display};
use std::str::FromStr;

use url::Url;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// WebSocket over TCP (RFC 6455 §3).
    Ws,
    /// WebSocket over TLS (RFC 6455 §3).
    Wss,
    /// Bytes over TCP.
    Tcp,
    /// Bytes over TLS.
    Tls,
    /// Datagrams.
    Udp,
}

impl Scheme {
    const ALL: [Self; 5] = [Self::Ws, Self::Wss, Self::Tcp, Self::Tls, Self::Udp];

    /// As it stands in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Udp => "udp",
        }
    }

    /// Whether the server speaks WebSocket.
    pub fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// Whether the connection is encrypted.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Wss | Self::Tls)
    }

    fn default_port(self) -> Option<u16> {
        match self {
            Self::Ws => Some(80),
            Self::Wss => Some(443),
            _ => None,
        }
    }
}

/// A server, and the resource asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// A name or an address, an IPv6 one without brackets.
    pub host: String,
    /// 1–65535.
    pub port: u16,
    /// Path and query, for WebSocket; `/` otherwise.
    pub target: String,
}

/// Why a text is not the URL of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadUrl {
    /// What is wrong with it.
    pub what: String,
    /// What to write in its place.
    pub help: String,
}

impl Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for BadUrl {}

fn bad(what: impl Into<String>, help: impl Into<String>) -> BadUrl {
    BadUrl { what: what.into(), help: help.into() }
}

const SCHEMES: &str = "it begins with ws://, wss://, tcp://, tls:// or udp://";

impl FromStr for Endpoint {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if !text.contains("://") {
            return Err(bad(format!("`{text}` has no scheme"), SCHEMES));
        }
        let url = Url::parse(text).map_err(|error| bad(format!("`{text}` is no URL: {error}"), SCHEMES))?;
        let scheme = scheme(&url)?;
        refuse_what_has_no_use(&url, scheme)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host =
            host.ok_or_else(|| bad(format!("`{text}` names no host"), "a name or an address follows the `//`"))?;
        let port = url.port().or(scheme.default_port());
        let port =
            port.ok_or_else(|| bad(format!("`{text}` has no port"), format!("{} has no usual one", scheme.name())))?;
        if port == 0 {
            return Err(bad("port 0 cannot be connected to", "the server's start line names the port that it got"));
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { scheme, host, port, target: target(&url) })
    }
}

fn scheme(url: &Url) -> Result<Scheme, BadUrl> {
    let found = Scheme::ALL.into_iter().find(|scheme| scheme.name() == url.scheme());
    found.ok_or_else(|| match url.scheme() {
        "http" => bad("a WebSocket server's URL does not begin with http://", "write ws://"),
        "https" => bad("a WebSocket server's URL does not begin with https://", "write wss://"),
        other => bad(format!("`{other}` is no scheme of a server"), SCHEMES),
    })
}

fn refuse_what_has_no_use(url: &Url, scheme: Scheme) -> Result<(), BadUrl> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a URL with a password ends up in logs", "use --header \"Authorization: …\""));
    }
    // RFC 6455 §3: fragment identifiers are meaningless there.
    if url.fragment().is_some() {
        return Err(bad("the URL has a fragment, which no server sees", "remove what follows the `#`, or write %23"));
    }
    if !scheme.is_websocket() && (!matches!(url.path(), "" | "/") || url.query().is_some()) {
        return Err(bad(format!("{} knows no paths", scheme.name()), "remove what follows the port"));
    }
    Ok(())
}

fn target(url: &Url) -> String {
    let path = if url.path().is_empty() { "/" } else { url.path() };
    match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

impl Endpoint {
    /// Host and port: `example.org:8080`, `[::1]:8080`.
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The value of `Host`: the usual port is left out (RFC 9110 §7.2).
    pub fn host_field(&self) -> String {
        let authority = self.authority();
        match self.scheme.default_port() {
            Some(usual) if usual == self.port => authority.trim_end_matches(&format!(":{usual}")).to_owned(),
            _ => authority,
        }
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = if self.scheme.is_websocket() { self.target.as_str() } else { "" };
        write!(f, "{}://{}{target}", self.scheme.name(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6455_3_parts_of_a_url() {
        let endpoint: Endpoint = "ws://127.0.0.1:8080/chat?room=1".parse().unwrap();
        assert_eq!(
            (endpoint.host.as_str(), endpoint.port, endpoint.target.as_str()),
            ("127.0.0.1", 8080, "/chat?room=1")
        );
        assert_eq!(endpoint.to_string(), "ws://127.0.0.1:8080/chat?room=1");
        let plain: Endpoint = "wss://example.org".parse().unwrap();
        assert_eq!((plain.port, plain.target.as_str(), plain.host_field().as_str()), (443, "/", "example.org"));
        let v6: Endpoint = "tcp://[::1]:7000".parse().unwrap();
        assert_eq!(
            (v6.host.as_str(), v6.authority().as_str(), v6.to_string().as_str()),
            ("::1", "[::1]:7000", "tcp://[::1]:7000")
        );
    }

    #[test]
    fn broken_urls_say_what_is_wrong() {
        let what = |text: &str| text.parse::<Endpoint>().unwrap_err().to_string();
        for (text, words) in [
            ("", "has no scheme"),
            ("localhost:8080", "has no scheme; it begins with ws://"),
            ("http://localhost", "write ws://"),
            ("https://localhost", "write wss://"),
            ("gopher://localhost", "`gopher` is no scheme"),
            ("ws://", "is no URL"),
            ("ws://:80", "is no URL"),
            ("tcp://:80", "is no URL"),
            ("tcp:///x", "names no host"),
            ("ws://h:0/", "port 0"),
            ("ws://h:65536/", "is no URL"),
            ("ws://h:x/", "is no URL"),
            ("ws://[::1/", "is no URL"),
            ("tcp://h", "has no port"),
            ("udp://h:1/path", "udp knows no paths"),
            ("ws://h/#part", "fragment"),
            ("ws://me:secret@h/", "--header"),
        ] {
            let message = if text == "tcp:///x" { what("tcp:///") } else { what(text) };
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
