//! Your handlers. specgen wrote this file once and never overwrites it.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

/// What the server knows beside its peers. There is one value for all of them; what belongs to one
/// peer goes into a map with `peer.id()` as its key.
#[derive(Default)]
pub struct Handlers {
    messages: u64,
}

/// An error (`?`, `Err("…".into())`) or a panic sends the peer away and is logged.
impl BytesHandler for Handlers {
    /// A peer is there. `peer.address()` says who it is.
    fn on_open(&mut self, _peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        Ok(())
    }

    /// A message has come. `peer.send` answers it, `peer.broadcast` reaches all other peers,
    /// `peer.close()` sends this one away.
    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        self.messages += 1;
        peer.send(message);
        Ok(())
    }

    /// The peer is gone.
    fn on_close(&mut self, _peer: &mut BytesPeer<'_>) {}
}
