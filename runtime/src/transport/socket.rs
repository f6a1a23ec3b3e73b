//! Connected sockets, with the traces of `SOCKET_DEBUG`.

use super::trace::trace;
use rustix::io::Errno;
use rustix::net::{Shutdown, sockopt};
use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// A connected TCP or unix socket.
pub struct StreamSocket {
    fd: OwnedFd,
    /// `TCP_CORK` is set while a turn's output is written.
    cork: bool,
    /// It is set now.
    corked: Cell<bool>,
    /// `TCP_QUICKACK` is set behind every read: the kernel forgets it.
    quick_ack: bool,
    trace: bool,
}

impl AsFd for StreamSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for StreamSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl StreamSocket {
    pub fn new(fd: OwnedFd, cork: bool, quick_ack: bool, trace: bool) -> Self {
        Self { fd, cork, corked: Cell::new(false), quick_ack, trace }
    }

    /// The kernel has read by itself.
    #[cfg(feature = "io-uring")]
    pub fn was_read(&self, count: usize) {
        self.trace("read", &Ok(count));
        self.acknowledge();
    }

    /// The kernel has written by itself.
    #[cfg(feature = "io-uring")]
    pub fn was_written(&self, result: i32) {
        self.trace(
            "write",
            &usize::try_from(result).map_err(|_| Errno::from_raw_os_error(-result)),
        );
    }

    /// Sets `TCP_QUICKACK`, if the server is to.
    #[inline]
    pub fn acknowledge(&self) {
        if self.quick_ack {
            let set = sockopt::set_tcp_quickack(&self.fd, true);
            self.trace("setsockopt TCP_QUICKACK", &set.map(|()| 0));
        }
    }

    /// Holds back what is written, if the server is to.
    #[inline]
    pub fn cork(&self) {
        if self.cork && !self.corked.get() {
            self.set_cork(true);
        }
    }

    /// Lets go what the cork held back.
    #[inline]
    pub fn uncork(&self) {
        if self.corked.get() {
            self.set_cork(false);
        }
    }

    /// Ends the stream to the peer.
    pub fn end(&self) {
        let result = rustix::net::shutdown(&self.fd, Shutdown::Write);
        // A connection that the peer has reset is shut down already.
        self.trace("shutdown", &result.map(|()| 0));
    }

    fn set_cork(&self, on: bool) {
        let result = sockopt::set_tcp_cork(&self.fd, on);
        self.trace("setsockopt TCP_CORK", &result.map(|()| usize::from(on)));
        self.corked.set(on);
    }

    /// Prints an operation, if the server is to.
    #[inline]
    pub fn trace(&self, operation: &str, result: &Result<usize, Errno>) {
        if self.trace {
            trace(operation, &self.fd, result);
        }
    }
}

impl Drop for StreamSocket {
    fn drop(&mut self) {
        self.trace("close", &Ok(0));
    }
}
