//! `io_uring`: connections are accepted and received by requests that stay, into buffers lent to the
//! kernel; what a turn leads to is submitted with the wait for the next, in one system call.

// Requests name memory and descriptors, which have to live until the kernel has completed them.
#![allow(unsafe_code)]

mod buffers;
mod ring;

use super::listener::Listener;
use super::pause::Pause;
use super::trace::message;
use super::wake::Bell;
use super::workers::{Ready, Seat};
use crate::server::{Config, Level, Protocol, Token, Value, Worker};
use buffers::Buffers;
use io_uring::types::{CancelBuilder, Fd, SubmitArgs, Timespec};
use io_uring::{cqueue, opcode};
use ring::{Completion, Handle, Line, Purpose, Ring, Sending, completed};
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, FromRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Instant;

/// Input of one turn. More of it waits until it is known what became of the output so far: what the
/// kernel does not take is no backpressure before.
const INPUT: usize = 1 << 20;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let mut driver = Driver::new(seat).map_err(|error| {
        let error = Errno::from_io_error(&error).map_or_else(|| error.to_string(), message);
        format!(
            "cannot use io_uring: {error}; allow it, use Linux 6.1 or later, or another io.model"
        )
    })?;
    ready()?;
    driver.run();
    Ok(())
}

struct Driver<P: Protocol> {
    // In this order they are dropped: the worker's sockets, the ring, and then what it refers to.
    worker: Worker<P, Handle>,
    ring: Rc<RefCell<Ring>>,
    buffers: Buffers,
    config: Config,
    listener: Option<Listener>,
    pause: Pause,
    signal: Option<UnixStream>,
    bell: Option<Bell>,
    drain_until: Option<Instant>,
    /// What the kernel has completed, and nobody looked at yet.
    completions: VecDeque<Completion>,
    /// Lines for which there was no buffer.
    hungry: Vec<usize>,
}

impl<P: Protocol> Driver<P> {
    fn new(seat: Seat<P>) -> io::Result<Self> {
        let Seat { staff, member, listener, signal, bell } = seat;
        let config = staff.config;
        let ring = Ring::new()?;
        let buffers = Buffers::new(config.buffers.receive);
        buffers.register(&ring.uring)?;
        let driver = Self {
            worker: Worker::new(&config, (staff.app)(), member, Instant::now()),
            ring: Rc::new(RefCell::new(ring)),
            buffers,
            config,
            listener,
            pause: Pause::new(config.log),
            signal,
            bell,
            drain_until: None,
            completions: VecDeque::new(),
            hungry: Vec::new(),
        };
        driver.accept();
        driver.watch(driver.signal.as_ref(), Purpose::Signal);
        driver.watch(driver.bell.as_ref(), Purpose::Mail);
        Ok(driver)
    }

    /// Asks for connections.
    fn accept(&self) {
        if let Some(listener) = &self.listener {
            let fd = Fd(listener.as_fd().as_raw_fd());
            let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
            let request = opcode::AcceptMulti::new(fd).flags(flags).build();
            self.ring.borrow_mut().push(request, Purpose::Accept, 0);
        }
    }

    fn watch(&self, source: Option<&impl AsFd>, purpose: Purpose) {
        if let Some(source) = source {
            let fd = Fd(source.as_fd().as_raw_fd());
            let request = opcode::PollAdd::new(fd, libc::POLLIN as u32).multi(true).build();
            self.ring.borrow_mut().push(request, purpose, 0);
        }
    }

    fn run(&mut self) {
        while !self.is_over() {
            if self.completions.is_empty() {
                self.wait();
            } else {
                self.submit();
            }
            self.worker.set_time(Instant::now());
            self.handle();
            self.expire();
            self.apply();
        }
    }

    /// Handles completions, up to the input of one turn.
    fn handle(&mut self) {
        let mut input = 0;
        while input < INPUT {
            let Some(completion) = self.completions.pop_front() else { return };
            let (purpose, _, result, _) = completion;
            if purpose == Purpose::Receive {
                input += usize::try_from(result).unwrap_or_default();
            }
            self.dispatch(completion);
        }
    }

