//! IOCP: connections are accepted, input is waited for and output is sent by operations whose
//! completions come out of one port, many with one call.
//!
//! A connection that is quiet has no buffer: the operation that waits for its input receives no
//! bytes, and all read into one buffer. Output goes out at once as far as the kernel takes it, so
//! that backpressure is known at once; only what is left is sent by an operation.

mod deal;
mod lines;
mod operation;
mod port;

pub use deal::{Connection, Dealer};
pub use port::{Port, Post};

use super::cannot_use;
use super::listener::{self, Listener};
use super::options::{Family, Setter};
use super::pause::Pause;
use super::workers::{Ready, Seat};
use crate::server::{Config, Level, Place, Protocol, Slab, Token, Value, Worker};
use lines::{Handle, Lines};
use operation::Purpose;
use port::Completion;
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::io::Errno;
use std::cell::RefCell;
use std::mem;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Operations that wait for connections.
const ACCEPTS: usize = 16;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let mut driver = Driver::new(seat).map_err(|error| cannot_use("the I/O model", error))?;
    ready()?;
    driver.run();
    Ok(())
}

struct Driver<P: Protocol> {
    worker: Worker<P, Handle>,
    port: Port,
    lines: Lines,
    config: Config,
    /// `None` once the server drains.
    listener: Option<Listener>,
    /// Operations that wait for connections.
    accepting: usize,
    pause: Pause,
    dealer: Dealer,
    dealt: Option<Receiver<Connection>>,
    drain_until: Option<Instant>,
    buffer: Vec<u8>,
    completions: Vec<Completion>,
    /// Lines that may have to wait for input.
    hungry: Vec<usize>,
}

impl<P: Protocol> Driver<P> {
    fn new(seat: Seat<P>) -> Result<Self, Errno> {
        let Seat { staff, member, listener, signal, bell, dealer, dealt } = seat;
        let config = staff.config;
        let port = match bell {
            Some(bell) => bell.port(),
            None => Port::new()?,
        };
        if let Some(listener) = &listener {
            port.attach(listener.as_fd())?;
        }
        if let Some(signal) = signal {
            let port = port.clone();
            signal.then(move || port.post(Post::Signal));
        }
        let mut driver = Self {
            worker: Worker::new(&config, (staff.app)(), member, Instant::now()),
            port,
            lines: Rc::new(RefCell::new(Slab::new())),
            config,
            listener,
            accepting: 0,
            pause: Pause::new(config.log),
            dealer,
            dealt,
            drain_until: None,
            buffer: vec![0; config.buffers.receive],
            completions: Vec::new(),
            hungry: Vec::new(),
        };
        driver.accept();
        Ok(driver)
    }

    fn run(&mut self) {
        while !self.is_over() {
            self.port.wait(self.timeout(), &mut self.completions);
            self.worker.set_time(Instant::now());
            let mut completions = mem::take(&mut self.completions);
            for completion in completions.drain(..) {
                self.dispatch(completion);
            }
            self.completions = completions;
            self.expire();
            self.apply();
        }
    }

    fn is_over(&self) -> bool {
        let too_late = self.drain_until.is_some_and(|until| Instant::now() >= until);
        too_late || self.worker.is_drained() && self.lines.borrow().len() == 0
    }

    fn timeout(&self) -> Option<Duration> {
        let deadlines = [self.worker.next_deadline(), self.pause.until(), self.drain_until];
        let earliest = deadlines.into_iter().flatten().min();
        earliest.map(|earliest| earliest.saturating_duration_since(Instant::now()))
    }

    fn dispatch(&mut self, completion: Completion) {
        let operation = match completion {
            Completion::Post(Post::Mail) => return self.mail(),
            Completion::Post(Post::Signal) => return self.signaled(),
            Completion::Operation(operation) => operation,
        };
        let succeeded = operation.has_succeeded();
        match operation.purpose {
            Purpose::Accept(socket) => self.accepted(socket, succeeded),
            Purpose::Receive(line) => {
                self.received(line);
                lines::complete(&self.lines, line);
            }
            Purpose::Send(line) => {
                self.sent(line, succeeded);
                lines::complete(&self.lines, line);
            }
        }
    }

    /// Waits for as many connections as it may.
    fn accept(&mut self) {
        while self.accepting < ACCEPTS && self.pause.until().is_none() {
            let Some(listener) = &self.listener else { return };
            let begun = socket_for(listener, &self.config)
                .and_then(|socket| operation::accept(listener.as_fd(), socket));
            match begun {
                Ok(()) => self.accepting += 1,
                Err(error) => self.pause.begin(error),
            }
        }
    }

