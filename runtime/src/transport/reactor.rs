//! A worker whose I/O model reports readiness: accepts, reads, writes, and lets deadlines pass.

use super::acceptor::{Acceptor, Next};
use super::cannot_use;
use super::poller::{Event, Poller};
use super::signals::Signal;
use super::socket::StreamSocket;
use super::wake::Bell;
#[cfg(any(feature = "epoll", feature = "kqueue", feature = "poll"))]
use super::workers::Ready;
use super::workers::Seat;
use crate::server::{Address, Config, Interest, Level, Protocol, Read, Token, Value, Worker};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use std::mem;
use std::time::{Duration, Instant};

/// No token of a connection: its index is never that high.
const LISTENER: u64 = u64::MAX;
const SIGNAL: u64 = u64::MAX - 1;
const MAIL: u64 = u64::MAX - 2;
const READ: Interest = Interest { read: true, write: false };
const NOTHING: Interest = Interest { read: false, write: false };
/// Reads in a row from one connection, where readiness is reported once; others come in between.
const READS: usize = 16;
/// Connections accepted in a row; the others are served in between.
const ACCEPTS: usize = 64;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
#[cfg(any(feature = "epoll", feature = "kqueue", feature = "poll"))]
pub fn serve<P: Protocol, W: Poller>(seat: Seat<P>, poller: W, ready: Ready) -> Result<(), String> {
    let mut reactor = Reactor::new(seat, poller, AsItComes)?;
    ready()?;
    reactor.run();
    Ok(())
}

/// What a model decides about the connections of its workers.
pub trait Policy {
    /// Takes an accepted connection away; gives it back if the worker is to serve it.
    fn divert(
        &mut self,
        socket: StreamSocket,
        address: Address,
    ) -> Option<(StreamSocket, Address)> {
        Some((socket, address))
    }

    /// Whether a connection that was taken away is still served.
    fn is_busy(&self) -> bool {
        false
    }

    /// Whether nothing is accepted while there is a connection.
    fn is_one_at_a_time(&self) -> bool {
        false
    }

    /// Whether the worker ends with its last connection.
    fn ends_empty(&self) -> bool {
        false
    }
}

/// Every connection is served as it comes.
#[cfg(any(feature = "epoll", feature = "kqueue", feature = "poll"))]
struct AsItComes;

#[cfg(any(feature = "epoll", feature = "kqueue", feature = "poll"))]
impl Policy for AsItComes {}

/// A worker, and what it waits with.
pub struct Reactor<P: Protocol, W, R> {
    poller: W,
    policy: R,
    config: Config,
    acceptor: Option<Acceptor>,
    drain_until: Option<Instant>,
    signal: Option<Signal>,
    bell: Option<Bell>,
    worker: Worker<P, StreamSocket>,
    buffer: Vec<u8>,
    events: Vec<Event>,
    /// Reported once, and not yet read to the end.
    unfinished: Vec<Event>,
}

impl<P: Protocol, W: Poller, R: Policy> Reactor<P, W, R> {
    /// A worker at `seat`.
    ///
    /// # Errors
    /// One line that says why it cannot start.
    pub fn new(seat: Seat<P>, poller: W, policy: R) -> Result<Self, String> {
        let Seat { staff, member, listener, signal, bell } = seat;
        let config = staff.config;
        let mut reactor = Self {
            poller,
            policy,
            config,
            acceptor: listener.map(|listener| Acceptor::new(listener, config.log)),
            drain_until: None,
            signal,
            bell,
            worker: Worker::new(&config, (staff.app)(), member, Instant::now()),
            buffer: vec![0; config.buffers.receive],
            events: Vec::new(),
            unfinished: Vec::new(),
        };
        reactor.watch_all().map_err(|error| cannot_use("the I/O model", error))?;
        Ok(reactor)
    }

