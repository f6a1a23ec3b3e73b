//! A thread of the load: its connections, and a loop that waits for them and for the next message that is due.

mod group;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use super::line::Desk;
use super::plan::Plan;
use super::sample::{Interval, Tally};
use super::sleep::Sleep;
use super::target::{LEEWAY, Target};
use crate::lab::trouble::Trouble;
use crate::lab::websocket::rules;
use group::Group;

/// What a thread is told to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Connect to a server.
    Open(usize),
    /// Put load on one.
    Load(Slice),
    /// End what is being done, and tell how far it came.
    Stop,
    /// Say goodbye to all servers, and end.
    Close,
}

/// A time in which one server is under load, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    /// Which server.
    pub(super) server: usize,
    /// When it begins.
    pub(super) start: u64,
    /// From when on no message is due any more.
    pub(super) end: u64,
    /// How long the server was under load before.
    pub(super) before: u64,
    /// Latencies are told for parts of this length.
    pub(super) interval: u64,
}

/// What a thread tells.
#[derive(Debug)]
pub(super) enum Notice {
    /// A connection stands.
    Opened,
    /// As many connections of that server stand as will.
    AllOpened,
    /// A connection is lost.
    Lost(usize, Trouble),
    /// A part of a slice has passed.
    Passed(Interval),
    /// A slice is over: everything came back, or did not in time.
    Over(Box<Tally>),
    /// The thread cannot go on.
    Failed(String),
}

const WAKE: Token = Token(0);
const TIMER: Token = Token(1);
/// Tokens of connections follow.
const FIRST: usize = 2;
/// What one read takes at most, in bytes.
const READ: usize = 256 << 10;
/// How often connections are looked at that nothing happens to, in nanoseconds.
const ROUND: u64 = 50_000_000;
/// How long servers may take to end connections.
const GOODBYE: Duration = Duration::from_secs(1);

/// A thread of the load.
pub(super) struct Worker {
    poll: Poll,
    sleep: Sleep,
    inbox: Receiver<Command>,
    notices: Sender<Notice>,
    desk: Desk,
    groups: Vec<Group>,
    /// Connections of a group.
    per_group: usize,
    /// The slice that is not over.
    slice: Option<Slice>,
    /// CPU time of this thread when the slice began, in nanoseconds.
    cpu_before: Option<u64>,
    /// When connections are looked at next.
    round: u64,
    timeout: u64,
}

/// A thread's place among all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Which thread.
    pub(super) thread: usize,
    /// Of how many.
    pub(super) threads: usize,
}

impl Share {
    /// This thread's part of a number.
    pub(super) fn of(self, total: usize) -> usize {
        total / self.threads + usize::from(self.thread < total % self.threads)
    }
}

/// A thread that panics says so: somebody waits for it.
impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.notices.send(Notice::Failed("it panicked".to_owned()));
        }
    }
}

impl Worker {
    /// A thread's state, and what wakes it.
    pub(super) fn new(
        plan: &Plan,
        targets: &[Arc<Target>],
        share: Share,
        epoch: Instant,
        (inbox, notices): (Receiver<Command>, Sender<Notice>),
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let sleep = Sleep::new(&poll, TIMER)?;
        let per_group = share.of(plan.connections);
        let groups = targets.iter().enumerate();
        let groups =
            groups.map(|(index, target)| Group::new(index, Arc::clone(target), plan, share, FIRST + index * per_group));
        let worker = Self {
            groups: groups.collect(),
            per_group,
            sleep,
            poll,
            inbox,
            notices,
            desk: Desk::new(epoch, vec![0; READ], rules(plan.size + LEEWAY)),
            slice: None,
            cpu_before: None,
            round: 0,
            timeout: u64::try_from(plan.timeout.as_nanos()).unwrap_or(u64::MAX),
        };
        Ok((worker, waker))
    }

    /// Does what it is told, until it is told to end.
    pub(super) fn run(mut self) {
        if let Err(error) = self.work() {
            let _ = self.notices.send(Notice::Failed(error.to_string()));
        }
    }

