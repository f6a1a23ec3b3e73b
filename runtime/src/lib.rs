//! The runtime of WebSocket servers that specgen generates.
//!
//! [`protocol`] is a core without I/O: RFC 6455 and RFC 7692 as functions from bytes to events and
//! bytes. `server` is the program around it (configuration, log, connections, deadlines), and
//! `transport` the I/O models, each one file. A generated program calls `serve` with its `Config`
//! and a `Handler`.
//!
//! Features: `compression` (permessage-deflate), `epoll` (the server on Linux epoll). Without
//! `epoll` the crate is the protocol core alone.

// One place has reason for it: `protocol::mask` calls a function compiled for AVX2.
#![deny(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]
// Lengths are narrowed where their range is known; try_from would only hide it.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]

pub mod protocol;
#[cfg(feature = "epoll")]
mod server;
#[cfg(feature = "epoll")]
mod transport;

pub use protocol::message::{Kind, Message};
pub use protocol::receiver::Accepts;
#[cfg(feature = "epoll")]
pub use server::{
    Buffers, Config, Handler, HandlerError, Heartbeat, InvalidCloseCode, Level, Limits, Listen,
    Log, LogFormat, Overflow, Peer, PeerId, SocketOptions, Timeouts, WebSocket, serve,
};
#[cfg(all(feature = "epoll", feature = "compression"))]
pub use {protocol::extension::Wishes, server::Compression};
