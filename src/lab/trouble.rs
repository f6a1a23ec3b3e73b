//! What went wrong with a server, and what to look at.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind};

use specgen_runtime::protocol::close::Failure;

/// A kind of trouble, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The name has no address.
    Unresolved,
    /// Nothing listens.
    Refused,
    /// No way leads there.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// TLS was not agreed on.
    Tls,
    /// The upgrade was not answered with 101, or not rightly.
    Handshake,
    /// The server broke the protocol.
    Protocol,
    /// The server ended the connection.
    Ended,
    /// The server closed the connection with a code.
    Closed,
    /// What came back is not what was sent.
    Mismatch,
    /// This machine stands in the way.
    Local,
}

/// Something that kept a command from its end.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Trouble {
    /// Its kind.
    pub kind: Kind,
    /// What happened.
    pub what: String,
    /// What to look at.
    pub advice: String,
}

impl Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// Trouble of that kind.
    pub fn new(kind: Kind, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind, what: what.into(), advice: advice.into() }
    }

    /// What a system call answered while `doing` something with the server.
    pub fn from_io(error: &io::Error, doing: &str) -> Self {
        let (kind, what, advice) = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => (
                Kind::TimedOut,
                "nothing came in time".to_owned(),
                "is the server busy, or does it wait for something else?",
            ),
            ErrorKind::UnexpectedEof => (Kind::Ended, "the server ended the connection".to_owned(), "its log says why"),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => (
                Kind::Ended,
                "the server reset the connection".to_owned(),
                "its log says why; a process that ends, or closes a socket with unread data, resets",
            ),
            _ => (Kind::Local, error.to_string(), "the system's answer to a call of this machine"),
        };
        Self::new(kind, format!("{doing}: {what}"), advice)
    }

    /// The server's frames are not what RFC 6455 lets it send.
    pub fn from_failure(failure: Failure) -> Self {
        Self::new(
            Kind::Protocol,
            format!("the server broke the protocol: {} ({})", failure.reason, failure.code),
            "`specgen conform` shows what else it does differently",
        )
    }
}
