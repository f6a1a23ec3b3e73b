//! kqueue, level- and edge-triggered.

// A kernel queue is given the numbers of descriptors, which have to be open.
#![allow(unsafe_code)]

use super::wait::{Sources, Wait, Woken};
use crate::transport::cannot_use;
use rustix::event::kqueue::{self, Event, EventFilter, EventFlags};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::ptr;
use std::time::Duration;

const SOCKET: usize = 0;
const SIGNAL: usize = 1;

/// A kernel queue; `EDGE`: datagrams are reported once.
pub struct Kqueue<const EDGE: bool> {
    fd: OwnedFd,
}

impl<const EDGE: bool> Wait for Kqueue<EDGE> {
    const REPORTS_ONCE: bool = EDGE;

    fn new(sources: Sources<'_>) -> Result<Self, String> {
        let once = if EDGE { EventFlags::CLEAR } else { EventFlags::empty() };
        let watch = |fd, flags, key| {
            let key = ptr::without_provenance_mut(key);
            Event::new(EventFilter::Read(fd), EventFlags::ADD | flags, key)
        };
        let changes = [
            watch(sources.socket.as_raw_fd(), once, SOCKET),
            watch(sources.signal.as_raw_fd(), EventFlags::empty(), SIGNAL),
        ];
        let no_events: &mut [Event] = &mut [];
        let fd = kqueue::kqueue().map_err(|error| cannot_use("kqueue", error))?;
        // SAFETY: both descriptors are borrowed and so open, and the kernel forgets closed ones.
        unsafe { kqueue::kevent(&fd, &changes, no_events, None) }
            .map_err(|error| cannot_use("kqueue", error))?;
        Ok(Self { fd })
    }

    fn wait(&mut self, _: Sources<'_>, timeout: Option<Duration>) -> Woken {
        let mut found = [MaybeUninit::<Event>::uninit(); 2];
        // SAFETY: no descriptor is named.
        let waited = unsafe { kqueue::kevent(&self.fd, &[], &mut found[..], timeout) };
        // A signal interrupts it: its byte is in the pipe.
        let Ok((found, _)) = waited else { return Woken::Idle };
        match found {
            [] => Woken::Idle,
            found if found.iter().any(|event| event.udata().addr() == SIGNAL) => Woken::Signal,
            _ => Woken::Datagrams,
        }
    }
}
