//! The I/O models, one file each. A model is one function: `serve` takes a worker's [`workers::Seat`],
//! prepares, says that it is ready, and serves until the drain is over.
//!
//! Those that are told of readiness ([`poller`]) share one loop, [`reactor`]. All share
//! [`listener`], [`socket`], [`options`], and [`workers`], which starts them.

mod acceptor;
mod listener;
mod options;
mod signals;
mod socket;
mod sockopt;
mod wake;
mod workers;

#[cfg(any(feature = "epoll", feature = "poll"))]
mod poller;
#[cfg(any(feature = "epoll", feature = "poll"))]
mod reactor;

#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "epoll")]
mod epoll;
#[cfg(feature = "poll")]
mod poll;
#[cfg(feature = "threads")]
mod threads;
#[cfg(feature = "tokio")]
mod tokio;

use crate::server::{Model, Protocol, Start};
use rustix::io::Errno;
pub(crate) use workers::MakeApp;

/// Serves with the model that the configuration names, until a signal comes and all connections
/// are drained.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
pub(crate) fn run<P: Protocol + 'static>(start: &Start, app: MakeApp<P>) -> Result<(), String> {
    match start.config.io.model {
        #[cfg(feature = "blocking")]
        Model::Blocking => workers::run::<P>(start, app, true, blocking::serve),
        #[cfg(feature = "epoll")]
        Model::Epoll(trigger) => workers::run::<P>(start, app, true, move |seat, ready| {
            epoll::serve(seat, trigger, ready)
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
fn cannot_use(what: &str, error: Errno) -> String {
    format!("cannot use {what}: {}", socket::message(error))
}
