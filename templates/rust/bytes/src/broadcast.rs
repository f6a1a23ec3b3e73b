//! The app: every message goes to all other peers.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

/// A broadcast server has no state: the runtime knows its peers.
pub struct Broadcast;

impl BytesHandler for Broadcast {
    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        peer.broadcast(message);
        Ok(())
    }
}
