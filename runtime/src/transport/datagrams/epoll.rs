//! epoll, level- and edge-triggered.

use super::wait::{Sources, Wait, Woken};
use crate::transport::cannot_use;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::Duration;

const SOCKET: u64 = 0;
const SIGNAL: u64 = 1;

/// An epoll instance; `EDGE`: datagrams are reported once.
pub struct Epoll<const EDGE: bool> {
    fd: OwnedFd,
}

impl<const EDGE: bool> Wait for Epoll<EDGE> {
    const REPORTS_ONCE: bool = EDGE;

    fn new(sources: Sources<'_>) -> Result<Self, String> {
        let add = |fd: &OwnedFd| -> Result<(), Errno> {
            let once = if EDGE { EventFlags::ET } else { EventFlags::empty() };
            epoll::add(fd, sources.socket, EventData::new_u64(SOCKET), EventFlags::IN | once)?;
            epoll::add(fd, sources.signal, EventData::new_u64(SIGNAL), EventFlags::IN)
        };
        let fd = epoll::create(CreateFlags::CLOEXEC);
        let watching = fd.and_then(|fd| add(&fd).map(|()| Self { fd }));
        watching.map_err(|error| cannot_use("epoll", error))
    }

    fn wait(&mut self, _: Sources<'_>, timeout: Option<Duration>) -> Woken {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut found = [MaybeUninit::<Event>::uninit(); 2];
        // A signal interrupts it: its byte is in the pipe.
        let Ok((found, _)) = epoll::wait(&self.fd, &mut found[..], timeout.as_ref()) else {
            return Woken::Idle;
        };
        match found {
            [] => Woken::Idle,
            found if found.iter().any(|event| event.data.u64() == SIGNAL) => Woken::Signal,
            _ => Woken::Datagrams,
        }
    }
}