    fn watch_all(&mut self) -> Result<(), Errno> {
        let sources: [(Option<BorrowedFd<'_>>, u64); 3] = [
            (self.acceptor.as_ref().map(AsFd::as_fd), LISTENER),
            (self.signal.as_ref().map(AsFd::as_fd), SIGNAL),
            (self.bell.as_ref().map(AsFd::as_fd), MAIL),
        ];
        for (fd, key) in sources {
            if let Some(fd) = fd {
                self.poller.add(fd, key, READ)?;
            }
        }
        Ok(())
    }

    /// Serves until everything is over.
    pub fn run(&mut self) {
        self.apply();
        while !self.is_over() {
            let timeout = self.timeout();
            self.poller.wait(timeout, &mut self.events);
            self.worker.set_time(Instant::now());
            self.events.append(&mut self.unfinished);
            let mut events = mem::take(&mut self.events);
            for event in events.drain(..) {
                self.dispatch(event);
            }
            self.events = events;
            self.expire();
            self.apply();
        }
    }

    fn is_over(&self) -> bool {
        let too_late = self.drain_until.is_some_and(|until| Instant::now() >= until);
        let done = self.policy.ends_empty() && self.worker.is_empty();
        too_late || done || self.worker.is_drained() && !self.policy.is_busy()
    }

    /// How long to wait at most; rounded up, so that a deadline has passed when the wait ends.
    fn timeout(&self) -> Option<Duration> {
        if !self.unfinished.is_empty() {
            return Some(Duration::ZERO);
        }
        let again = self.acceptor.as_ref().and_then(Acceptor::again);
        let deadlines = [self.worker.next_deadline(), again, self.drain_until];
        let earliest = deadlines.into_iter().flatten().min()?;
        let wait = earliest.saturating_duration_since(Instant::now());
        Some(Duration::from_millis(wait.as_nanos().div_ceil(1_000_000) as u64))
    }

    #[inline]
    fn dispatch(&mut self, event: Event) {
        match event.key {
            // Readiness that is reported once comes with all that is so.
            LISTENER | SIGNAL | MAIL if !event.readable => {}
            LISTENER => self.accept(),
            SIGNAL => self.signaled(),
            MAIL => self.mail(),
            bits => {
                let token = Token::from_bits(bits);
                if event.writable {
                    self.worker.writable(token);
                }
                if event.hung_up {
                    self.worker.hung_up(token);
                }
                if event.readable {
                    self.read(token, event);
                }
            }
        }
    }

    #[inline]
    fn read(&mut self, token: Token, event: Event) {
        if !self.poller.reports_once() {
            self.worker.readable(token, &mut self.buffer);
            return;
        }
        for _ in 0..READS {
            match self.worker.readable(token, &mut self.buffer) {
                Read::Nothing => return,
                Read::Some if !event.ended => return,
                Read::Some | Read::Full => {}
            }
        }
        self.unfinished.push(event);
    }

    fn expire(&mut self) {
        let now = Instant::now();
        if self.acceptor.as_mut().is_some_and(|acceptor| acceptor.ends_pause(now)) {
            self.watch_listener(READ);
            self.accept();
        }
        if self.worker.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.worker.set_time(now);
            self.worker.expire();
        }
    }

    /// Tells the poller what the turn has changed.
    fn apply(&mut self) {
        let Self { poller, worker, unfinished, .. } = self;
        for token in worker.take_removed() {
            poller.remove(token.to_bits());
        }
        worker.apply_changes(|socket, token, interest| {
            let key = token.to_bits();
            poller.change(socket.as_fd(), key, interest);
            if interest.read && poller.reports_once() {
                unfinished.push(Event::read(key));
            }
        });
        if self.policy.is_one_at_a_time() && self.worker.is_empty() {
            self.watch_listener(READ);
        }
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTS {
            let Some(acceptor) = &mut self.acceptor else { return };
            match acceptor.next() {
                Next::Connection(socket, address) => self.add(socket, address),
                Next::Nothing => return,
                Next::Starved => return self.watch_listener(NOTHING),
            }
            if self.policy.is_one_at_a_time() && !self.worker.is_empty() {
                return self.watch_listener(NOTHING);
            }
        }
        if self.poller.reports_once() {
            self.unfinished.push(Event::read(LISTENER));
        }
    }

    /// Serves a connection.
    pub fn add(&mut self, socket: StreamSocket, address: Address) {
        let Some((socket, address)) = self.policy.divert(socket, address) else { return };
        let Some(token) = self.worker.accept(socket, address) else { return };
        if let Some(socket) = self.worker.socket(token) {
            if self.poller.add(socket.as_fd(), token.to_bits(), READ).is_err() {
                self.worker.discard(token);
            }
        }
    }

    fn watch_listener(&mut self, interest: Interest) {
        if let Some(acceptor) = &self.acceptor {
            self.poller.change(acceptor.as_fd(), LISTENER, interest);
        }
    }

    fn mail(&mut self) {
        if let Some(bell) = &self.bell {
            bell.quiet();
        }
        if self.worker.read_mail() {
            self.drain();
        }
    }

    /// The first signal drains the server; the next ends the process.
    fn signaled(&mut self) {
        if self.signal.take().is_some() {
            self.poller.remove(SIGNAL);
            let open = Value::Number(self.worker.open() as u64);
            self.config.log.event(Level::Info, "draining", &[("connections", open)]);
            self.worker.drain_others();
            self.drain();
        }
    }

    fn drain(&mut self) {
        if self.drain_until.is_none() {
            self.poller.remove(LISTENER);
            self.acceptor = None;
            self.drain_until = Some(Instant::now() + self.config.timeouts.drain);
            if self.policy.is_busy() {
                // Those that began while the drain was announced have not heard of it.
                self.worker.drain_others();
            }
            self.worker.drain();
        }
    }
}
