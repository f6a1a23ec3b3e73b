//! Addresses: where a server listens, and who its peers are.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The path of a unix socket.
    #[cfg(unix)]
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            #[cfg(unix)]
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// A peer's address. Shown as `127.0.0.1:8080`, `[::1]:8080` or `unix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IP address and a port. An IPv4 peer of a dual-stack socket has an IPv4 address.
    Ip(SocketAddr),
    /// The other end of a unix socket has no name.
    Unix,
}

impl Address {
    /// The IP address that limits for one client count by; those of unix sockets have none.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(address.ip()),
            Self::Unix => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_peers_of_a_dual_stack_socket_are_ipv4() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:7".parse().unwrap();
        assert_eq!(Address::from(mapped).to_string(), "192.0.2.1:7");
        let own: SocketAddr = "[2001:db8::1]:7".parse().unwrap();
        assert_eq!(Address::from(own).to_string(), "[2001:db8::1]:7");
        assert_eq!(Address::Unix.to_string(), "unix");
    }
}
