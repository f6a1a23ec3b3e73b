//! The workers: each reads its own socket, and all share one server.

use super::batch::Incoming;
use super::socket::DatagramSocket;
use super::wait::{Sources, Wait, Woken};
#[cfg(feature = "metrics-port")]
use crate::server::open_monitor;
use crate::server::{
    BytesHandler, Config, DatagramServer, Level, Outbox, Place, Start, Value, longest,
};
#[cfg(feature = "metrics")]
use crate::server::{Counter, Tally};
use crate::transport::signals::{self, Signal};
use crate::transport::{cores, system};
use rustix::fd::AsFd as _;
use rustix::io::Errno;
use std::io::Write as _;
#[cfg(feature = "metrics")]
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Batches in a row; signals and deadlines come in between.
const BATCHES: usize = 16;

/// Serves until a signal comes.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
pub fn run<H, W>(start: &Start, app: H) -> Result<(), String>
where
    H: BytesHandler + Send + 'static,
    W: Wait + Send + 'static,
{
    let signal = signals::install().map_err(|error| format!("cannot handle signals: {error}"))?;
    let signal = Arc::new(signal);
    let mut config = start.config;
    let count = config.io.workers.unwrap_or_else(cores);
    config.socket.reuse_port |= count > 1 && system::SPREADS;
    let server = DatagramServer::new(&config, app, Instant::now());
    let server = Arc::new(Mutex::new(server));
    let first = DatagramSocket::bind(&config, &start.place, start.trace)?;
    let place = Place::Ip(first.address());
    let mut workers: Vec<Worker<H, W>> = Vec::new();
    for socket in sockets(first, &config, count)? {
        workers.push(Worker::new(&config, Arc::clone(&server), socket, Arc::clone(&signal))?);
    }
    #[cfg(feature = "metrics-port")]
    open_monitor(&config.monitor, &place, lock(&server).metrics())?;
    announce(&config, &place.to_string());
    serve(workers);
    config.log.event(Level::Info, "stopped", &[]);
    Ok(())
}

/// One socket a worker, all at the port that the kernel chose for the first.
fn sockets(
    first: DatagramSocket,
    config: &Config,
    count: usize,
) -> Result<Vec<DatagramSocket>, String> {
    let mut sockets = vec![first];
    for _ in 1..count {
        sockets.push(sockets[0].another(config)?);
    }
    Ok(sockets)
}

fn announce(config: &Config, address: &str) {
    println!("listening on {address}");
    // Whoever started the server may have closed its end.
    let _ = std::io::stdout().flush();
    config.log.event(Level::Info, "listening", &[("address", Value::Text(address))]);
}

/// One thread a worker; this one is the last one's.
fn serve<H, W>(mut workers: Vec<Worker<H, W>>)
where
    H: BytesHandler + Send + 'static,
    W: Wait + Send + 'static,
{
    let Some(mut last) = workers.pop() else { return };
    let spawn = |mut worker: Worker<H, W>| thread::spawn(move || worker.serve());
    let threads: Vec<_> = workers.into_iter().map(spawn).collect();
    last.serve();
    for thread in threads {
        // What a worker panicked of is on standard error.
        let _ = thread.join();
    }
}

struct Worker<H, W> {
    server: Arc<Mutex<DatagramServer<H>>>,
    socket: DatagramSocket,
    model: W,
    incoming: Incoming,
    outbox: Outbox,
    /// Readable for all workers from the first signal on: nobody reads it.
    signal: Arc<Signal>,
    /// Reported once, and not yet read to the end.
    unfinished: bool,
    #[cfg(feature = "metrics")]
    tally: Tally,
}

impl<H: BytesHandler, W: Wait> Worker<H, W> {
    fn new(
        config: &Config,
        server: Arc<Mutex<DatagramServer<H>>>,
        socket: DatagramSocket,
        signal: Arc<Signal>,
    ) -> Result<Self, String> {
        let model = W::new(Sources { socket: socket.as_fd(), signal: (*signal).as_fd() })?;
        // One byte more than is allowed, to tell what is longer.
        let incoming = Incoming::new(socket.as_fd(), config.udp.batch, longest(config) + 1);
        let outbox = Outbox::new(Box::new(socket.clone()), config.udp.batch);
        #[cfg(feature = "metrics")]
        let tally = lock(&server).metrics().tally();
        Ok(Self {
            #[cfg(feature = "metrics")]
            tally,
            // Shared by all workers.
            server,
            socket,
            model,
            incoming,
            outbox,
            signal,
            // Nothing was reported yet.
            unfinished: false,
        })
    }

    /// Serves until a signal comes.
    fn serve(&mut self) {
        loop {
            let timeout = self.timeout();
            let sources = Sources { socket: self.socket.as_fd(), signal: (*self.signal).as_fd() };
            match self.model.wait(sources, timeout) {
                Woken::Signal => break,
                Woken::Datagrams => self.read(),
                Woken::Idle if self.unfinished => self.read(),
                Woken::Idle => {}
            }
            self.expire();
        }
        self.turn(DatagramServer::finish);
    }

    /// How long to wait at most; rounded up, so that a deadline has passed when the wait ends.
    fn timeout(&self) -> Option<Duration> {
        if self.unfinished {
            return Some(Duration::ZERO);
        }
        let deadline = lock(&self.server).next_deadline()?;
        let wait = deadline.saturating_duration_since(Instant::now());
        Some(Duration::from_millis(wait.as_nanos().div_ceil(1_000_000) as u64))
    }

    fn read(&mut self) {
        self.unfinished = false;
        for _ in 0..BATCHES {
            match self.socket.receive(&mut self.incoming) {
                Ok(count) => {
                    self.handle(count);
                    if count < self.incoming.batch() && !W::REPORTS_ONCE {
                        return;
                    }
                }
                Err(Errno::AGAIN) => return,
                // A signal, or an ICMP error that an answer provoked.
                Err(_) => {}
            }
        }
        self.unfinished = true;
    }

    fn handle(&mut self, count: usize) {
        let mut server = lock(&self.server);
        server.set_time(Instant::now());
        for index in 0..count {
            if let Some((from, datagram)) = self.incoming.get(index) {
                server.receive(from, datagram, &mut self.outbox);
            }
        }
        server.settle(&mut self.outbox);
        drop(server);
        self.flush();
    }

    fn expire(&mut self) {
        let now = Instant::now();
        if lock(&self.server).next_deadline().is_some_and(|deadline| deadline <= now) {
            self.turn(DatagramServer::expire);
        }
    }

    fn turn(&mut self, act: impl FnOnce(&mut DatagramServer<H>, &mut Outbox)) {
        let mut server = lock(&self.server);
        server.set_time(Instant::now());
        act(&mut server, &mut self.outbox);
        drop(server);
        self.flush();
    }

    /// Sends what is queued, while others may use the server.
    fn flush(&mut self) {
        self.outbox.flush();
        #[cfg(feature = "metrics")]
        self.tally.add(Counter::BytesSent, mem::take(&mut self.outbox.uncounted));
        if self.outbox.refused > 0 {
            lock(&self.server).count_refused(&mut self.outbox);
        }
    }
}

/// Panics of the app are caught: none leaves the server half-way.
fn lock<T>(server: &Mutex<T>) -> MutexGuard<'_, T> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}
