//! Linux epoll, level-triggered, one worker.

use super::listener::Listener;
use super::signals;
use super::socket::{StreamSocket, message};
use crate::server::{Address, Config, Interest, Level, Place, Protocol, Token, Value, Worker};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use std::io::Write as _;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// No token of a connection: its index is never that high.
const LISTENER: u64 = u64::MAX;
const SIGNAL: u64 = u64::MAX - 1;
/// Reported whether they are asked for or not.
const HUNG_UP: EventFlags = EventFlags::ERR.union(EventFlags::HUP);
/// Events of one wait.
const EVENTS: usize = 256;
/// Connections accepted in a row; the others are served in between.
const ACCEPTS: usize = 64;
/// How long nothing is accepted after the process ran out of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
pub fn run<P: Protocol>(
    config: &Config,
    place: &Place,
    trace: bool,
    app: P::App,
) -> Result<(), String> {
    let signal = signals::install().map_err(|error| format!("cannot handle signals: {error}"))?;
    let listener = Listener::bind(config, place, trace)?;
    let address = listener.place().to_string();
    let mut server = Server::<P>::new(config, listener, signal, app)
        .map_err(|error| format!("cannot use epoll: {}", message(error)))?;
    println!("listening on {address}");
    // Whoever started the server may have closed its end.
    let _ = std::io::stdout().flush();
    config.log.event(Level::Info, "listening", &[("address", Value::Text(&address))]);
    server.serve();
    config.log.event(Level::Info, "stopped", &[]);
    Ok(())
}

struct Server<P: Protocol> {
    epoll: OwnedFd,
    config: Config,
    /// `None` once the server drains.
    listener: Option<Listener>,
    /// The last accept failed for want of resources: that is logged already.
    starved: bool,
    /// When the listener is to be watched again.
    accept_again: Option<Instant>,
    drain_until: Option<Instant>,
    signal: UnixStream,
    worker: Worker<P, StreamSocket>,
    buffer: Vec<u8>,
}

impl<P: Protocol> Server<P> {
    fn new(
        config: &Config,
        listener: Listener,
        signal: UnixStream,
        app: P::App,
    ) -> Result<Self, Errno> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        epoll::add(&epoll, &signal, EventData::new_u64(SIGNAL), EventFlags::IN)?;
        Ok(Self {
            epoll,
            config: *config,
            listener: Some(listener),
            starved: false,
            accept_again: None,
            drain_until: None,
            signal,
            worker: Worker::new(config, app, Instant::now()),
            buffer: vec![0; config.buffers.receive],
        })
    }

    fn serve(&mut self) {
        let mut events = [MaybeUninit::<Event>::uninit(); EVENTS];
        while !self.is_over() {
            let timeout = self.timeout();
            let ready = match epoll::wait(&self.epoll, &mut events[..], timeout.as_ref()) {
                Ok((ready, _)) => ready,
                // A signal: its byte is in the pipe.
                Err(_) => &mut [],
            };
            self.worker.set_time(Instant::now());
            for event in ready {
                self.dispatch(event.data.u64(), event.flags);
            }
            self.expire();
            let epoll = &self.epoll;
            self.worker
                .apply_changes(|socket, token, interest| watch(epoll, socket, token, interest));
        }
    }

    fn is_over(&self) -> bool {
        let too_late = self.drain_until.is_some_and(|until| Instant::now() >= until);
        too_late || self.worker.is_drained()
    }

    /// How long to wait at most; rounded up, so that a deadline has passed when the wait ends.
    fn timeout(&self) -> Option<Timespec> {
        let deadlines = [self.worker.next_deadline(), self.accept_again, self.drain_until];
        let earliest = deadlines.into_iter().flatten().min()?;
        let wait = earliest.saturating_duration_since(Instant::now());
        let milliseconds = wait.as_nanos().div_ceil(1_000_000) as i64;
        Some(Timespec { tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000 })
    }

    #[inline]
    fn dispatch(&mut self, data: u64, flags: EventFlags) {
        match data {
            LISTENER => self.accept(),
            SIGNAL => self.drain(),
            bits => {
                let token = Token::from_bits(bits);
                if flags.contains(EventFlags::OUT) {
                    self.worker.writable(token);
                }
                if flags.intersects(HUNG_UP) {
                    self.worker.hung_up(token);
                }
                if flags.intersects(HUNG_UP | EventFlags::IN) {
                    self.worker.readable(token, &mut self.buffer);
                }
            }
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        if self.accept_again.is_some_and(|again| again <= now) {
            self.accept_again = None;
            self.watch_listener(EventFlags::IN);
        }
        if self.worker.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.worker.set_time(now);
            self.worker.expire();
        }
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTS {
            let Some(listener) = &self.listener else { return };
            match listener.accept() {
                Ok((socket, address)) => self.add(socket, address),
                Err(Errno::AGAIN) => return,
                Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) => {
                    return self.pause_accepting(error);
                }
                // The connection broke before it was accepted.
                Err(_) => {}
            }
        }
    }

    fn add(&mut self, socket: StreamSocket, address: Address) {
        self.starved = false;
        let Some(token) = self.worker.accept(socket, address) else { return };
        if let Some(socket) = self.worker.socket(token) {
            let data = EventData::new_u64(token.to_bits());
            if epoll::add(&self.epoll, socket, data, EventFlags::IN).is_err() {
                self.worker.discard(token);
            }
        }
    }

    fn pause_accepting(&mut self, error: Errno) {
        if !std::mem::replace(&mut self.starved, true) {
            let text = message(error);
            self.config.log.event(Level::Error, "accept-failed", &[("error", Value::Text(&text))]);
        }
        self.accept_again = Some(Instant::now() + ACCEPT_PAUSE);
        self.watch_listener(EventFlags::empty());
    }

    fn watch_listener(&self, flags: EventFlags) {
        if let Some(listener) = &self.listener {
            // The listener was added with the same epoll: this cannot fail.
            let _ = epoll::modify(&self.epoll, listener, EventData::new_u64(LISTENER), flags);
        }
    }

    fn drain(&mut self) {
        if self.listener.take().is_some() {
            self.accept_again = None;
            self.drain_until = Some(Instant::now() + self.config.timeouts.drain);
            // The next signal ends the process: the pipe is of no interest any more.
            let _ = epoll::delete(&self.epoll, &self.signal);
            self.worker.drain();
        }
    }
}

fn watch(epoll: &OwnedFd, socket: &StreamSocket, token: Token, interest: Interest) {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, interest.read);
    flags.set(EventFlags::OUT, interest.write);
    // The socket was added with the same epoll: this cannot fail.
    let _ = epoll::modify(epoll, socket.as_fd(), EventData::new_u64(token.to_bits()), flags);
}
