//! tokio: a runtime of the worker's own thread.

use super::input::Input;
use super::wait::{Sources, Wait, Woken};
use crate::transport::watch::{Either, cannot_use, either};
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A runtime, and what it watches.
pub struct Tokio {
    runtime: Runtime,
    socket: Input,
    signal: Input,
}

impl Wait for Tokio {
    const REPORTS_ONCE: bool = true;

    fn new(sources: Sources<'_>) -> Result<Self, String> {
        Self::start(sources).map_err(cannot_use)
    }

    fn wait(&mut self, _: Sources<'_>, timeout: Option<Duration>) -> Woken {
        let woken = woken(&self.socket, &self.signal);
        self.runtime.block_on(within(timeout, woken))
    }
}

impl Tokio {
    fn start(sources: Sources<'_>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let context = runtime.enter();
        let socket = Input::of(sources.socket)?;
        let signal = Input::of(sources.signal)?;
        drop(context);
        Ok(Self { runtime, socket, signal })
    }
}

async fn within(timeout: Option<Duration>, woken: impl Future<Output = Woken>) -> Woken {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, woken).await.unwrap_or(Woken::Idle),
        None => woken.await,
    }
}

/// The socket is read until there are no more datagrams: only then it is reported again.
async fn woken(socket: &Input, signal: &Input) -> Woken {
    match either(signal.came(), socket.came()).await {
        Either::First(()) => Woken::Signal,
        Either::Second(()) => Woken::Datagrams,
    }
}
