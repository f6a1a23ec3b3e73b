//! One connection at a time: the next is accepted when it is closed.
//!
//! The thread does not block in the read itself: the peer is not all that it waits for.

use super::poll::Poll;
use super::reactor::{Policy, Reactor};
use super::workers::{Ready, Seat};
use crate::server::Protocol;

/// Serves until a signal comes and the connection is drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let mut reactor = Reactor::new(seat, Poll::default(), OneAtATime)?;
    ready()?;
    reactor.run();
    Ok(())
}

struct OneAtATime;

impl Policy for OneAtATime {
    fn is_one_at_a_time(&self) -> bool {
        true
    }
}
