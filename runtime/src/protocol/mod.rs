//! The protocols: bytes in, events and bytes out. Nothing here knows a socket or a clock.
//!
//! What several have in common: `input`, `buffer`, `rate`, `phase`, `sink`. Streams of messages
//! without a protocol of their own: `framing`. Datagrams: `reliability`.
//!
//! WebSocket, in the order in which a connection meets them: `http` and `handshake` (with
//! `extension`, `sha1`, `base64`), `session`, `receiver` (with `frame`, `mask`, `utf8`, `deflate`),
//! `link` (with `close`). `client` is the other side's handshake.

#[cfg(feature = "websocket")]
pub mod base64;
#[cfg(feature = "auth")]
pub mod bearer;
#[cfg(feature = "stream")]
pub mod buffer;
#[cfg(feature = "websocket")]
pub mod client;
#[cfg(feature = "websocket")]
pub mod close;
#[cfg(feature = "compression")]
pub mod deflate;
#[cfg(feature = "websocket")]
pub mod extension;
#[cfg(feature = "websocket")]
pub mod frame;
#[cfg(feature = "tcp")]
pub mod framing;
#[cfg(feature = "websocket")]
pub mod handshake;
#[cfg(any(feature = "websocket", feature = "metrics-port"))]
pub mod http;
#[cfg(feature = "stream")]
pub mod input;
#[cfg(feature = "websocket")]
pub mod link;
#[cfg(feature = "websocket")]
pub mod mask;
#[cfg(feature = "websocket")]
pub mod message;
#[cfg(feature = "stream")]
pub mod phase;
pub mod rate;
#[cfg(feature = "websocket")]
pub mod receiver;
#[cfg(feature = "udp")]
pub mod reliability;
#[cfg(feature = "websocket")]
pub mod session;
#[cfg(feature = "websocket")]
pub mod sha1;
#[cfg(feature = "stream")]
pub mod sink;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "websocket")]
pub mod utf8;