    fn is_over(&self) -> bool {
        let too_late = self.drain_until.is_some_and(|until| Instant::now() >= until);
        too_late || self.worker.is_drained() && self.ring.borrow().lines.len() == 0
    }

    /// Submits the turn's requests. What became of output comes before the input that is left over.
    fn submit(&mut self) {
        let uring = &mut self.ring.borrow_mut().uring;
        // Errors are completions to be looked at first.
        let _ = uring.submit();
        for completion in completed(uring) {
            match completion.0 {
                Purpose::Send | Purpose::Room => self.completions.push_front(completion),
                _ => self.completions.push_back(completion),
            }
        }
    }

    /// Submits the turn's requests and waits for completions.
    fn wait(&mut self) {
        let deadlines = [self.worker.next_deadline(), self.pause.until(), self.drain_until];
        let earliest = deadlines.into_iter().flatten().min();
        let left = earliest.map(|earliest| earliest.saturating_duration_since(Instant::now()));
        let uring = &mut self.ring.borrow_mut().uring;
        // Errors are a signal, the end of the time, or completions to be looked at first.
        let _ = match left {
            Some(left) => {
                let time = Timespec::from(left);
                uring.submitter().submit_with_args(1, &SubmitArgs::new().timespec(&time))
            }
            None => uring.submit_and_wait(1),
        };
        self.completions.extend(completed(uring));
    }

    fn dispatch(&mut self, (purpose, line, result, flags): Completion) {
        match purpose {
            Purpose::Accept => self.accepted(result, cqueue::more(flags)),
            Purpose::Signal => self.signaled(),
            Purpose::Mail => self.mail(cqueue::more(flags)),
            Purpose::Cancel => {}
            Purpose::Receive => self.received(line, result, flags),
            Purpose::Send => {
                self.sent(line, result);
                self.ring.borrow_mut().complete(line);
            }
            Purpose::Room => {
                self.has_room(line);
                self.ring.borrow_mut().complete(line);
            }
        }
    }

