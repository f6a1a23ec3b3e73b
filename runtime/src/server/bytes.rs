//! What the app of a server implements whose messages are bytes, and what it is given.

use super::address::Address;
use super::app::{HandlerError, PeerId, Shared};

/// The app: one value for all peers.
///
/// An error, or a panic, ends the connection; the server goes on.
pub trait BytesHandler {
    /// The peer has connected.
    ///
    /// # Errors
    /// Whatever the app cannot handle.
    fn on_open(&mut self, peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        let _ = peer;
        Ok(())
    }

    /// A message came.
    ///
    /// # Errors
    /// Whatever the app cannot handle.
    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError>;

    /// The connection ends: called once for each peer with which [`Self::on_open`] was called.
    fn on_close(&mut self, peer: &mut BytesPeer<'_>) {
        let _ = peer;
    }
}

impl<H: BytesHandler> BytesHandler for Shared<H> {
    fn on_open(&mut self, peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        self.lock().on_open(peer)
    }

    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        self.lock().on_message(peer, message)
    }

    fn on_close(&mut self, peer: &mut BytesPeer<'_>) {
        self.lock().on_close(peer);
    }
}

/// What a [`BytesPeer`] reaches: the peers of the server.
pub(super) trait Exchange {
    fn id(&self, index: usize) -> PeerId;
    fn address(&self, index: usize) -> Address;
    fn send(&mut self, index: usize, message: &[u8]);
    fn broadcast(&mut self, index: usize, message: &[u8]);
    fn close(&mut self, index: usize);
}

/// The peer that a callback is about.
pub struct BytesPeer<'a> {
    pub(super) exchange: &'a mut dyn Exchange,
    pub(super) index: usize,
}

impl BytesPeer<'_> {
    /// The peer's identity.
    #[must_use]
    pub fn id(&self) -> PeerId {
        self.exchange.id(self.index)
    }

    /// The peer's address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.exchange.address(self.index)
    }

    /// Sends a message.
    pub fn send(&mut self, message: &[u8]) {
        self.exchange.send(self.index, message);
    }

    /// Sends a message to all other peers.
    pub fn broadcast(&mut self, message: &[u8]) {
        self.exchange.broadcast(self.index, message);
    }

    /// Ends the connection. What was sent before goes out first.
    pub fn close(&mut self) {
        self.exchange.close(self.index);
    }
}
