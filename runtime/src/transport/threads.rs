//! One thread a connection.
//!
//! Each waits for its peer and for mail: broadcasts of the others, and the drain.

use super::poll::Poll;
use super::reactor::{Policy, Reactor};
use super::socket::StreamSocket;
use super::wake::Bell;
use super::workers::{Ready, Seat, Staff};
use crate::server::{Address, Level, Protocol, Value};
use std::sync::Arc;
use std::thread;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol + 'static>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let bell = seat.bell.clone().ok_or("a server of threads has to be woken")?;
    let threads = Threads { staff: seat.staff.clone(), bell, alive: Arc::new(()) };
    let mut reactor = Reactor::new(seat, Poll::default(), threads)?;
    ready()?;
    reactor.run();
    Ok(())
}

/// The accepting worker gives every connection to a thread.
struct Threads<P: Protocol> {
    staff: Staff<P>,
    bell: Bell,
    /// Shared with the threads.
    alive: Arc<()>,
}

impl<P: Protocol + 'static> Policy for Threads<P> {
    fn divert(
        &mut self,
        socket: StreamSocket,
        address: Address,
    ) -> Option<(StreamSocket, Address)> {
        let life = Life { alive: Some(Arc::clone(&self.alive)), bell: self.bell.clone() };
        if let Err(error) = begin(&self.staff, socket, address, life) {
            let fields = [("error", Value::Text(&error))];
            self.staff.config.log.event(Level::Error, "accept-failed", &fields);
        }
        None
    }

    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.alive) > 1
    }
}

fn begin<P: Protocol + 'static>(
    staff: &Staff<P>,
    socket: StreamSocket,
    address: Address,
    life: Life,
) -> Result<(), String> {
    let seat = staff.seat()?;
    let serve = move || {
        let _life = life;
        // A list of descriptors has nothing to set up that could fail.
        if let Ok(mut reactor) = Reactor::new(seat, Poll::default(), OnlyOne) {
            reactor.add(socket, address);
            reactor.run();
        }
    };
    thread::Builder::new().spawn(serve).map(drop).map_err(|error| error.to_string())
}

/// The worker of a connection ends with it.
struct OnlyOne;

impl Policy for OnlyOne {
    fn ends_empty(&self) -> bool {
        true
    }
}

/// A connection's thread, which tells the accepting one when it ends.
struct Life {
    alive: Option<Arc<()>>,
    bell: Bell,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.alive = None;
        self.bell.ring();
    }
}
