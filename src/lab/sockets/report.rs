//! Reports on states and connections, as values.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;

use super::{Finding, Limits, Socket, State, rules, system};
use crate::diagnostics::{Diagnostic, codes};

/// A state, and what waits in its sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StateCount {
    /// The state.
    pub state: State,
    /// TCP sockets in it.
    pub count: usize,
    /// Bytes that are not read, over all of them.
    pub receive_queue: u64,
    /// Bytes that are not acknowledged, over all of them.
    pub send_queue: u64,
}

/// What sockets are there, and what is to be said of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatesReport {
    /// The port that was asked for.
    pub port: Option<u16>,
    /// TCP sockets by their state, listeners aside.
    pub states: Vec<StateCount>,
    /// Sockets that accept connections.
    pub listeners: Vec<Socket>,
    /// UDP sockets.
    pub datagrams: Vec<Socket>,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// The kernel's settings.
    pub limits: Limits,
}

/// Counts the sockets of a local port, or of the whole network namespace.
///
/// # Errors
/// If the kernel does not list them, or there are none at the port.
pub fn states(port: Option<u16>) -> Result<StatesReport, Diagnostic> {
    let sockets = system::sockets(port)?;
    if let (Some(port), true) = (port, sockets.is_empty()) {
        return Err(no_socket(&format!("with port {port}")));
    }
    Ok(report(port, sockets, system::limits()))
}

fn report(port: Option<u16>, sockets: Vec<Socket>, limits: Limits) -> StatesReport {
    let findings = rules::findings(&sockets, &limits);
    let (datagrams, streams): (Vec<Socket>, Vec<Socket>) = sockets.into_iter().partition(Socket::is_udp);
    let (listeners, connections): (Vec<Socket>, Vec<Socket>) = streams.into_iter().partition(Socket::is_listener);
    StatesReport { port, states: count(&connections), listeners, datagrams, findings, limits }
}

fn count(connections: &[Socket]) -> Vec<StateCount> {
    let mut counts: BTreeMap<State, StateCount> = BTreeMap::new();
    for socket in connections {
        let state = socket.state;
        let new = StateCount { state, count: 0, receive_queue: 0, send_queue: 0 };
        let counted = counts.entry(state).or_insert(new);
        let (received, sent) = socket.bytes();
        counted.count += 1;
        counted.receive_queue += u64::from(received);
        counted.send_queue += u64::from(sent);
    }
    counts.into_values().collect()
}

fn no_socket(which: &str) -> Diagnostic {
    Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("there is no TCP or UDP socket {which} in this network namespace"))
        .help("`specgen sockets states` lists all listeners")
}

/// Which connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Their own port.
    pub port: Option<u16>,
    /// One of their ends.
    pub address: Option<SocketAddr>,
    /// Their state; without one, all but listeners.
    pub state: Option<State>,
}

/// The sockets that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionsReport {
    /// TCP connections and UDP sockets.
    pub connections: Vec<Socket>,
    /// What is wrong with them, the worst first.
    pub findings: Vec<Finding>,
}

/// Lists connections.
///
/// # Errors
/// If the kernel does not list them, or there is no socket at that port or address in whatever state.
pub fn connections(filter: &Filter) -> Result<ConnectionsReport, Diagnostic> {
    let mut sockets = system::sockets(filter.port)?;
    sockets.retain(|socket| filter.address.is_none_or(|address| socket.touches(address)));
    if let (Some(which), true) = (filter.which(), sockets.is_empty()) {
        return Err(no_socket(&which));
    }
    sockets.retain(|socket| match filter.state {
        Some(state) => socket.state == state,
        None => !socket.is_listener(),
    });
    let findings = rules::findings(&sockets, &system::limits());
    Ok(ConnectionsReport { connections: sockets, findings })
}

impl Filter {
    fn which(&self) -> Option<String> {
        match (self.port, self.address) {
            (None, None) => None,
            (Some(port), None) => Some(format!("with port {port}")),
            (None, Some(address)) => Some(format!("with an end at {address}")),
            (Some(port), Some(address)) => Some(format!("with port {port} and an end at {address}")),
        }
    }
}
