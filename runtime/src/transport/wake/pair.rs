//! Two ends of a unix socket.

use rustix::io::Errno;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// A descriptor that becomes readable when somebody rings.
#[derive(Clone)]
pub struct Bell(Arc<Ends>);

struct Ends {
    rung: UnixStream,
    ringing: UnixStream,
}

impl Bell {
    /// As an error names it.
    pub const NAME: &str = "a socket pair";

    /// A silent one.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn new() -> Result<Self, Errno> {
        Self::pair().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE))
    }

    fn pair() -> std::io::Result<Self> {
        let (rung, ringing) = UnixStream::pair()?;
        rung.set_nonblocking(true)?;
        ringing.set_nonblocking(true)?;
        Ok(Self(Arc::new(Ends { rung, ringing })))
    }

    /// Makes it readable.
    pub fn ring(&self) {
        // If it is full, it is readable.
        let _ = (&self.0.ringing).write(&[0]);
    }

    /// Makes it silent again.
    pub fn quiet(&self) {
        let mut rings = [0; 64];
        while (&self.0.rung).read(&mut rings).is_ok_and(|count| count == rings.len()) {}
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.rung.as_fd()
    }
}
