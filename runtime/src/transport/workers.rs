//! The workers of a server: started together, each with a listener of its own.

#[cfg(all(feature = "iocp", windows))]
use super::iocp::{Connection, Dealer};
use super::listener::Listener;
use super::signals::{self, Signal};
use super::wake::Bell;
use super::{cannot_use, cores, system};
#[cfg(feature = "tls")]
use crate::server::Credentials;
#[cfg(all(feature = "tls", unix))]
use crate::server::Log;
#[cfg(feature = "metrics-port")]
use crate::server::open_monitor;
use crate::server::{Common, Config, Level, Membership, Place, Protocol, Start, Value};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

/// Makes the app of a worker, in the worker's thread.
pub type MakeApp<P> = Arc<dyn Fn() -> <P as Protocol>::App + Send + Sync>;
/// What a worker calls once it can serve; an error ends it.
pub type Ready = Box<dyn FnOnce() -> Result<(), String>>;

/// What all workers have.
pub struct Staff<P: Protocol> {
    pub config: Config,
    pub app: MakeApp<P>,
    pub common: Arc<Common<P::Kind>>,
}

impl<P: Protocol> Clone for Staff<P> {
    fn clone(&self) -> Self {
        let (app, common) = (Arc::clone(&self.app), Arc::clone(&self.common));
        Self { config: self.config, app, common }
    }
}

/// What one worker begins with.
pub struct Seat<P: Protocol> {
    pub staff: Staff<P>,
    pub member: Membership<P::Kind>,
    /// `None` if its connections come from elsewhere.
    pub listener: Option<Listener>,
    /// The first worker's.
    pub signal: Option<Signal>,
    /// Rings when there is mail; `None` if there is no other worker.
    pub bell: Option<Bell>,
    /// The first worker's, which accepts for all.
    #[cfg(all(feature = "iocp", windows))]
    pub dealer: Dealer,
    /// What comes from there.
    #[cfg(all(feature = "iocp", windows))]
    pub dealt: Option<Receiver<Connection>>,
}

impl<P: Protocol> Staff<P> {
    /// The seat of the only worker.
    fn lone_seat(&self) -> Seat<P> {
        let member = Membership::alone(Arc::clone(&self.common));
        self.seat_of(member, None)
    }

    /// The seat of one of several workers.
    ///
    /// # Errors
    /// If the process has no descriptor left.
    pub fn seat(&self) -> Result<Seat<P>, String> {
        let bell = Bell::new().map_err(|error| cannot_use(Bell::NAME, error))?;
        let ringer = bell.clone();
        let member = Membership::among(Arc::clone(&self.common), move || ringer.ring());
        Ok(self.seat_of(member, Some(bell)))
    }

    fn seat_of(&self, member: Membership<P::Kind>, bell: Option<Bell>) -> Seat<P> {
        Seat {
            staff: self.clone(),
            member,
            bell,
            // Given to those who have them.
            listener: None,
            signal: None,
            #[cfg(all(feature = "iocp", windows))]
            dealer: Dealer::default(),
            #[cfg(all(feature = "iocp", windows))]
            dealt: None,
        }
    }
}

#[cfg(all(feature = "iocp", windows))]
impl<P: Protocol> Seat<P> {
    /// Has connections come from the first worker.
    fn deal_from(&mut self, dealer: &mut Dealer) {
        self.dealt = self.bell.clone().map(|bell| dealer.add(bell));
    }
}

