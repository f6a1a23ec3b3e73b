//! What an I/O model that reports readiness is to a worker.

use crate::server::Interest;
use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use std::time::Duration;

/// Something happened to a descriptor.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "as the kernel reports them")]
pub struct Event {
    /// What it was added with.
    pub key: u64,
    /// There is input, or the end of it.
    pub readable: bool,
    /// There is room for output.
    pub writable: bool,
    /// The connection is broken, or both directions are shut down.
    pub hung_up: bool,
    /// The peer ended its stream, or may have.
    pub ended: bool,
}

impl Event {
    /// There may be anything to read.
    pub fn read(key: u64) -> Self {
        Self { key, readable: true, writable: false, hung_up: false, ended: true }
    }
}

/// Waits for descriptors.
pub trait Poller: Sized {
    /// Whether readiness is reported once, so that the kernel has to be asked until it has no more.
    fn reports_once(&self) -> bool {
        false
    }

    /// Waits for a descriptor, too, until [`Self::remove`] is called, which is before it is closed
    /// or soon after.
    ///
    /// # Errors
    /// As the kernel says.
    fn add(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> Result<(), Errno>;

    /// Waits for something else.
    fn change(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest);

    /// Forgets a descriptor, which may be closed already.
    fn remove(&mut self, key: u64);

    /// Waits, and adds what happened to `events`; nothing if the time has passed or a signal came.
    fn wait(&mut self, timeout: Option<Duration>, events: &mut Vec<Event>);
}
