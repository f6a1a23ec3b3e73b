//! A completion port.

use super::super::iocp::{Port, Post};
use rustix::io::Errno;

/// Tells a completion port when somebody rings.
#[derive(Clone)]
pub struct Bell(Port);

impl Bell {
    /// As an error names it.
    pub const NAME: &str = "a completion port";

    /// One at a port of its own.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn new() -> Result<Self, Errno> {
        Port::new().map(Self)
    }

    /// The port, for its worker to wait at.
    pub fn port(self) -> Port {
        self.0
    }

    /// Has the worker look up.
    pub fn ring(&self) {
        self.0.post(Post::Mail);
    }
}
