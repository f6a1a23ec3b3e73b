//! A datagram socket that is connected to itself: nobody else can send to it.

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;

/// A socket that becomes readable when somebody rings.
#[derive(Clone)]
pub struct Bell(Arc<UdpSocket>);

impl Bell {
    /// As an error names it.
    #[cfg(feature = "stream")]
    pub const NAME: &str = "a socket of its own";

    /// A silent one.
    ///
    /// # Errors
    /// As the system says.
    pub fn new() -> Result<Self, Errno> {
        Self::open().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOBUFS))
    }

    fn open() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        Ok(Self(Arc::new(socket)))
    }

    /// Makes it readable.
    pub fn ring(&self) {
        // If it is full, it is readable.
        let _ = self.0.send(&[0]);
    }

    /// Makes it silent again.
    #[cfg(feature = "stream")]
    pub fn quiet(&self) {
        while self.0.recv(&mut [0]).is_ok() {}
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
