//! Signals to a command that has something to end first: servers that it started, a run that has figures so far.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use elsewhere::{Group, stop_instead};
#[cfg(unix)]
pub use unix::{Group, stop_instead};
