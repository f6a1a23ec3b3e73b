//! The program around the protocol: configuration, log, connections, deadlines.

mod active;
mod address;
mod app;
#[cfg(feature = "tcp")]
mod bytes;
mod config;
mod connection;
mod deadlines;
mod environment;
mod guard;
#[cfg(feature = "websocket")]
mod handler;
mod hub;
mod log;
mod output;
mod protocol;
mod slab;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "websocket")]
mod websocket;
mod worker;

pub use address::Address;
pub use app::{HandlerError, PeerId};
#[cfg(feature = "tcp")]
pub use bytes::{BytesHandler, BytesPeer};
#[cfg(feature = "compression")]
pub use config::Compression;
#[cfg(feature = "tcp")]
pub use config::Tcp;
pub use config::{
    Buffers, Config, KeepAlive, Level, Limits, Listen, Log, LogFormat, Overflow, SocketOptions,
    Timeouts,
};
#[cfg(feature = "websocket")]
pub use config::{Heartbeat, WebSocket};
#[cfg(feature = "websocket")]
pub use handler::{Handler, InvalidCloseCode, Peer};

pub(crate) use address::Place;
pub(crate) use connection::Interest;
pub(crate) use log::Value;
pub(crate) use output::Socket;
pub(crate) use protocol::Protocol;
pub(crate) use slab::Token;
pub(crate) use worker::Worker;

use crate::transport;
use std::process::ExitCode;

/// Runs a WebSocket server until a signal ends it. This is the whole of a generated program's
/// `main`.
///
/// The exit status is 0 after SIGINT or SIGTERM, 1 if the server could not start: then one line on
/// standard error says why. A second signal ends the process at once (130 or 143).
#[cfg(feature = "websocket")]
#[must_use]
pub fn serve_websocket<H: Handler>(config: Config, handler: H) -> ExitCode {
    serve::<websocket::WebSocketServer<H>>(&config, handler)
}

/// Runs a TCP server until a signal ends it: as [`serve_websocket`].
#[cfg(feature = "tcp")]
#[must_use]
pub fn serve_tcp<H: BytesHandler>(config: Config, handler: H) -> ExitCode {
    serve::<tcp::TcpServer<H>>(&config, handler)
}

/// Runs a server of connections.
fn serve<P: Protocol>(config: &Config, app: P::App) -> ExitCode {
    guard::install_hook();
    let started = environment::apply(config, |name| std::env::var_os(name));
    match started
        .and_then(|start| transport::run::<P>(&start.config, &start.place, start.trace, app))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
