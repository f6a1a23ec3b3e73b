//! The runtime of servers that specgen generates.
//!
//! [`protocol`] is a core without I/O: RFC 6455, RFC 7692 and framings as functions from bytes to
//! events and bytes. `server` is the program around it (configuration, log, connections, deadlines),
//! and `transport` the I/O models, each one file. A generated program calls `serve_websocket` with
//! its `Config` and a `Handler`, or `serve_tcp` with a `BytesHandler`.

// Few files have reason for it, and say so: a function compiled for AVX2 (`protocol::mask`), and
// below `transport` system calls that no crate makes safe, or that take a promise.
#![deny(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]
// Lengths are narrowed where their range is known; try_from would only hide it.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]

pub mod protocol;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod transport;

#[cfg(feature = "tcp")]
pub use protocol::framing::{Framing, Prefix};
#[cfg(feature = "websocket")]
pub use protocol::message::{Kind, Message};
#[cfg(feature = "websocket")]
pub use protocol::receiver::Accepts;
#[cfg(all(feature = "server", feature = "metrics-port"))]
pub use server::Monitor;
#[cfg(all(feature = "server", feature = "tls"))]
pub use server::Tls;
#[cfg(any(feature = "epoll", feature = "kqueue"))]
pub use server::Trigger;
#[cfg(feature = "server")]
pub use server::{
    Address, Config, HandlerError, Io, Level, Listen, Log, LogFormat, Model, PeerId, Shared,
    SocketOptions,
};
#[cfg(all(feature = "server", feature = "stream"))]
pub use server::{Buffers, KeepAlive, Limits, Overflow, Timeouts};
#[cfg(all(feature = "server", any(feature = "tcp", feature = "udp")))]
pub use server::{BytesHandler, BytesPeer};
#[cfg(all(feature = "server", feature = "websocket"))]
pub use server::{Handler, Heartbeat, InvalidCloseCode, Peer, WebSocket, serve_websocket};
#[cfg(all(feature = "server", feature = "udp"))]
pub use server::{Multicast, Reliability, Udp, serve_udp};
#[cfg(all(feature = "server", feature = "tcp"))]
pub use server::{Tcp, serve_tcp};
#[cfg(all(feature = "server", feature = "auth"))]
pub use {protocol::bearer::Tokens, server::Auth};
#[cfg(all(feature = "server", feature = "compression"))]
pub use {protocol::extension::Wishes, server::Compression};
