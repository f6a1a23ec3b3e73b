//! A conformance suite for servers of RFC 6455 (WebSocket) and RFC 7692 (permessage-deflate).
//!
//! A [`case::Case`] is data: what is sent, what may come back, and how the connection may end. `trial` runs one against a server that
//! echoes; [`engine`] runs all of them. Groups 1 to 13 have the numbers of the Autobahn test suite and judge as it does; those above are our
//! own.

mod answer;
pub mod autobahn;
pub mod case;
pub mod cases;
pub mod client;
mod corpus;
pub mod engine;
mod frame;
pub mod fuzzer;
mod handshake;
pub mod id;
mod log;
mod messages;
mod negotiation;
mod payload;
pub mod profile;
mod reader;
pub mod report;
pub mod result;
mod role;
mod session;
mod trial;
pub mod verdict;
