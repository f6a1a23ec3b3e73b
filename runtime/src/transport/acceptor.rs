//! Accepting, and the pause after the process ran out of descriptors or memory.

use super::listener::Listener;
use super::socket::StreamSocket;
use super::trace::message;
use crate::server::{Address, Level, Log, Value};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::{Duration, Instant};

/// How long nothing is accepted after the process ran out of something.
const PAUSE: Duration = Duration::from_millis(100);

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
    log: Log,
    /// The last accept failed for want of resources: that is logged already.
    starved: bool,
    again: Option<Instant>,
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
        Self { listener, log, starved: false, again: None }
    }

    /// When to accept again after a pause.
    pub fn again(&self) -> Option<Instant> {
        self.again
    }

    /// Whether a pause is over; it is not over twice.
    pub fn ends_pause(&mut self, now: Instant) -> bool {
        self.again.take_if(|again| *again <= now).is_some()
    }

    /// Accepts one connection.
    pub fn next(&mut self) -> Next {
        loop {
            match self.listener.accept() {
                Ok((socket, address)) => {
                    self.starved = false;
                    return Next::Connection(socket, address);
                }
                Err(Errno::AGAIN) => return Next::Nothing,
                Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) => {
                    self.pause(error);
                    return Next::Starved;
                }
                // The connection broke before it was accepted.
                Err(_) => {}
            }
        }
    }

    fn pause(&mut self, error: Errno) {
        if !std::mem::replace(&mut self.starved, true) {
            let text = message(error);
            self.log.event(Level::Error, "accept-failed", &[("error", Value::Text(&text))]);
        }
        self.again = Some(Instant::now() + PAUSE);
    }
}
