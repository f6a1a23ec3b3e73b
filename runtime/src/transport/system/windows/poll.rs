//! `WSAPoll`.

use rustix::fd::{AsRawFd as _, BorrowedFd};
use std::thread;
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{POLLERR, POLLHUP, POLLNVAL, WSAPoll};
pub use windows_sys::Win32::Networking::WinSock::{POLLIN, POLLOUT, WSAPOLLFD as PollEntry};

/// The connection is broken: reported whether asked for or not.
pub const POLL_GONE: i16 = POLLERR | POLLNVAL;
/// The peer ended its stream, or the connection is broken: likewise.
pub const POLL_ENDED: i16 = POLL_GONE | POLLHUP;

/// How long nothing is waited for when the end of a stream, which is reported for ever, is all that
/// there is, and nobody wants to read it yet.
const PAUSE: Duration = Duration::from_millis(1);

/// What is waited for with a socket.
pub fn poll_entry(fd: BorrowedFd<'_>, events: i16) -> PollEntry {
    PollEntry { fd: fd.as_raw_fd() as usize, events, revents: 0 }
}

/// Waits for sockets, `timeout` milliseconds at most or, if that is negative, until something
/// happens; gives the number of entries with something, which is not positive after a failure.
pub fn poll(entries: &mut [PollEntry], timeout: i32) -> i32 {
    // SAFETY: `entries` is alive and borrowed by nobody else until the call returns.
    let found = unsafe { WSAPoll(entries.as_mut_ptr(), entries.len() as u32, timeout) };
    let unwanted = |entry: &&mut PollEntry| entry.revents == POLLHUP && entry.events & POLLIN == 0;
    let mut passed_over = 0;
    for entry in entries.iter_mut().filter(unwanted) {
        entry.revents = 0;
        passed_over += 1;
    }
    if passed_over > 0 && passed_over == found {
        thread::sleep(PAUSE);
    }
    found - passed_over
}