    fn work(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Open(server)) => self.groups[server].begin_to_open(),
                Ok(Command::Load(slice)) => self.begin(slice),
                Ok(Command::Stop) => self.stop(),
                Ok(Command::Close) | Err(TryRecvError::Disconnected) => return self.close(&mut events),
                Err(TryRecvError::Empty) => {
                    self.tick();
                    self.wait(&mut events)?;
                }
            }
        }
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let timeout = self.sleep.until(self.wake_at(), self.desk.now);
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        self.desk.refresh();
        for event in &*events {
            let Some(index) = event.token().0.checked_sub(FIRST) else { continue };
            self.roll();
            let (group, line) = (index / self.per_group.max(1), index % self.per_group.max(1));
            let slice = self.slice.filter(|slice| slice.server == group);
            self.groups[group].ready(line, event, slice, &mut self.desk, &self.notices);
        }
        Ok(())
    }

    /// When there is something to do even if nothing happens.
    fn wake_at(&self) -> Option<u64> {
        let due = self.slice.and_then(|slice| self.groups[slice.server].next_due(slice));
        let is_busy = self.slice.is_some() || self.groups.iter().any(Group::is_opening);
        let round = is_busy.then_some(self.round);
        due.into_iter().chain(round).min()
    }

    /// Sends what is due, and looks at what time alone changes.
    fn tick(&mut self) {
        self.desk.refresh();
        self.roll();
        let is_round = self.desk.now >= self.round;
        if is_round {
            self.round = self.desk.now + ROUND;
        }
        for group in &mut self.groups {
            group.open_more(self.poll.registry(), &mut self.desk, self.timeout, &self.notices);
        }
        let Some(slice) = self.slice else { return };
        let group = &mut self.groups[slice.server];
        group.send_due(slice, &mut self.desk, &self.notices);
        if is_round {
            group.look_around(slice, self.timeout, &mut self.desk, &self.notices);
        }
        let is_done = group.pending() == 0 && group.next_due(slice).is_none();
        let is_late = self.desk.now >= slice.end.saturating_add(self.timeout);
        if (is_done && self.desk.now >= slice.end) || is_late {
            self.end();
        }
    }

    fn begin(&mut self, slice: Slice) {
        self.desk.refresh();
        self.desk.tally = Tally::default();
        self.cpu_before = cpu_time();
        self.desk.origin = slice.start as i64 - slice.before as i64;
        self.slice = Some(slice);
        self.round = self.desk.now + ROUND;
        self.groups[slice.server].begin(slice, &mut self.desk, &self.notices);
    }

    /// Begins the next part of a slice where it is time to.
    fn roll(&mut self) {
        let Some(slice) = self.slice else { return };
        let index = self.desk.now.saturating_sub(slice.start) / slice.interval.max(1);
        if index != self.desk.interval.index {
            self.tell_interval();
            self.desk.interval.index = index;
        }
    }

    fn tell_interval(&mut self) {
        let interval = std::mem::take(&mut self.desk.interval);
        if interval.latency.count() > 0 {
            let _ = self.notices.send(Notice::Passed(interval));
        }
    }

    /// The slice is over.
    fn end(&mut self) {
        self.slice = None;
        self.tell_interval();
        let mut tally = std::mem::take(&mut self.desk.tally);
        tally.cpu = cpu_time().zip(self.cpu_before).map(|(now, before)| now - before);
        let _ = self.notices.send(Notice::Over(Box::new(tally)));
    }

    /// Nothing more is due; what is under way may still come back.
    fn stop(&mut self) {
        self.desk.refresh();
        for group in &mut self.groups {
            group.stop_opening(&self.notices);
        }
        if let Some(slice) = &mut self.slice {
            slice.end = slice.end.min(self.desk.now);
        }
    }

    fn close(&mut self, events: &mut Events) -> io::Result<()> {
        let deadline = Instant::now() + GOODBYE;
        self.slice = None;
        for group in &mut self.groups {
            group.close(&mut self.desk);
        }
        while self.groups.iter().any(Group::is_closing) && Instant::now() < deadline {
            self.round = self.desk.now + ROUND;
            let timeout = deadline.saturating_duration_since(Instant::now());
            match self.poll.poll(events, Some(timeout)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &*events {
                let Some(index) = event.token().0.checked_sub(FIRST) else { continue };
                let (group, line) = (index / self.per_group.max(1), index % self.per_group.max(1));
                self.groups[group].ready(line, event, None, &mut self.desk, &self.notices);
            }
        }
        Ok(())
    }
}

/// CPU time of this thread, in nanoseconds.
#[cfg(unix)]
fn cpu_time() -> Option<u64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(u64::try_from(time.tv_sec).ok()? * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?)
}

/// Not told here.
#[cfg(not(unix))]
fn cpu_time() -> Option<u64> {
    None
}
