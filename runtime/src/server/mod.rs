//! The program around the protocol: configuration, log, connections, deadlines.

#[cfg(feature = "stream")]
mod active;
mod address;
mod app;
#[cfg(any(feature = "tcp", feature = "udp"))]
mod bytes;
#[cfg(feature = "stream")]
mod common;
mod config;
#[cfg(feature = "stream")]
mod connection;
#[cfg(feature = "tls")]
mod credentials;
#[cfg(feature = "udp")]
mod datagrams;
mod deadlines;
mod environment;
mod guard;
#[cfg(feature = "websocket")]
mod handler;
#[cfg(feature = "stream")]
mod hub;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "metrics-port")]
mod monitor;
#[cfg(feature = "stream")]
mod output;
#[cfg(feature = "stream")]
mod protocol;
mod slab;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "auth")]
mod tokens;
#[cfg(feature = "websocket")]
mod websocket;
#[cfg(feature = "stream")]
mod worker;

pub use address::Address;
pub use app::{HandlerError, PeerId, Shared};
#[cfg(any(feature = "tcp", feature = "udp"))]
pub use bytes::{BytesHandler, BytesPeer};
#[cfg(feature = "auth")]
pub use config::Auth;
#[cfg(feature = "compression")]
pub use config::Compression;
#[cfg(feature = "metrics-port")]
pub use config::Monitor;
#[cfg(feature = "tcp")]
pub use config::Tcp;
#[cfg(feature = "tls")]
pub use config::Tls;
#[cfg(any(feature = "epoll", feature = "kqueue"))]
pub use config::Trigger;
#[cfg(feature = "stream")]
pub use config::{Buffers, KeepAlive, Limits, Overflow, Timeouts};
pub use config::{Config, Io, Level, Listen, Log, LogFormat, Model, SocketOptions};
#[cfg(feature = "websocket")]
pub use config::{Heartbeat, WebSocket};
#[cfg(feature = "udp")]
pub use config::{Multicast, Reliability, Udp};
#[cfg(feature = "websocket")]
pub use handler::{Handler, InvalidCloseCode, Peer};

pub(crate) use address::Place;
#[cfg(feature = "stream")]
pub(crate) use common::{Common, Membership};
#[cfg(all(feature = "stream", feature = "readiness", any(unix, not(feature = "iocp"))))]
pub(crate) use connection::Interest;
#[cfg(feature = "tls")]
pub(crate) use credentials::Credentials;
#[cfg(feature = "udp")]
pub(crate) use datagrams::{Addressed, DatagramServer, Outbox, Transmit, longest};
pub(crate) use environment::Start;
pub(crate) use log::Value;
#[cfg(all(feature = "udp", feature = "metrics"))]
pub(crate) use metrics::{Counter, Tally};
#[cfg(feature = "metrics-port")]
pub(crate) use monitor::open as open_monitor;
#[cfg(feature = "stream")]
pub(crate) use output::Socket;
#[cfg(feature = "stream")]
pub(crate) use protocol::Protocol;
#[cfg(all(feature = "stream", any(feature = "io-uring", all(feature = "iocp", windows))))]
pub(crate) use slab::Slab;
#[cfg(feature = "stream")]
pub(crate) use slab::Token;
#[cfg(all(feature = "stream", feature = "readiness", any(unix, not(feature = "iocp"))))]
pub(crate) use worker::Read;
#[cfg(feature = "stream")]
pub(crate) use worker::Worker;

use crate::transport;
use std::process::ExitCode;
#[cfg(feature = "stream")]
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

/// Runs a UDP server until a signal ends it: as [`serve_tcp`], with one handler for all workers.
#[cfg(feature = "udp")]
#[must_use]
pub fn serve_udp<H: BytesHandler + Send + 'static>(config: Config, handler: H) -> ExitCode {
    begin(&config, |start| transport::run_datagrams(start, handler))
}

/// Runs a server of connections.
#[cfg(feature = "stream")]
fn serve<P: Protocol + 'static>(config: &Config, app: transport::MakeApp<P>) -> ExitCode {
    begin(config, |start| transport::run::<P>(start, app))
}

fn begin(config: &Config, run: impl FnOnce(&Start) -> Result<(), String>) -> ExitCode {
    guard::install_hook();
    let started = environment::apply(config, |name| std::env::var_os(name));
    match started.and_then(|start| run(&start)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
