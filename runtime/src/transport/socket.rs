//! Connected sockets, with the traces of `SOCKET_DEBUG`.

#[cfg(unix)]
use super::system;
use super::trace::trace;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::Errno;
use rustix::net::Shutdown;
#[cfg(feature = "linux-options")]
use rustix::net::sockopt;
#[cfg(unix)]
use std::cell::Cell;

/// A connected TCP or unix socket.
pub struct StreamSocket {
    fd: OwnedFd,
    /// Output is held back now.
    #[cfg(unix)]
    corked: Cell<bool>,
    habits: Habits,
}

/// What a socket does by itself.
#[derive(Clone, Copy)]
pub struct Habits {
    /// It holds back output until the end of a turn.
    #[cfg(unix)]
    pub cork: bool,
    /// `TCP_QUICKACK` is set behind every read: the kernel forgets it.
    #[cfg(feature = "linux-options")]
    pub quick_ack: bool,
    /// Its close waits for the peer to take what was written.
    #[cfg(windows)]
    pub lingers: bool,
    /// It prints every operation.
    pub trace: bool,
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
    pub fn new(fd: OwnedFd, habits: Habits) -> Self {
        Self {
            // Nobody else's.
            fd,
            #[cfg(unix)]
            corked: Cell::new(false),
            habits,
        }
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
    #[cfg(feature = "linux-options")]
    #[inline]
    pub fn acknowledge(&self) {
        if self.habits.quick_ack {
            let set = sockopt::set_tcp_quickack(&self.fd, true);
            self.trace("setsockopt TCP_QUICKACK", &set.map(|()| 0));
        }
    }

    /// Holds back what is written, if the server is to.
    #[cfg(unix)]
    #[inline]
    pub fn cork(&self) {
        if self.habits.cork && !self.corked.get() {
            self.set_cork(true);
        }
    }

    /// Lets go what the cork held back.
    #[cfg(unix)]
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

    #[cfg(unix)]
    fn set_cork(&self, on: bool) {
        let result = system::set_tcp_cork(&self.fd, on);
        self.trace(system::CORK, &result.map(|()| usize::from(on)));
        self.corked.set(on);
    }

    /// Prints an operation, if the server is to.
    #[inline]
    pub fn trace(&self, operation: &str, result: &Result<usize, Errno>) {
        if self.habits.trace {
            trace(operation, &self.fd, result);
        }
    }
}

impl Drop for StreamSocket {
    fn drop(&mut self) {
        // One that does not block would not be closed instead of waiting.
        #[cfg(windows)]
        if self.habits.lingers {
            let _ = rustix::io::ioctl_fionbio(&self.fd, false);
        }
        self.trace("close", &Ok(0));
    }
}
