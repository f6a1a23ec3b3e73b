//! The protocol: bytes in, events and bytes out. Nothing here knows a socket or a clock.
//!
//! In the order in which a connection meets them: [`http`] and [`handshake`] (with [`extension`],
//! [`sha1`], [`base64`]), [`session`], [`receiver`] (with [`frame`], [`mask`], [`utf8`], `deflate`,
//! [`rate`], [`buffer`]), [`link`] (with [`close`]). [`client`] is the other side's handshake.

pub mod base64;
pub mod buffer;
pub mod client;
pub mod close;
#[cfg(feature = "compression")]
pub mod deflate;
pub mod extension;
pub mod frame;
pub mod handshake;
pub mod http;
pub mod link;
pub mod mask;
pub mod message;
pub mod rate;
pub mod receiver;
pub mod session;
pub mod sha1;
pub mod utf8;
