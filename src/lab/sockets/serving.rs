//! Who serves an address.

use std::net::SocketAddr;

use super::{Owner, Protocol, Socket, system};
use crate::diagnostics::Diagnostic;

/// The processes that listen at an address of this machine, or for UDP have a socket there, as far as they may be seen.
///
/// # Errors
/// If the system does not say.
pub fn serving(address: SocketAddr, protocol: Protocol) -> Result<Vec<Owner>, Diagnostic> {
    let mut sockets = system::sockets(Some(address.port()))?;
    sockets.retain(|socket| serves(socket, address, protocol));
    Ok(sockets.into_iter().flat_map(|socket| socket.owners).collect())
}

fn serves(socket: &Socket, address: SocketAddr, protocol: Protocol) -> bool {
    let local = socket.local;
    let is_there = local.ip().is_unspecified() || local.ip().to_canonical() == address.ip().to_canonical();
    let takes_any = socket.is_listener() || (socket.is_udp() && socket.remote.is_none());
    socket.protocol == protocol && takes_any && local.port() == address.port() && is_there
}
