//! The protocols: bytes in, events and bytes out. Nothing here knows a socket or a clock.
//!
//! What all have in common: [`input`], [`buffer`], [`rate`], [`phase`], [`sink`].
//!
//! WebSocket, in the order in which a connection meets them: `http` and `handshake` (with
//! `extension`, `sha1`, `base64`), `session`, `receiver` (with `frame`, `mask`, `utf8`, `deflate`),
//! `link` (with `close`). `client` is the other side's handshake.

#[cfg(feature = "websocket")]
pub mod base64;
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
#[cfg(feature = "websocket")]
pub mod http;
pub mod input;
#[cfg(feature = "websocket")]
pub mod link;
#[cfg(feature = "websocket")]
pub mod mask;
#[cfg(feature = "websocket")]
pub mod message;
pub mod phase;
pub mod rate;
#[cfg(feature = "websocket")]
pub mod receiver;
#[cfg(feature = "websocket")]
pub mod session;
#[cfg(feature = "websocket")]
pub mod sha1;
pub mod sink;
#[cfg(feature = "websocket")]
pub mod utf8;
