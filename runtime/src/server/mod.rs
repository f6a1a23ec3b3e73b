//! The program around the protocol: configuration, log, connections, deadlines.

mod active;
mod address;
mod app;
#[cfg(feature = "tcp")]
mod bytes;
mod common;
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
pub use app::{HandlerError, PeerId, Shared};
#[cfg(feature = "tcp")]
pub use bytes::{BytesHandler, BytesPeer};
#[cfg(feature = "compression")]
pub use config::Compression;
#[cfg(feature = "tcp")]
pub use config::Tcp;
#[cfg(feature = "epoll")]
pub use config::Trigger;
pub use config::{
    Buffers, Config, Io, KeepAlive, Level, Limits, Listen, Log, LogFormat, Model, Overflow,
    SocketOptions, Timeouts,
};
#[cfg(feature = "websocket")]
pub use config::{Heartbeat, WebSocket};
#[cfg(feature = "websocket")]
pub use handler::{Handler, InvalidCloseCode, Peer};

pub(crate) use address::Place;
pub(crate) use common::{Common, Membership};
pub(crate) use connection::Interest;
pub(crate) use environment::Start;
pub(crate) use log::Value;
pub(crate) use output::Socket;
pub(crate) use protocol::Protocol;
pub(crate) use slab::Token;
pub(crate) use worker::{Read, Worker};

use crate::transport;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs a WebSocket server until a signal ends it. This is the whole of a generated program's
/// `main`.
///
/// `make_handler` is called once by each thread that serves; several that are to have one handler
/// take clones of a [`Shared`].
///
/// The exit status is 0 after SIGINT or SIGTERM, 1 if the server could not start: then one line on
/// standard error says why. A second signal ends the process at once (130 or 143).
#[cfg(feature = "websocket")]
#[must_use]
pub fn serve_websocket<H: Handler + 'static>(
    config: Config,
    make_handler: impl Fn() -> H + Send + Sync + 'static,
) -> ExitCode {
    serve::<websocket::WebSocketServer<H>>(&config, Arc::new(make_handler))
}

/// Runs a TCP server until a signal ends it: as [`serve_websocket`].
#[cfg(feature = "tcp")]
#[must_use]
pub fn serve_tcp<H: BytesHandler + 'static>(
    config: Config,
    make_handler: impl Fn() -> H + Send + Sync + 'static,
) -> ExitCode {
    serve::<tcp::TcpServer<H>>(&config, Arc::new(make_handler))
}

/// Runs a server of connections.
fn serve<P: Protocol + 'static>(config: &Config, app: transport::MakeApp<P>) -> ExitCode {
    guard::install_hook();
    let started = environment::apply(config, |name| std::env::var_os(name));
    match started.and_then(|start| transport::run::<P>(&start, app)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
