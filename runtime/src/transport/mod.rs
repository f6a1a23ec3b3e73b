//! The I/O models, one file each. A model is one function: `serve` takes a worker's [`workers::Seat`],
//! prepares, says that it is ready, and serves until the drain is over.
//!
//! Those that are told of readiness ([`poller`]) share one loop, [`reactor`]. All share
//! [`listener`], [`socket`], [`options`], and [`workers`], which starts them.

mod options;
mod signals;
mod system;
mod trace;

#[cfg(feature = "udp")]
mod datagrams;

#[cfg(feature = "stream")]
mod listener;
#[cfg(all(feature = "stream", any(feature = "readiness", feature = "io-uring")))]
mod pause;
#[cfg(feature = "stream")]
mod socket;
#[cfg(feature = "stream")]
#[cfg(unix)]
mod socket_file;
#[cfg(any(feature = "stream", windows))]
mod wake;
#[cfg(feature = "tokio")]
mod watch;
#[cfg(feature = "stream")]
mod workers;

#[cfg(all(feature = "stream", feature = "readiness"))]
#[cfg(any(unix, not(feature = "iocp")))]
mod acceptor;
#[cfg(all(feature = "stream", feature = "readiness"))]
#[cfg(any(unix, not(feature = "iocp")))]
mod direct;
#[cfg(all(feature = "stream", feature = "reactor"))]
#[cfg(any(unix, not(feature = "iocp")))]
mod poller;
#[cfg(all(feature = "stream", feature = "reactor"))]
#[cfg(any(unix, not(feature = "iocp")))]
mod reactor;

#[cfg(all(feature = "stream", feature = "blocking"))]
mod blocking;
#[cfg(all(feature = "stream", feature = "epoll"))]
#[cfg(target_os = "linux")]
mod epoll;
#[cfg(all(feature = "stream", feature = "io-uring"))]
mod io_uring;
#[cfg(all(feature = "stream", feature = "iocp"))]
#[cfg(windows)]
mod iocp;
#[cfg(all(feature = "stream", feature = "kqueue"))]
#[cfg(any(target_os = "freebsd", target_os = "macos"))]
mod kqueue;
#[cfg(all(feature = "stream", feature = "polling"))]
mod poll;
#[cfg(all(feature = "stream", feature = "threads"))]
mod threads;
#[cfg(all(feature = "stream", feature = "tokio"))]
mod tokio;

#[cfg(feature = "stream")]
use crate::server::{Model, Protocol, Start};
#[cfg(feature = "udp")]
pub(crate) use datagrams::run as run_datagrams;
#[cfg(any(feature = "stream", all(any(feature = "epoll", feature = "kqueue"), unix)))]
use rustix::io::Errno;
#[cfg(feature = "health-port")]
pub(crate) use signals::flag as signal_flag;
use std::thread;
#[cfg(any(feature = "auth", feature = "metrics-port", feature = "tls"))]
pub(crate) use trace::message;
#[cfg(feature = "stream")]
pub(crate) use workers::MakeApp;

/// Serves with the model that the configuration names, until a signal comes and all connections
/// are drained.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
#[cfg(feature = "stream")]
pub(crate) fn run<P: Protocol + 'static>(start: &Start, app: MakeApp<P>) -> Result<(), String> {
    match start.config.io.model {
        #[cfg(feature = "blocking")]
        Model::Blocking => workers::run::<P>(start, app, true, blocking::serve),
        #[cfg(all(feature = "epoll", target_os = "linux"))]
        Model::Epoll(trigger) => workers::run::<P>(start, app, true, move |seat, ready| {
            epoll::serve(seat, trigger, ready)
        }),
        #[cfg(feature = "io-uring")]
        Model::IoUring => workers::run::<P>(start, app, true, io_uring::serve),
        #[cfg(all(feature = "iocp", windows))]
        Model::Iocp => workers::run::<P>(start, app, true, iocp::serve),
        #[cfg(all(feature = "kqueue", any(target_os = "freebsd", target_os = "macos")))]
        Model::Kqueue(trigger) => workers::run::<P>(start, app, true, move |seat, ready| {
            kqueue::serve(seat, trigger, ready)
        }),
        #[cfg(feature = "poll")]
        Model::Poll => workers::run::<P>(start, app, true, poll::serve),
        #[cfg(feature = "threads")]
        Model::Threads => workers::run::<P>(start, app, false, threads::serve),
        #[cfg(feature = "tokio")]
        Model::Tokio => workers::run::<P>(start, app, true, tokio::serve),
    }
}

/// The message of a start that failed.
#[cfg(any(feature = "stream", all(any(feature = "epoll", feature = "kqueue"), unix)))]
fn cannot_use(what: &str, error: Errno) -> String {
    format!("cannot use {what}: {}", trace::message(error))
}

/// One worker for each core that the process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
