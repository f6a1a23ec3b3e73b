//! The app: every message goes back to its sender.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

/// An echo server has no state.
pub struct Echo;

impl BytesHandler for Echo {
    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        peer.send(message);
        Ok(())
    }
}
