//! tokio: a runtime of the worker's own thread.

// Registering a descriptor with tokio is a promise that it stays open.
#![allow(unsafe_code)]

use super::wait::{Sources, Wait, Woken};
use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::{Builder, Runtime};

/// A runtime, and what it watches.
pub struct Tokio {
    runtime: Runtime,
    socket: AsyncFd<OwnedFd>,
    signal: AsyncFd<OwnedFd>,
}

impl Wait for Tokio {
    const REPORTS_ONCE: bool = true;

    fn new(sources: Sources<'_>) -> Result<Self, String> {
        Self::start(sources).map_err(|error| format!("cannot use tokio: {error}"))
    }

    fn wait(&mut self, _: Sources<'_>, timeout: Option<Duration>) -> Woken {
        let woken = poll_fn(|context| poll_sources(&self.socket, &self.signal, context));
        self.runtime.block_on(within(timeout, woken))
    }
}

impl Tokio {
    fn start(sources: Sources<'_>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let context = runtime.enter();
        let socket = watch(sources.socket.try_clone_to_owned()?)?;
        let signal = watch(sources.signal.try_clone_to_owned()?)?;
        drop(context);
        Ok(Self { runtime, socket, signal })
    }
}

fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor is the same, and open, until the `AsyncFd` that owns it is dropped.
    Ok(unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }?)
}

async fn within(timeout: Option<Duration>, woken: impl Future<Output = Woken>) -> Woken {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, woken).await.unwrap_or(Woken::Idle),
        None => woken.await,
    }
}

/// The socket is read until there are no more datagrams: only then it is reported again.
fn poll_sources(
    socket: &AsyncFd<OwnedFd>,
    signal: &AsyncFd<OwnedFd>,
    context: &mut Context<'_>,
) -> Poll<Woken> {
    if signal.poll_read_ready(context).is_ready() {
        return Poll::Ready(Woken::Signal);
    }
    socket.poll_read_ready(context).map(|ready| {
        if let Ok(mut ready) = ready {
            ready.clear_ready();
        }
        Woken::Datagrams
    })
}
