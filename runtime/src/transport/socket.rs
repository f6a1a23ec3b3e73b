//! Connected sockets, with the traces of `SOCKET_DEBUG`.

use crate::server::Socket;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, sockopt};
use std::fmt::Display;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// A connected TCP or unix socket.
#[expect(clippy::struct_excessive_bools, reason = "three settings and a state")]
pub struct StreamSocket {
    fd: OwnedFd,
    /// `TCP_CORK` is set while a turn's output is written.
    cork: bool,
    /// It is set now.
    corked: bool,
    /// `TCP_QUICKACK` is set behind every read: the kernel forgets it.
    quick_ack: bool,
    trace: bool,
}

impl AsFd for StreamSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Socket for StreamSocket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = rustix::net::recv(&self.fd, buffer, RecvFlags::empty()).map(|(_, read)| read);
        self.trace("read", &result);
        if self.quick_ack {
            let set = sockopt::set_tcp_quickack(&self.fd, true);
            self.trace("setsockopt TCP_QUICKACK", &set.map(|()| 0));
        }
        Ok(result?)
    }

    #[inline]
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.cork && !self.corked {
            self.set_cork(true);
        }
        let result = if let [part] = parts {
            rustix::net::send(&self.fd, part, SendFlags::NOSIGNAL)
        } else {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(&self.fd, parts, &mut control, SendFlags::NOSIGNAL)
        };
        self.trace("write", &result);
        Ok(result?)
    }

    #[inline]
    fn end_turn(&mut self) {
        if self.corked {
            self.set_cork(false);
        }
    }

    fn shut_down(&mut self) {
        let result = rustix::net::shutdown(&self.fd, Shutdown::Write);
        // A connection that the peer has reset is shut down already.
        self.trace("shutdown", &result.map(|()| 0));
    }
}

impl StreamSocket {
    pub fn new(fd: OwnedFd, cork: bool, quick_ack: bool, trace: bool) -> Self {
        Self { fd, cork, corked: false, quick_ack, trace }
    }

    fn set_cork(&mut self, on: bool) {
        let result = sockopt::set_tcp_cork(&self.fd, on);
        self.trace("setsockopt TCP_CORK", &result.map(|()| usize::from(on)));
        self.corked = on;
    }

    #[inline]
    fn trace(&self, operation: &str, result: &Result<usize, Errno>) {
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

/// One line for a socket operation and its result.
#[cold]
pub fn trace<T: Display>(operation: &str, fd: &OwnedFd, result: &Result<T, Errno>) {
    let fd = fd.as_raw_fd();
    match result {
        Ok(value) => eprintln!("socket: {operation} fd={fd} = {value}"),
        Err(error) => eprintln!("socket: {operation} fd={fd} = {}", message(*error)),
    }
}

/// The words for an error, without its number.
pub fn message(error: Errno) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
