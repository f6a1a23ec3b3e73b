//! Accepting, and the pause after the process ran out of descriptors or memory.

use super::listener::Listener;
use super::pause::Pause;
use super::socket::StreamSocket;
use super::system;
use crate::server::{Address, Log};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use rustix::io::Errno;
use std::time::Instant;

/// What there was to accept.
pub enum Next {
    /// A connection.
    Connection(StreamSocket, Address),
    /// Nothing more.
    Nothing,
    /// Something that the process has no resources for. [`Acceptor::again`] says when to try again.
    Starved,
}

/// A listener.
pub struct Acceptor {
    listener: Listener,
    pause: Pause,
}

impl AsRawFd for Acceptor {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Acceptor {
    pub fn new(listener: Listener, log: Log) -> Self {
        Self { listener, pause: Pause::new(log) }
    }

    /// When to accept again after a pause.
    pub fn again(&self) -> Option<Instant> {
        self.pause.until()
    }

    /// Whether a pause is over; it is not over twice.
    pub fn ends_pause(&mut self, now: Instant) -> bool {
        self.pause.ends(now)
    }

    /// Accepts one connection.
    pub fn next(&mut self) -> Next {
        loop {
            match self.listener.accept() {
                Ok((socket, address)) => {
                    self.pause.accepted();
                    return Next::Connection(socket, address);
                }
                Err(Errno::AGAIN) => return Next::Nothing,
                Err(error) if system::is_exhausted(error) => {
                    self.pause.begin(error);
                    return Next::Starved;
                }
                // The connection broke before it was accepted.
                Err(_) => {}
            }
        }
    }
}