    fn accepted(&mut self, result: i32, more: bool) {
        if result >= 0 {
            self.pause.accepted();
            // SAFETY: the kernel has made this descriptor for this completion.
            self.add(unsafe { OwnedFd::from_raw_fd(result) });
        } else if let error @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) =
            Errno::from_raw_os_error(-result)
        {
            return self.pause.begin(error);
        }
        // Other errors: the connection broke before it was accepted.
        if !more {
            self.accept();
        }
    }

    fn add(&mut self, fd: OwnedFd) {
        // Without a listener the server drains; without an address the peer is gone already.
        let Some(listener) = &self.listener else { return };
        let Ok((socket, address)) = listener.accepted(fd) else { return };
        let line = Line {
            socket,
            token: None,
            requests: 0,
            receiving: false,
            wanted: true,
            ended: false,
            sending: Sending::Idle,
            output: Vec::new(),
            sent: 0,
        };
        let line = self.ring.borrow_mut().lines.insert(line).index as usize;
        let handle = Handle { ring: Rc::clone(&self.ring), line };
        if let Some(token) = self.worker.accept(handle, address) {
            // A worker that closed it at once has left nothing of it.
            if self.worker.socket(token).is_some() {
                let mut ring = self.ring.borrow_mut();
                ring.lines[line].token = Some(token);
                ring.request(line, Purpose::Receive);
            }
        }
    }

    /// A request to receive gave something, or its end.
    fn received(&mut self, line: usize, result: i32, flags: u32) {
        let token = self.ring.borrow().lines[line].token;
        let buffer = cqueue::buffer_select(flags);
        if let Some(token) = token {
            self.take(line, token, result, buffer);
        }
        if let Some(id) = buffer {
            self.buffers.give_back(id);
        }
        if !cqueue::more(flags) {
            let ring = &mut *self.ring.borrow_mut();
            ring.lines[line].receiving = false;
            let again = result > 0 || result == -libc::ENOBUFS || result == -libc::ECANCELED;
            if again && ring.lines[line].token.is_some() {
                self.hungry.push(line);
            }
            ring.complete(line);
        }
    }

    fn take(&mut self, line: usize, token: Token, result: i32, buffer: Option<u16>) {
        match (usize::try_from(result), buffer) {
            (Ok(0), _) => self.ended(line, token),
            (Ok(count), Some(id)) => {
                self.ring.borrow().lines[line].socket.was_read(count);
                self.worker.take(token, self.buffers.filled(id, count));
            }
            _ if result == -libc::ENOBUFS || result == -libc::ECANCELED => {}
            _ => self.worker.discard(token),
        }
    }

    /// The peer ended its stream; a worker that does not want to read hears of it later.
    fn ended(&mut self, line: usize, token: Token) {
        let wanted = self.ring.borrow().lines[line].wanted;
        self.ring.borrow_mut().lines[line].ended = true;
        if wanted {
            self.worker.end(token);
        }
    }

    /// The kernel took some output, all of it, or could not.
    fn sent(&mut self, line: usize, result: i32) {
        let mut ring = self.ring.borrow_mut();
        let connection = &mut ring.lines[line];
        connection.socket.was_written(result);
        connection.socket.uncork();
        let Some(token) = connection.token else { return };
        if result < 0 && result != -libc::EAGAIN {
            drop(ring);
            return self.worker.discard(token);
        }
        connection.sent += usize::try_from(result).unwrap_or_default();
        if connection.sent == connection.output.len() {
            ring.finish_output(line);
            drop(ring);
            return self.worker.writable(token);
        }
        connection.sending = Sending::Stuck;
        ring.request(line, Purpose::Room);
        drop(ring);
        self.worker.stuck(token, result > 0);
    }

    fn has_room(&mut self, line: usize) {
        let mut ring = self.ring.borrow_mut();
        if ring.lines[line].token.is_some() {
            ring.request(line, Purpose::Send);
        }
    }

    /// Tells the kernel what the turn has changed.
    fn apply(&mut self) {
        self.worker.take_removed().for_each(drop);
        let Self { worker, hungry, .. } = self;
        let mut ended = Vec::new();
        worker.apply_changes(|handle, token, interest| {
            let ring = &mut *handle.ring.borrow_mut();
            let line = &mut ring.lines[handle.line];
            if mem::replace(&mut line.wanted, interest.read) == interest.read {
                return;
            }
            if !interest.read && line.receiving {
                ring.cancel_receive(handle.line);
            } else if interest.read && line.ended {
                ended.push(token);
            } else if interest.read {
                hungry.push(handle.line);
            }
        });
        for token in ended {
            self.worker.end(token);
        }
        self.feed();
    }

    /// Asks for input where it is wanted and nobody asks.
    fn feed(&mut self) {
        let mut ring = self.ring.borrow_mut();
        for line in mem::take(&mut self.hungry) {
            let Some(connection) = ring.lines.get_mut(line) else { continue };
            let idle = !connection.receiving && !connection.ended;
            if idle && connection.wanted && connection.token.is_some() {
                ring.request(line, Purpose::Receive);
            }
        }
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

    fn mail(&mut self, more: bool) {
        if let Some(bell) = &self.bell {
            bell.quiet();
        }
        if !more {
            self.watch(self.bell.as_ref(), Purpose::Mail);
        }
        if self.worker.read_mail() {
            self.drain();
        }
    }

    /// The first signal drains the server; the next ends the process.
    fn signaled(&mut self) {
        if self.drain_until.is_none() {
            let open = Value::Number(self.worker.open() as u64);
            self.config.log.event(Level::Info, "draining", &[("connections", open)]);
            self.worker.drain_others();
            self.drain();
        }
    }

    fn drain(&mut self) {
        if self.drain_until.is_none() {
            let cancel = CancelBuilder::user_data(Purpose::Accept.of(0));
            let cancel = opcode::AsyncCancel2::new(cancel).build();
            self.ring.borrow_mut().push(cancel, Purpose::Cancel, 0);
            self.listener = None;
            self.pause = Pause::new(self.config.log);
            self.drain_until = Some(Instant::now() + self.config.timeouts.drain);
            self.worker.drain();
        }
    }
}
