//! Datagrams received, and sent, many at once.

#[cfg(target_os = "linux")]
mod mmsg;
#[cfg(target_os = "linux")]
mod segments;
#[cfg(not(target_os = "linux"))]
mod single;

#[cfg(target_os = "linux")]
pub use mmsg::{Incoming, Outgoing, RECEIVE, SEND};
#[cfg(not(target_os = "linux"))]
pub use single::{Incoming, Outgoing, RECEIVE, SEND};
