//! What is to be measured, and how.

use std::time::Duration;

use specgen_runtime::protocol::message::Kind;

use super::files;
use crate::lab::connection::Trust;
use crate::lab::datagrams::MAX_DATAGRAM;
use crate::lab::endpoint::{Endpoint, Scheme};
use crate::lab::exchange::Framing;
use crate::lab::reliable::header_size;
use crate::lab::websocket::Opening;
use crate::model::Reliability;

/// How messages follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// Open loop: so many messages a second on each connection, whether or not the ones before were answered.
    Rate(f64),
    /// Closed loop: so many messages always under way on each connection.
    InFlight(u32),
}

impl Load {
    /// The time between two messages of a connection, in nanoseconds; `None` for a closed loop.
    pub fn interval(self) -> Option<u64> {
        match self {
            Self::Rate(rate) => Some(((1e9 / rate).round() as u64).max(1)),
            Self::InFlight(_) => None,
        }
    }
}

/// A server to be measured.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is.
    pub endpoint: Endpoint,
    /// How a tcp server tells messages apart.
    pub framing: Framing,
    /// What a udp server's datagrams have in front.
    pub reliability: Reliability,
    /// Its process, where that is known to belong to it.
    pub pid: Option<u32>,
    /// Whom to trust.
    pub trust: Trust,
}

impl Server {
    /// A server of which the URL alone is known.
    pub fn at(endpoint: Endpoint, trust: Trust) -> Self {
        Self { endpoint, framing: Framing::None, reliability: Reliability::None, pid: None, trust }
    }
}

/// What is done to each server.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Connections to each server, at the same time.
    pub connections: usize,
    /// How messages follow each other.
    pub load: Load,
    /// The measured time; two servers share it.
    pub duration: Duration,
    /// The time before it, for each server, of which nothing is kept.
    pub warm_up: Duration,
    /// Bytes of a message, without frame, delimiter or prefix.
    pub size: usize,
    /// WebSocket messages are of this kind.
    pub kind: Kind,
    /// What WebSocket connections ask for.
    pub opening: Opening,
    /// Threads that make the load.
    pub threads: usize,
    /// How long an answer may take, be it to a connection, to an upgrade request, or to a message.
    pub timeout: Duration,
}

/// Every datagram carries its number.
pub(super) const NUMBER: usize = 8;
/// Frames of all connections' threads are prepared in memory.
const LARGEST_MESSAGE: usize = 256 << 20;

impl Plan {
    /// Why this cannot be done with these servers, and what can be; `None` if it can.
    pub fn fault(&self, servers: &[Server]) -> Option<String> {
        let most = files::most_connections(self.threads) / servers.len().max(1);
        if self.connections > most {
            return Some(format!(
                "{} connections: this process may open {} files, which is enough for {most} to each server; \
                 `ulimit -Hn` shows the limit, and the system's settings raise it",
                self.connections,
                files::limit(),
            ));
        }
        servers.iter().find_map(|server| self.fault_with(server))
    }

    fn fault_with(&self, server: &Server) -> Option<String> {
        let range = match (server.endpoint.scheme, &server.framing) {
            (Scheme::Udp, _) => NUMBER..=MAX_DATAGRAM - header_size(server.reliability),
            (Scheme::Tcp | Scheme::Tls, Framing::LengthPrefix { bytes, .. }) if *bytes < 4 => {
                1..=(1 << (8 * bytes)) - 1
            }
            (Scheme::Tcp | Scheme::Tls, _) => 1..=LARGEST_MESSAGE,
            (Scheme::Ws | Scheme::Wss, _) => 0..=LARGEST_MESSAGE,
        };
        let fits = range.contains(&self.size);
        (!fits).then(|| {
            let (least, most) = range.into_inner();
            format!("a message of {} bytes: {} takes {least} to {most}", self.size, server.endpoint)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Anything that can be measured.
    pub(in crate::lab::bench) fn plan() -> Plan {
        Plan {
            connections: 10,
            load: Load::Rate(100.0),
            duration: Duration::from_secs(1),
            warm_up: Duration::ZERO,
            size: 64,
            kind: Kind::Binary,
            opening: Opening::default(),
            threads: 1,
            timeout: Duration::from_secs(1),
        }
    }

    fn server(url: &str) -> Server {
        Server::at(url.parse().unwrap(), Trust::default())
    }

    #[test]
    fn what_is_possible_is_said() {
        let servers = [server("ws://127.0.0.1:1")];
        assert_eq!(plan().fault(&servers), None);
        let fault = Plan { connections: 1_000_000_000, ..plan() }.fault(&servers).unwrap();
        assert!(fault.starts_with("1000000000 connections: this process may open "), "{fault}");
        let fault = Plan { size: 7, ..plan() }.fault(&[server("udp://127.0.0.1:1")]).unwrap();
        assert_eq!(fault, "a message of 7 bytes: udp://127.0.0.1:1 takes 8 to 65507");
    }

    #[test]
    fn a_prefix_has_room_for_the_length() {
        let framing = Framing::LengthPrefix { bytes: 1, little: false };
        let server = Server { framing, ..server("tcp://127.0.0.1:1") };
        assert_eq!(Plan { size: 255, ..plan() }.fault(std::slice::from_ref(&server)), None);
        assert!(Plan { size: 256, ..plan() }.fault(&[server]).is_some());
    }

    #[test]
    fn a_rate_is_an_interval() {
        assert_eq!(Load::Rate(100.0).interval(), Some(10_000_000));
        assert_eq!(Load::Rate(0.5).interval(), Some(2_000_000_000));
        assert_eq!(Load::InFlight(1).interval(), None);
    }
}
