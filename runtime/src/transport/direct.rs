//! Reading and writing with a system call each, for models that are told of readiness.

use super::socket::StreamSocket;
use super::system::SENDING;
use crate::server::Socket;
use rustix::net::{RecvFlags, SendAncillaryBuffer};
use std::io::{self, IoSlice};
use std::os::fd::AsFd as _;

impl Socket for StreamSocket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }

    #[inline]
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send(parts)
    }

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
        self.cork();
        let result = if let [part] = parts {
            rustix::net::send(self.as_fd(), part, SENDING)
        } else {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(self.as_fd(), parts, &mut control, SENDING)
        };
        self.trace("write", &result);
        Ok(result?)
    }
}
