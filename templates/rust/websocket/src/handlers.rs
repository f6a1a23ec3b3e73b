//! Your handlers. specgen wrote this file once and never overwrites it.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

/// What the server knows beside its connections. There is one value for all of them; what belongs to
/// one connection goes into a map with `peer.id()` as its key.
#[derive(Default)]
pub struct Handlers {
    messages: u64,
}

/// An error (`?`, `Err("…".into())`) or a panic closes the connection with 1011 and is logged.
impl Handler for Handlers {
    /// A client has connected. `peer.address()` and `peer.subprotocol()` say who it is.
    fn on_open(&mut self, _peer: &mut Peer<'_>) -> Result<(), HandlerError> {
        Ok(())
    }

    /// A message has come. `peer.send_text`, `peer.send_binary` and `peer.send` answer it,
    /// `peer.broadcast…` reaches all other connections, `peer.close(code, reason)` ends this one.
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        self.messages += 1;
        peer.send(message);
        Ok(())
    }

    /// The connection has ended: with the code of the client's Close, or 1006 if there was none.
    fn on_close(&mut self, _peer: &mut Peer<'_>, _code: u16, _reason: &str) {}
}
