//! One call for all descriptors, whose list the kernel reads anew with each.

use super::poller::{Event, Poller};
#[cfg(feature = "poll")]
use super::reactor;
use super::system::{self, POLL_ENDED, POLL_GONE, POLLIN, POLLOUT, PollEntry};
#[cfg(feature = "poll")]
use super::workers::{Ready, Seat};
use crate::server::Interest;
#[cfg(feature = "poll")]
use crate::server::Protocol;
use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use std::collections::HashMap;
use std::time::Duration;

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
    entries: Vec<PollEntry>,
    keys: Vec<u64>,
    places: HashMap<u64, usize>,
}

impl Poller for Poll {
    fn add(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> Result<(), Errno> {
        self.places.insert(key, self.entries.len());
        self.entries.push(system::poll_entry(fd, events(interest)));
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
        let mut found = system::poll(&mut self.entries, timeout);
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
    let read = if interest.read { POLLIN } else { 0 };
    let write = if interest.write { POLLOUT } else { 0 };
    read | write
}

fn event(key: u64, found: i16) -> Event {
    let ended = found & POLL_ENDED != 0;
    Event {
        key,
        readable: ended || found & POLLIN != 0,
        writable: found & POLLOUT != 0,
        hung_up: found & POLL_GONE != 0,
        ended,
    }
}
