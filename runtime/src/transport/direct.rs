//! Reading and writing with a system call each, for models that are told of readiness.

use super::socket::StreamSocket;
use super::system;
use crate::server::Socket;
use rustix::fd::AsFd as _;
use rustix::net::RecvFlags;
use std::io::{self, IoSlice};

impl Socket for StreamSocket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }

    #[inline]
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send(parts)
    }

    #[cfg(unix)]
    #[inline]
    fn end_turn(&mut self) {
        self.uncork();
    }

    fn shut_down(&mut self) {
        self.end();
    }
}

impl StreamSocket {
    /// Reads into `buffer`.
    ///
    /// # Errors
    /// As the kernel says.
    #[inline]
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let result =
            rustix::net::recv(self.as_fd(), buffer, RecvFlags::empty()).map(|(_, read)| read);
        self.trace("read", &result);
        #[cfg(feature = "linux-options")]
        self.acknowledge();
        Ok(result?)
    }

    /// Writes `parts`.
    ///
    /// # Errors
    /// As the kernel says.
    #[inline]
    pub fn send(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        #[cfg(unix)]
        self.cork();
        let result = system::send(self.as_fd(), parts);
        self.trace("write", &result);
        Ok(result?)
    }
}
