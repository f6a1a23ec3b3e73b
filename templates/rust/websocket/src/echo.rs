//! The app: every message goes back to its sender.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

/// An echo server has no state.
pub struct Echo;

impl Handler for Echo {
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        peer.send(message);
        Ok(())
    }
}