/// Serves with `count` workers until a signal comes and the connections are drained. `alone` says
/// that one worker needs no mail.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
pub fn run<P: Protocol + 'static>(
    start: &Start,
    app: MakeApp<P>,
    alone: bool,
    serve: impl Fn(Seat<P>, Ready) -> Result<(), String> + Copy + Send + 'static,
) -> Result<(), String> {
    let signal = signals::install().map_err(|error| format!("cannot handle signals: {error}"))?;
    let mut config = start.config;
    let count = config.io.workers.unwrap_or_else(cores);
    config.socket.reuse_port |= count > 1 && system::SPREADS;
    let common = Common::new(&config);
    #[cfg(feature = "tls")]
    let common = common.with_credentials(credentials(&config)?);
    let staff = Staff { config, app, common: Arc::new(common) };
    let listeners = listeners(&config, &start.place, count, start.trace)?;
    #[cfg(feature = "metrics-port")]
    open_monitor(&config.monitor, listeners[0].place(), &staff.common.metrics)?;
    let address = listeners[0].place().to_string();
    let mut first = if alone && count == 1 { staff.lone_seat() } else { staff.seat()? };
    let mut listeners = listeners.into_iter();
    first.listener = listeners.next();
    first.signal = Some(signal);
    let (sender, started) = mpsc::channel();
    let mut threads = Vec::new();
    for _ in 1..count {
        let mut seat = staff.seat()?;
        seat.listener = listeners.next();
        #[cfg(all(feature = "iocp", windows))]
        seat.deal_from(&mut first.dealer);
        threads.push(begin(seat, sender.clone(), serve)?);
    }
    drop(sender);
    serve(first, Box::new(move || announce(&config, &started, &address)))?;
    for thread in threads {
        // A worker that panicked has ended the process.
        let _ = thread.join();
    }
    config.log.event(Level::Info, "stopped", &[]);
    Ok(())
}

/// What connections are encrypted with.
#[cfg(feature = "tls")]
fn credentials(config: &Config) -> Result<Arc<Credentials>, String> {
    let credentials = Arc::new(Credentials::read(&config.tls)?);
    #[cfg(unix)]
    read_at_hang_up(Arc::clone(&credentials), config.log)?;
    Ok(credentials)
}

/// Reads the credentials again at every SIGHUP.
#[cfg(feature = "tls")]
#[cfg(unix)]
fn read_at_hang_up(shared: Arc<Credentials>, log: Log) -> Result<(), String> {
    let read_again = move || match shared.read_again() {
        Ok(()) => log.event(Level::Info, "reloaded", &[]),
        Err(error) => {
            log.event(Level::Error, "reload-failed", &[("error", Value::Text(&error))]);
        }
    };
    signals::at_hang_up(read_again).map_err(|error| format!("cannot handle signals: {error}"))
}

/// One listener a worker, all at the port that the kernel chose for the first.
#[cfg(any(unix, not(feature = "iocp")))]
fn listeners(
    config: &Config,
    place: &Place,
    count: usize,
    trace: bool,
) -> Result<Vec<Listener>, String> {
    let mut listeners = vec![Listener::bind(config, place, trace)?];
    for _ in 1..count {
        listeners.push(listeners[0].another(config, trace)?);
    }
    Ok(listeners)
}

/// One listener: its worker accepts for all.
#[cfg(all(feature = "iocp", windows))]
fn listeners(
    config: &Config,
    place: &Place,
    _: usize,
    trace: bool,
) -> Result<Vec<Listener>, String> {
    Ok(vec![Listener::bind(config, place, trace)?])
}

/// Starts a further worker, which says through `started` how that went.
fn begin<P: Protocol + 'static>(
    seat: Seat<P>,
    started: Sender<Result<(), String>>,
    serve: impl Fn(Seat<P>, Ready) -> Result<(), String> + Send + 'static,
) -> Result<JoinHandle<()>, String> {
    let work = move || {
        let _lifeline = Lifeline;
        let ready = started.clone();
        // The first worker is gone only if it could not start.
        let ready = Box::new(move || ready.send(Ok(())).map_err(|error| error.to_string()));
        if let Err(error) = serve(seat, ready) {
            let _ = started.send(Err(error));
        }
    };
    let spawned = thread::Builder::new().spawn(work);
    spawned.map_err(|error| format!("cannot start a worker: {error}; lower io.workers"))
}

/// A worker that panics ends the process: its connections would hang.
struct Lifeline;

impl Drop for Lifeline {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::exit(1);
        }
    }
}

/// Says that the server listens, once all other workers do.
fn announce(
    config: &Config,
    started: &Receiver<Result<(), String>>,
    address: &str,
) -> Result<(), String> {
    for _ in 1..config.io.workers.unwrap_or_else(cores) {
        started.recv().map_err(|error| format!("a worker broke off: {error}"))??;
    }
    println!("listening on {address}");
    // Whoever started the server may have closed its end.
    let _ = std::io::stdout().flush();
    config.log.event(Level::Info, "listening", &[("address", Value::Text(address))]);
    Ok(())
}
