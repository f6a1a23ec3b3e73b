//! The app: every message goes to all other open connections.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

/// A broadcast server has no state: the runtime knows who is connected.
pub struct Broadcast;

impl Handler for Broadcast {
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        peer.broadcast(message);
        Ok(())
    }
}
