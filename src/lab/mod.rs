//! The lab: what runs against live servers, specgen's or anyone's.
//!
//! Unlike the stages of the compiler nothing here is pure: it opens sockets and reads clocks. What it finds is data; the commands print it.

#![allow(clippy::disallowed_methods, reason = "measures time, and reads what runs")]

pub mod bench;
pub mod conform;
pub mod connection;
mod datagrams;
pub mod endpoint;
pub mod exchange;
pub mod page;
mod reliable;
pub mod sockets;
pub mod trouble;
pub mod websocket;
