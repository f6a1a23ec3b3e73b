//! A thread's connections to one server.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use mio::event::Event;
use mio::{Registry, Token};

use super::{Notice, Share, Slice};
use crate::lab::bench::line::{Desk, Line};
use crate::lab::bench::plan::{Load, Plan};
use crate::lab::bench::schedule::Schedule;
use crate::lab::bench::target::Target;
use crate::lab::trouble::{Kind, Trouble};

/// Connections that are made at the same time, by all threads: fewer than fit into the shortest usual accept queue.
const AT_ONCE: usize = 64;

/// Messages that are taken for due before sockets are looked at again: a thread that cannot keep up still reads.
const AT_A_TIME: usize = 4096;

/// A thread's connections to one server.
pub(super) struct Group {
    index: usize,
    target: Arc<Target>,
    first_token: usize,
    size: usize,
    lines: Vec<Option<Line>>,
    /// In an open loop.
    schedule: Option<Schedule>,
    /// In a closed loop: messages under way on each connection.
    in_flight: u64,
    /// Messages that are due and did not come back.
    pending: u64,
    /// Connections with something to send.
    unsent: Vec<usize>,
    opening: Opening,
}

/// Connections that do not stand yet.
#[derive(Debug, Default)]
struct Opening {
    /// It is not told yet that as many stand as will.
    active: bool,
    /// Whether more are to be made.
    wanted: bool,
    /// Those that are being made, and by when they are to stand.
    under_way: VecDeque<(usize, u64)>,
    at_once: usize,
}

impl Group {
    pub(super) fn new(index: usize, target: Arc<Target>, plan: &Plan, share: Share, first_token: usize) -> Self {
        let size = share.of(plan.connections);
        let schedule = |interval| Schedule::new(interval, size, share.thread, share.threads);
        Self {
            index,
            target,
            first_token,
            size,
            lines: Vec::with_capacity(size),
            schedule: plan.load.interval().map(schedule),
            in_flight: match plan.load {
                Load::InFlight(count) => count.into(),
                Load::Rate(_) => 0,
            },
            pending: 0,
            unsent: Vec::new(),
            opening: Opening { at_once: (AT_ONCE / share.threads).max(1), ..Opening::default() },
        }
    }

    pub(super) fn begin_to_open(&mut self) {
        (self.opening.active, self.opening.wanted) = (true, true);
    }

    pub(super) fn is_opening(&self) -> bool {
        self.opening.active
    }

    pub(super) fn pending(&self) -> u64 {
        self.pending
    }

    /// Begins as many connections as may be under way, and gives up those that take too long.
    pub(super) fn open_more(&mut self, registry: &Registry, desk: &mut Desk, timeout: u64, notices: &Sender<Notice>) {
        if !self.is_opening() {
            return;
        }
        let lines = &self.lines;
        self.opening.under_way.retain(|(line, _)| lines[*line].as_ref().is_some_and(|line| !line.is_open()));
        while let Some((line, _)) = self.opening.under_way.pop_front_if(|(_, deadline)| *deadline <= desk.now) {
            self.lose(line, unopened(timeout), notices);
        }
        while self.opening.wanted && self.opening.under_way.len() < self.opening.at_once {
            self.open_one(registry, desk, timeout, notices);
        }
        if self.opening.under_way.is_empty() {
            self.stop_opening(notices);
        }
    }

    fn open_one(&mut self, registry: &Registry, desk: &Desk, timeout: u64, notices: &Sender<Notice>) {
        let index = self.lines.len();
        if index == self.size {
            self.opening.wanted = false;
            return;
        }
        match Line::connect(&self.target, registry, Token(self.first_token + index)) {
            Ok(line) => {
                if line.is_open() {
                    let _ = notices.send(Notice::Opened);
                } else {
                    self.opening.under_way.push_back((index, desk.now.saturating_add(timeout)));
                }
                self.lines.push(Some(line));
            }
            Err(trouble) => {
                self.lines.push(None);
                self.lose(index, trouble, notices);
            }
        }
    }

    /// No further connections; those that do not stand are left.
    pub(super) fn stop_opening(&mut self, notices: &Sender<Notice>) {
        if self.opening.active {
            self.opening = Opening { at_once: self.opening.at_once, ..Opening::default() };
            let _ = notices.send(Notice::AllOpened);
        }
    }

