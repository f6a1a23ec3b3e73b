//! epoll, level- and edge-triggered.

use super::poller::{Event, Poller};
use super::reactor;
use super::workers::{Ready, Seat};
use crate::server::{Interest, Protocol, Trigger};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

/// Reported whether they are asked for or not.
const HUNG_UP: EventFlags = EventFlags::ERR.union(EventFlags::HUP);
/// Everything, once: what is of no interest now is found out later.
const EDGE: EventFlags =
    EventFlags::IN.union(EventFlags::OUT).union(EventFlags::RDHUP).union(EventFlags::ET);
/// Events of one wait.
const EVENTS: usize = 256;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol>(seat: Seat<P>, trigger: Trigger, ready: Ready) -> Result<(), String> {
    let poller = Epoll::new(trigger).map_err(|error| super::cannot_use("epoll", error))?;
    reactor::serve(seat, poller, ready)
}

struct Epoll {
    fd: OwnedFd,
    trigger: Trigger,
}

impl Epoll {
    fn new(trigger: Trigger) -> Result<Self, Errno> {
        let fd = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Self { fd, trigger })
    }

    fn flags(&self, interest: Interest) -> EventFlags {
        if self.trigger == Trigger::Edge {
            return EDGE;
        }
        let mut flags = EventFlags::empty();
        flags.set(EventFlags::IN, interest.read);
        flags.set(EventFlags::OUT, interest.write);
        flags
    }
}

impl Poller for Epoll {
    fn reports_once(&self) -> bool {
        self.trigger == Trigger::Edge
    }

    fn add(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> Result<(), Errno> {
        epoll::add(&self.fd, fd, EventData::new_u64(key), self.flags(interest))
    }

    fn change(&mut self, fd: BorrowedFd<'_>, key: u64, interest: Interest) {
        if self.trigger == Trigger::Level {
            // It was added with the same epoll: this cannot fail.
            let _ = epoll::modify(&self.fd, fd, EventData::new_u64(key), self.flags(interest));
        }
    }

    /// The kernel forgets a closed descriptor by itself.
    fn remove(&mut self, _: u64) {}

    fn wait(&mut self, timeout: Option<Duration>, events: &mut Vec<Event>) {
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        let mut found = [MaybeUninit::<epoll::Event>::uninit(); EVENTS];
        // A signal's byte is in the pipe: it needs no answer here.
        if let Ok((found, _)) = epoll::wait(&self.fd, &mut found[..], timeout.as_ref()) {
            events.extend(found.iter().map(event));
        }
    }
}

#[inline]
fn event(found: &epoll::Event) -> Event {
    let flags = found.flags;
    Event {
        key: found.data.u64(),
        readable: flags.intersects(HUNG_UP | EventFlags::IN),
        writable: flags.contains(EventFlags::OUT),
        hung_up: flags.intersects(HUNG_UP),
        ended: flags.intersects(HUNG_UP | EventFlags::RDHUP),
    }
}
