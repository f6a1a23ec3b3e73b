//! A bell that the first signal rings, for those who wait for sockets.

use super::console;
#[cfg(feature = "health-port")]
pub use super::console::flag;
use crate::transport::wake::Bell;
use std::io;

/// Becomes readable with the first signal.
pub type Signal = Bell;

/// Installs the handler.
///
/// # Errors
/// If the system refuses, or has no socket left.
pub fn install() -> io::Result<Signal> {
    let bell = Bell::new()?;
    let ringing = bell.clone();
    console::install()?.then(move || ringing.ring());
    Ok(bell)
}
