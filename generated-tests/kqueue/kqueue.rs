//! kqueue over epoll, as far as the runtime uses it: its kqueue transports are tested with this on Linux.
//! Names and meanings are those of `rustix::event::kqueue`.

#![allow(unsafe_code, clippy::pedantic)]

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags as Epoll};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventFlags(u16);

impl EventFlags {
    pub const ADD: Self = Self(1);
    pub const ENABLE: Self = Self(2);
    pub const DISABLE: Self = Self(4);
    pub const CLEAR: Self = Self(8);
    pub const EOF: Self = Self(16);
    pub const ERROR: Self = Self(32);

    pub const fn empty() -> Self {
        Self(0)
    }

    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for EventFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

#[derive(Clone, Copy)]
pub enum EventFilter {
    Read(RawFd),
    Write(RawFd),
}

impl EventFilter {
    fn fd(self) -> RawFd {
        match self {
            Self::Read(fd) | Self::Write(fd) => fd,
        }
    }
}

#[derive(Clone, Copy)]
pub struct Event {
    filter: EventFilter,
    flags: EventFlags,
    udata: *mut c_void,
}

impl Event {
    pub fn new(filter: EventFilter, flags: EventFlags, udata: *mut c_void) -> Self {
        Self { filter, flags, udata }
    }

    pub fn filter(&self) -> EventFilter {
        self.filter
    }

    pub fn flags(&self) -> EventFlags {
        self.flags
    }

    pub fn udata(&self) -> *mut c_void {
        self.udata
    }
}

/// One filter of a descriptor.
#[derive(Clone, Copy)]
struct Knote {
    udata: usize,
    enabled: bool,
    clear: bool,
}

/// What a queue knows of a descriptor.
#[derive(Clone, Copy, Default)]
struct Watched {
    read: Option<Knote>,
    write: Option<Knote>,
    /// epoll has it.
    registered: bool,
}

/// By queue and descriptor.
static WATCHED: Mutex<Option<HashMap<(RawFd, RawFd), Watched>>> = Mutex::new(None);

fn watched() -> MutexGuard<'static, Option<HashMap<(RawFd, RawFd), Watched>>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn kqueue() -> Result<OwnedFd, Errno> {
    let queue = epoll::create(CreateFlags::CLOEXEC)?;
    let number = queue.as_raw_fd();
    watched().get_or_insert_default().retain(|(queue, _), _| *queue != number);
    Ok(queue)
}

/// Room for events: none, or some.
pub trait Room {
    type Output;

    fn fill(self, events: &[Event]) -> Self::Output;
    fn size(&self) -> usize;
}

impl Room for &mut [Event] {
    type Output = usize;

    fn fill(self, events: &[Event]) -> usize {
        self[..events.len()].copy_from_slice(events);
        events.len()
    }

    fn size(&self) -> usize {
        self.len()
    }
}

impl<'a> Room for &'a mut [MaybeUninit<Event>] {
    type Output = (&'a mut [Event], &'a mut [MaybeUninit<Event>]);

    fn fill(self, events: &[Event]) -> Self::Output {
        let (used, rest) = self.split_at_mut(events.len());
        for (place, event) in used.iter_mut().zip(events) {
            place.write(*event);
        }
        // SAFETY: each of them was written just now.
        (unsafe { &mut *(std::ptr::from_mut(used) as *mut [Event]) }, rest)
    }

    fn size(&self) -> usize {
        self.len()
    }
}

/// # Safety
/// The descriptors of the changes are open.
pub unsafe fn kevent<R: Room>(
    queue: impl AsFd,
    changes: &[Event],
    room: R,
    timeout: Option<Duration>,
) -> Result<R::Output, Errno> {
    let queue = queue.as_fd();
    let mut events = vec![];
    for change in changes {
        if let Err(error) = apply(queue, change) {
            if events.len() == room.size() {
                return Err(error);
            }
            events.push(Event { flags: EventFlags::ERROR, ..*change });
        }
    }
    if events.is_empty() && room.size() > 0 {
        events = wait(queue, room.size(), timeout)?;
    }
    Ok(room.fill(&events))
}

fn apply(queue: BorrowedFd<'_>, change: &Event) -> Result<(), Errno> {
    let number = change.filter.fd();
    // SAFETY: the caller promises that it is open.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    let mut watched = watched();
    let entry = watched.get_or_insert_default().entry((queue.as_raw_fd(), number)).or_default();
    let data = EventData::new_u64(number as u64);
    // A descriptor that was closed is another one now.
    if entry.registered && epoll::modify(queue, fd, data, interest(entry)) == Err(Errno::NOENT) {
        *entry = Watched::default();
    }
    let knote = Knote {
        udata: change.udata.addr(),
        enabled: !change.flags.contains(EventFlags::DISABLE),
        clear: change.flags.contains(EventFlags::CLEAR),
    };
    match change.filter {
        EventFilter::Read(_) => entry.read = Some(knote),
        EventFilter::Write(_) => entry.write = Some(knote),
    }
    let wanted = interest(entry);
    // epoll would tell of the end also when nobody wants to hear of anything.
    let wants = wanted.intersects(Epoll::IN | Epoll::OUT);
    match (entry.registered, wants) {
        (true, true) => epoll::modify(queue, fd, data, wanted)?,
        (false, true) => epoll::add(queue, fd, data, wanted)?,
        (true, false) => epoll::delete(queue, fd)?,
        (false, false) => {}
    }
    entry.registered = wants;
    Ok(())
}

fn interest(entry: &Watched) -> Epoll {
    let mut flags = Epoll::empty();
    let enabled = |knote: &Option<Knote>| knote.is_some_and(|knote| knote.enabled);
    flags.set(Epoll::IN | Epoll::RDHUP, enabled(&entry.read));
    flags.set(Epoll::OUT, enabled(&entry.write));
    flags.set(Epoll::ET, [entry.read, entry.write].iter().flatten().any(|knote| knote.clear));
    flags
}

fn wait(queue: BorrowedFd<'_>, room: usize, timeout: Option<Duration>) -> Result<Vec<Event>, Errno> {
    let timeout = timeout.and_then(|timeout| timeout.try_into().ok());
    // Each may be two events.
    let mut found = vec![MaybeUninit::<epoll::Event>::uninit(); room / 2];
    let (found, _) = epoll::wait(queue, &mut found[..], timeout.as_ref())?;
    let mut watched = watched();
    let watched = watched.get_or_insert_default();
    let mut events = vec![];
    for found in found {
        let number = found.data.u64() as RawFd;
        let entry = watched.get(&(queue.as_raw_fd(), number)).copied().unwrap_or_default();
        let (flags, broken) = (found.flags, Epoll::HUP | Epoll::ERR);
        let mut push = |filter, knote: Option<Knote>, ready: Epoll, over: Epoll| {
            let knote = knote.filter(|knote| knote.enabled && flags.intersects(ready | over));
            if let Some(knote) = knote {
                let eof = if flags.intersects(over) { EventFlags::EOF } else { EventFlags::empty() };
                events.push(Event::new(filter, eof, std::ptr::without_provenance_mut(knote.udata)));
            }
        };
        push(EventFilter::Read(number), entry.read, Epoll::IN, broken | Epoll::RDHUP);
        push(EventFilter::Write(number), entry.write, Epoll::OUT, broken);
    }
    Ok(events)
}
