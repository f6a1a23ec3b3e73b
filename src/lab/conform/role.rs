//! The two ends of a connection.

use specgen_runtime::protocol::deflate::{Deflater, Inflater};
use specgen_runtime::protocol::extension::Agreement;

/// Which end we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client, which looks at a server.
    Client,
    /// The server, which looks at a client.
    Server,
}

impl Role {
    /// Whether our frames are masked (RFC 6455 §5.1).
    pub fn masks(self) -> bool {
        self == Self::Client
    }

    /// The other end, for people.
    pub fn peer(self) -> &'static str {
        match self {
            Self::Client => "the server",
            Self::Server => "the client",
        }
    }

    /// What deflates our messages, where that was agreed on.
    pub fn deflater(self, agreement: &Agreement) -> Option<Deflater> {
        match self {
            Self::Client => Deflater::for_client(agreement),
            Self::Server => Deflater::for_server(agreement),
        }
    }

    /// What inflates the other end's messages.
    pub fn inflater(self, agreement: &Agreement) -> Inflater {
        match self {
            Self::Client => Inflater::for_client(agreement),
            Self::Server => Inflater::for_server(agreement),
        }
    }
}
