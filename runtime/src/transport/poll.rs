//! poll(2).

// The kernel is given the address and the number of the entries.
#![allow(unsafe_code)]

use super::poller::{Event, Poller};
#[cfg(feature = "poll")]
use super::reactor;
#[cfg(feature = "poll")]
use super::workers::{Ready, Seat};
use crate::server::Interest;
#[cfg(feature = "poll")]
use crate::server::Protocol;
use rustix::io::Errno;
use std::collections::HashMap;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

/// Reported whether they are asked for or not.
const HUNG_UP: i16 = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
#[cfg(feature = "poll")]
pub fn serve<P: Protocol>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    reactor::serve(seat, Poll::default(), ready)
}

/// The descriptors, the keys beside them, and where each key's descriptor is.
#[derive(Default)]
pub struct Poll {
    entries: Vec<libc::pollfd>,
    keys: Vec<u64>,
    places: HashMap<u64, usize>,
}

impl Poller for Poll {
    fn add(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> Result<(), Errno> {
        let entry = libc::pollfd { fd: fd.as_raw_fd(), events: events(interest), revents: 0 };
        self.places.insert(key, self.entries.len());
        self.entries.push(entry);
        self.keys.push(key);
        Ok(())
    }

    fn change(&mut self, _: BorrowedFd<'_>, key: u64, interest: Interest) {
        if let Some(place) = self.places.get(&key) {
            self.entries[*place].events = events(interest);
        }
    }

    /// The last one takes its place.
    fn remove(&mut self, key: u64) {
        let Some(place) = self.places.remove(&key) else { return };
        self.entries.swap_remove(place);
        self.keys.swap_remove(place);
        if let Some(moved) = self.keys.get(place) {
            self.places.insert(*moved, place);
        }
    }

    fn wait(&mut self, timeout: Option<Duration>, events: &mut Vec<Event>) {
        let timeout =
            timeout.map_or(-1, |timeout| timeout.as_millis().min(i32::MAX as u128) as i32);
        let count = self.entries.len() as libc::nfds_t;
        // SAFETY: `entries` is a live, unshared vector of that many entries until the call returns.
        let mut found = unsafe { libc::poll(self.entries.as_mut_ptr(), count, timeout) };
        for (entry, key) in self.entries.iter().zip(&self.keys) {
            if found <= 0 {
                return;
            }
            if entry.revents != 0 {
                found -= 1;
                events.push(event(*key, entry.revents));
            }
        }
    }
}

fn events(interest: Interest) -> i16 {
    let read = if interest.read { libc::POLLIN } else { 0 };
    let write = if interest.write { libc::POLLOUT } else { 0 };
    read | write
}

fn event(key: u64, found: i16) -> Event {
    let hung_up = found & HUNG_UP != 0;
    Event {
        key,
        readable: hung_up || found & libc::POLLIN != 0,
        writable: found & libc::POLLOUT != 0,
        hung_up,
        ended: hung_up,
    }
}
