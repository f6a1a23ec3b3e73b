//! `poll(2)`.

// The kernel is given the address and the number of the entries.
#![allow(unsafe_code)]

pub use libc::{POLLIN, POLLOUT, pollfd as PollEntry};
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// The connection is broken, or both directions are shut down: reported whether asked for or not.
pub const POLL_GONE: i16 = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
/// The peer ended its stream, or may have.
pub const POLL_ENDED: i16 = POLL_GONE;

/// What is waited for with a descriptor.
pub fn poll_entry(fd: BorrowedFd<'_>, events: i16) -> PollEntry {
    PollEntry { fd: fd.as_raw_fd(), events, revents: 0 }
}

/// Waits for descriptors, `timeout` milliseconds at most or, if that is negative, until something
/// happens; gives the number of entries with something, which is not positive after a failure.
pub fn poll(entries: &mut [PollEntry], timeout: i32) -> i32 {
    let count = entries.len() as libc::nfds_t;
    // SAFETY: `entries` is alive and borrowed by nobody else until the call returns.
    unsafe { libc::poll(entries.as_mut_ptr(), count, timeout) }
}