    fn accepted(&mut self, socket: OwnedFd, succeeded: bool) {
        self.accepting -= 1;
        if succeeded {
            self.pause.accepted();
            self.deal(socket);
        }
        // Otherwise the connection broke before it was accepted, or the server drains.
        self.accept();
    }

    /// Takes a connection, or gives it to another worker.
    fn deal(&mut self, socket: OwnedFd) {
        let Some(listener) = &self.listener else { return };
        let accepted = operation::finish_accept(&socket, listener.as_fd())
            .and_then(|()| listener.accepted(socket));
        // Without an address the peer is gone already.
        let Ok(connection) = accepted else { return };
        if let Some(connection) = self.dealer.deal(connection) {
            self.add(connection);
        }
    }

    fn add(&mut self, (socket, address): Connection) {
        let Ok(handle) = Handle::new(&self.lines, &self.port, socket) else { return };
        let line = handle.index;
        if let Some(token) = self.worker.accept(handle, address) {
            // A worker that closed it at once has left nothing of it.
            if self.worker.socket(token).is_some() {
                self.lines.borrow_mut()[line].token = Some(token);
                self.hungry.push(line);
            }
        }
    }

    /// There is something to read, the end of it, or an error that reading tells.
    fn received(&mut self, line: usize) {
        let (token, wanted) = {
            let line = &mut self.lines.borrow_mut()[line];
            line.received();
            (line.token, line.wanted)
        };
        if let Some(token) = token.filter(|_| wanted) {
            self.worker.readable(token, &mut self.buffer);
            self.hungry.push(line);
        }
    }

    /// What was left of some output is sent, or cannot be.
    fn sent(&mut self, line: usize, succeeded: bool) {
        let token = {
            let line = &mut self.lines.borrow_mut()[line];
            line.sent();
            line.token
        };
        match token {
            Some(token) if succeeded => self.worker.writable(token),
            Some(token) => self.worker.discard(token),
            None => {}
        }
    }

    /// Does what the turn has changed.
    fn apply(&mut self) {
        loop {
            self.worker.take_removed().for_each(drop);
            let Self { worker, hungry, lines, .. } = self;
            worker.apply_changes(|handle, _, interest| {
                lines.borrow_mut()[handle.index].wanted = interest.read;
                hungry.push(handle.index);
            });
            let broken = self.feed();
            if broken.is_empty() {
                return;
            }
            for token in broken {
                self.worker.discard(token);
            }
        }
    }

    /// Waits for input where it is wanted; returns the connections with which that is impossible.
    fn feed(&mut self) -> Vec<Token> {
        let mut lines = self.lines.borrow_mut();
        let mut broken = Vec::new();
        for index in self.hungry.drain(..) {
            let Some(line) = lines.get_mut(index) else { continue };
            let Some(token) = line.token else { continue };
            if line.feed(index).is_err() {
                broken.push(token);
            }
        }
        broken
    }

    fn expire(&mut self) {
        let now = Instant::now();
        if self.pause.ends(now) {
            self.accept();
        }
        if self.worker.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.worker.set_time(now);
            self.worker.expire();
        }
    }

    fn mail(&mut self) {
        self.take_dealt();
        if self.worker.read_mail() {
            self.drain();
        }
    }

    /// Takes the connections that the accepting worker has for this one.
    fn take_dealt(&mut self) {
        while let Some(connection) = self.dealt.as_ref().and_then(|dealt| dealt.try_recv().ok()) {
            self.add(connection);
        }
    }

    /// The first signal drains the server; the next ends the process.
    fn signaled(&mut self) {
        let open = Value::Number(self.worker.open() as u64);
        self.config.log.event(Level::Info, "draining", &[("connections", open)]);
        self.worker.drain_others();
        self.drain();
    }

    fn drain(&mut self) {
        if self.drain_until.is_none() {
            // What waits for a connection is over with it.
            self.listener = None;
            self.dealt = None;
            self.pause = Pause::new(self.config.log);
            self.drain_until = Some(Instant::now() + self.config.timeouts.drain);
            self.worker.drain();
        }
    }
}

/// A socket for a connection of `listener`, with the options that the kernel does not hand on.
fn socket_for(listener: &Listener, config: &Config) -> Result<OwnedFd, Errno> {
    let family = match listener.place() {
        Place::Ip(SocketAddr::V4(_)) => Family::V4,
        Place::Ip(SocketAddr::V6(_)) => Family::V6,
    };
    let fd = listener::open(family)?;
    // The listener took them, too.
    let _ = Setter { fd: &fd, options: &config.socket, trace: false }.listening(family);
    Ok(fd)
}
