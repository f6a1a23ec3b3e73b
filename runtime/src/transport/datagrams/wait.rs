//! What an I/O model is to a worker of datagrams.

use rustix::fd::BorrowedFd;
use std::time::Duration;

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The time has passed, or nothing in particular.
    Idle,
    /// There may be datagrams.
    Datagrams,
    /// A signal came.
    Signal,
}

/// What is waited for.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The worker's socket.
    pub socket: BorrowedFd<'a>,
    /// Readable from the first signal on.
    pub signal: BorrowedFd<'a>,
}

/// An I/O model.
pub trait Wait: Sized {
    /// Prepares to wait for what will be waited for with every [`Self::wait`].
    ///
    /// # Errors
    /// One line that says why that is not possible.
    fn new(sources: Sources<'_>) -> Result<Self, String>;

    /// Whether datagrams are reported once, so that the socket has to be read until there are no
    /// more.
    const REPORTS_ONCE: bool = false;

    /// Waits.
    fn wait(&mut self, sources: Sources<'_>, timeout: Option<Duration>) -> Woken;
}
