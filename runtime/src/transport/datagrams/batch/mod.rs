//! Datagrams received, and sent, many at once.

#[cfg(target_os = "linux")]
mod mmsg;
#[cfg(not(target_os = "linux"))]
mod single;

#[cfg(target_os = "linux")]
pub use mmsg::{Incoming, RECEIVE, SEND, send};
#[cfg(not(target_os = "linux"))]
pub use single::{Incoming, RECEIVE, SEND, send};
