//! `eventfd(2)`.

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

/// A descriptor that becomes readable when somebody rings.
#[derive(Clone)]
pub struct Bell(Arc<OwnedFd>);

impl Bell {
    /// As an error names it.
    pub const NAME: &str = "eventfd";

    /// A silent one.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn new() -> Result<Self, Errno> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self(Arc::new(fd)))
    }

    /// Makes it readable.
    pub fn ring(&self) {
        // It cannot be full: a worker that is rung reads it.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Makes it silent again.
    pub fn quiet(&self) {
        // Nothing there is as good.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
