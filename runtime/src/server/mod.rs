//! The program around the protocol: configuration, log, connections, deadlines.

mod active;
mod config;
mod connection;
mod deadlines;
mod environment;
mod guard;
mod handler;
mod hub;
mod log;
mod output;
mod slab;
mod worker;

#[cfg(feature = "compression")]
pub use config::Compression;
pub use config::{
    Buffers, Config, Heartbeat, Level, Limits, Listen, Log, LogFormat, Overflow, SocketOptions,
    Timeouts, WebSocket,
};
pub use handler::{Handler, HandlerError, InvalidCloseCode, Peer, PeerId};

pub(crate) use connection::Interest;
pub(crate) use log::Value;
pub(crate) use output::Socket;
pub(crate) use slab::Token;
pub(crate) use worker::Worker;

use crate::transport;
use std::process::ExitCode;

/// Runs a server until a signal ends it. This is the whole of a generated program's `main`.
///
/// The exit status is 0 after SIGINT or SIGTERM, 1 if the server could not start: then one line on
/// standard error says why. A second signal ends the process at once (130 or 143).
#[must_use]
pub fn serve<H: Handler>(config: Config, handler: H) -> ExitCode {
    guard::install_hook();
    let started = environment::apply(&config, |name| std::env::var_os(name));
    match started
        .and_then(|start| transport::run(&start.config, start.address, start.trace, handler))
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