    /// The socket of a connection has something to tell.
    #[inline]
    pub(super) fn ready(
        &mut self,
        index: usize,
        event: &Event,
        slice: Option<Slice>,
        desk: &mut Desk,
        notices: &Sender<Notice>,
    ) {
        let Some(line) = &mut self.lines[index] else { return };
        let (was_open, outstanding) = (line.is_open(), line.outstanding());
        let dues = self.schedule.as_ref().map(|schedule| schedule.of(index));
        let ended = event.is_read_closed() || event.is_error();
        let written = if event.is_writable() { line.writable(desk) } else { Ok(()) };
        let read =
            written.and_then(|()| if event.is_readable() || ended { line.read(dues, ended, desk) } else { Ok(0) });
        let done = match read {
            Ok(done) => done,
            Err(trouble) => {
                self.pending = self.pending.saturating_sub(outstanding - line.outstanding());
                return self.lose(index, trouble, notices);
            }
        };
        if !was_open && line.is_open() {
            let _ = notices.send(Notice::Opened);
        }
        self.pending = self.pending.saturating_sub(done);
        if self.schedule.is_none() && slice.is_some_and(|slice| desk.now < slice.end) {
            self.owe(index, done, desk);
        }
        self.flush(index, desk, notices);
    }

    /// Messages are due on a connection.
    #[inline]
    fn owe(&mut self, index: usize, count: u64, desk: &mut Desk) {
        if let (Some(line), true) = (&mut self.lines[index], count > 0) {
            line.owe(count, self.schedule.is_none(), desk);
            self.pending += count;
            desk.tally.counts.due += count;
        }
    }

    #[inline]
    fn flush(&mut self, index: usize, desk: &mut Desk, notices: &Sender<Notice>) {
        let dues = self.schedule.as_ref().map(|schedule| schedule.of(index));
        let Some(line) = &mut self.lines[index] else { return };
        if let Err(trouble) = line.flush(dues, desk) {
            self.lose(index, trouble, notices);
        }
    }

    /// Load begins.
    pub(super) fn begin(&mut self, slice: Slice, desk: &mut Desk, notices: &Sender<Notice>) {
        if self.schedule.is_none() && desk.now < slice.end {
            for index in 0..self.lines.len() {
                self.owe(index, self.in_flight, desk);
                self.flush(index, desk, notices);
            }
        }
    }

    /// When the next message is due, in nanoseconds since the epoch.
    pub(super) fn next_due(&self, slice: Slice) -> Option<u64> {
        let upcoming = self.schedule.as_ref()?.upcoming() + slice.start - slice.before;
        (upcoming < slice.end).then_some(upcoming)
    }

    /// Sends what is due: on each connection everything in one go.
    pub(super) fn send_due(&mut self, slice: Slice, desk: &mut Desk, notices: &Sender<Notice>) {
        let now = desk.load_time();
        let end = slice.end - slice.start + slice.before;
        let mut unsent = std::mem::take(&mut self.unsent);
        for _ in 0..AT_A_TIME {
            let next = self.schedule.as_mut().and_then(|schedule| schedule.next_due(now, end));
            let Some((index, due)) = next else { break };
            if self.lines.get(index).is_some_and(Option::is_some) {
                desk.tally.lateness.record(now - due);
                self.owe(index, 1, desk);
                unsent.push(index);
            }
        }
        for index in unsent.drain(..) {
            self.flush(index, desk, notices);
        }
        self.unsent = unsent;
    }

    /// Looks for what does not come back.
    pub(super) fn look_around(&mut self, slice: Slice, timeout: u64, desk: &mut Desk, notices: &Sender<Notice>) {
        for index in 0..self.lines.len() {
            let Some(line) = &mut self.lines[index] else { continue };
            match line.give_up(timeout, desk) {
                Ok(0) => {}
                Ok(given_up) => {
                    self.pending = self.pending.saturating_sub(given_up);
                    if self.schedule.is_none() && desk.now < slice.end {
                        self.owe(index, given_up, desk);
                        self.flush(index, desk, notices);
                    }
                }
                Err(trouble) => self.lose(index, trouble, notices),
            }
        }
    }

    fn lose(&mut self, index: usize, trouble: Trouble, notices: &Sender<Notice>) {
        if let Some(line) = self.lines[index].take() {
            self.pending = self.pending.saturating_sub(line.outstanding());
        }
        // A load without all of its connections is not what was asked for.
        self.opening.wanted = false;
        let _ = notices.send(Notice::Lost(self.index, trouble));
    }

    /// Says goodbye on all connections.
    pub(super) fn close(&mut self, desk: &mut Desk) {
        self.pending = 0;
        for line in self.lines.iter_mut().flatten() {
            line.close();
            // One that is gone already needs no goodbye.
            let _ = line.flush(None, desk);
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.lines.iter().flatten().any(Line::is_closing)
    }
}

fn unopened(timeout: u64) -> Trouble {
    Trouble::new(
        Kind::TimedOut,
        format!("a connection was not open after {:?}", std::time::Duration::from_nanos(timeout)),
        "does the server accept that many? A full accept queue drops connections without a word; --timeout waits longer",
    )
}
