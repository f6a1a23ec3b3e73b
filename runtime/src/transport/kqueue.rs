//! kqueue, level- and edge-triggered.

// A kernel queue is given the numbers of descriptors, which have to be open.
#![allow(unsafe_code)]

use super::poller::{Event, Poller};
use super::reactor;
use super::workers::{Ready, Seat};
use crate::server::{Interest, Protocol, Trigger};
use rustix::event::kqueue::{self, EventFilter, EventFlags};
use rustix::io::Errno;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

/// Events of one wait.
const EVENTS: usize = 256;
/// Everything, once: what is of no interest now is found out later.
const EDGE: EventFlags = EventFlags::ADD.union(EventFlags::CLEAR);
const ON: EventFlags = EventFlags::ADD.union(EventFlags::ENABLE);
/// A filter that was never added is added silent.
const OFF: EventFlags = EventFlags::ADD.union(EventFlags::DISABLE);

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol>(seat: Seat<P>, trigger: Trigger, ready: Ready) -> Result<(), String> {
    let poller = Kqueue::new(trigger).map_err(|error| super::cannot_use("kqueue", error))?;
    reactor::serve(seat, poller, ready)
}

struct Kqueue {
    fd: OwnedFd,
    trigger: Trigger,
    /// What the next wait begins with.
    changes: Vec<kqueue::Event>,
}

impl Kqueue {
    fn new(trigger: Trigger) -> Result<Self, Errno> {
        Ok(Self { fd: kqueue::kqueue()?, trigger, changes: Vec::new() })
    }
}

impl Poller for Kqueue {
    fn reports_once(&self) -> bool {
        self.trigger == Trigger::Edge
    }

    fn add(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> Result<(), Errno> {
        let (edge, fd) = (self.trigger == Trigger::Edge, fd.as_raw_fd());
        let changes = match self.trigger {
            Trigger::Edge => filters(fd, key, EDGE, EDGE),
            Trigger::Level => filters(fd, key, on(interest.read), on(interest.write)),
        };
        // Most never wait for room: theirs is added when they do.
        let count = if edge || interest.write { 2 } else { 1 };
        let no_events: &mut [kqueue::Event] = &mut [];
        // SAFETY: the descriptor is borrowed and so open, and the kernel forgets it when it is closed.
        unsafe { kqueue::kevent(&self.fd, &changes[..count], no_events, None) }.map(drop)
    }

    /// The descriptor is open until the next wait, or else [`Self::remove`] is called.
    fn change(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) {
        if self.trigger == Trigger::Level {
            let changes = filters(fd.as_raw_fd(), key, on(interest.read), on(interest.write));
            self.changes.extend(changes);
        }
    }

    /// The kernel forgets a closed descriptor by itself.
    fn remove(&mut self, key: u64) {
        self.changes.retain(|change| change.udata().addr() as u64 != key);
    }

    fn wait(&mut self, timeout: Option<Duration>, events: &mut Vec<Event>) {
        let mut found = [MaybeUninit::<kqueue::Event>::uninit(); EVENTS];
        let changes = mem::take(&mut self.changes);
        // SAFETY: the descriptors of the changes are open, since a closed one's are taken back.
        let waited = unsafe { kqueue::kevent(&self.fd, &changes, &mut found[..], timeout) };
        // A signal's byte is in the pipe: it needs no answer here.
        if let Ok((found, _)) = waited {
            events.extend(found.iter().map(event));
        }
    }
}

fn on(wanted: bool) -> EventFlags {
    if wanted { ON } else { OFF }
}

fn filters(fd: RawFd, key: u64, read: EventFlags, write: EventFlags) -> [kqueue::Event; 2] {
    let key = ptr::without_provenance_mut(key as usize);
    [
        kqueue::Event::new(EventFilter::Read(fd), read, key),
        kqueue::Event::new(EventFilter::Write(fd), write, key),
    ]
}

/// A broken connection shows at the read or the write that follows.
#[inline]
fn event(found: &kqueue::Event) -> Event {
    let refused = found.flags().contains(EventFlags::ERROR);
    let is_read = matches!(found.filter(), EventFilter::Read(_));
    Event {
        key: found.udata().addr() as u64,
        readable: is_read || refused,
        writable: !is_read || refused,
        hung_up: false,
        ended: refused || found.flags().contains(EventFlags::EOF),
    }
}
