//! Connected sockets, with the traces of `SOCKET_DEBUG`.

use crate::server::Socket;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, sockopt};
use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, IoSlice};
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
    pub fn new(fd: OwnedFd, cork: bool, quick_ack: bool, trace: bool) -> Self {
        Self { fd, cork, corked: Cell::new(false), quick_ack, trace }
    }

    /// Reads into `buffer`.
    ///
    /// # Errors
    /// As the kernel says.
    #[inline]
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = rustix::net::recv(&self.fd, buffer, RecvFlags::empty()).map(|(_, read)| read);
        self.trace("read", &result);
        if self.quick_ack {
            let set = sockopt::set_tcp_quickack(&self.fd, true);
            self.trace("setsockopt TCP_QUICKACK", &set.map(|()| 0));
        }
        Ok(result?)
    }

    /// Writes `parts`.
    ///
    /// # Errors
    /// As the kernel says.
    #[inline]
    pub fn send(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.cork && !self.corked.get() {
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
