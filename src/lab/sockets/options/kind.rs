//! Kinds of sockets.

use serde::Serialize;

use super::{Scope, SocketOption};

/// What a socket is, as far as its options depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its family.
    pub family: Family,
    /// Its protocol.
    pub transport: Transport,
    /// Whether connections come in here.
    pub listens: bool,
}

/// Families of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Family {
    V4,
    V6,
    Unix,
    Other,
}

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Transport {
    Tcp,
    Udp,
    Other,
}

/// What a socket is to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Connections come in here.
    Listener,
    /// One of them, or one that goes out.
    Connection,
    /// Datagrams come in here.
    Datagrams,
    /// Anything else.
    Socket,
}

impl Role {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Connection => "connection",
            Self::Datagrams => "datagrams",
            Self::Socket => "socket",
        }
    }
}

impl Kind {
    /// What it is to a server.
    pub const fn role(self) -> Role {
        match (self.transport, self.family) {
            _ if self.listens => Role::Listener,
            (Transport::Tcp, _) => Role::Connection,
            (Transport::Udp, _) => Role::Datagrams,
            (Transport::Other, _) => Role::Socket,
        }
    }

    /// Whether it has an option.
    pub fn has(self, option: SocketOption) -> bool {
        let ip = matches!(self.family, Family::V4 | Family::V6);
        match option.scope() {
            Scope::Any => true,
            Scope::Ip => ip,
            Scope::Ipv6 => self.family == Family::V6,
            Scope::Tcp => ip && self.transport == Transport::Tcp,
            Scope::Udp => ip && self.transport == Transport::Udp,
            Scope::Udpv6 => self.family == Family::V6 && self.transport == Transport::Udp,
            Scope::Listener => self.listens,
        }
    }
}
