//! One call that waits for the socket and the signal. Without connections that is all that there is
//! to block for, to give a thread to, or to await a completion of.

use super::wait::{Sources, Wait, Woken};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::time::Duration;

/// Nothing is kept between two waits.
pub struct Poll;

impl Wait for Poll {
    fn new(_: Sources<'_>) -> Result<Self, String> {
        Ok(Self)
    }

    fn wait(&mut self, sources: Sources<'_>, timeout: Option<Duration>) -> Woken {
        let Sources { socket, signal } = sources;
        let mut entries = [socket, signal].map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        // Where a signal interrupts it, its byte is in the pipe.
        let _ = rustix::event::poll(&mut entries, timeout.as_ref());
        let [socket, signal] = entries.map(|entry| !entry.revents().is_empty());
        match (socket, signal) {
            (_, true) => Woken::Signal,
            (true, false) => Woken::Datagrams,
            (false, false) => Woken::Idle,
        }
    }
}
