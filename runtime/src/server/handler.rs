//! What the app of a WebSocket server implements, and what it is given.

use super::address::Address;
use super::app::{HandlerError, PeerId, Shared};
use crate::protocol::close::is_valid_code;
use crate::protocol::message::{Kind, Message};
use std::error::Error;
use std::fmt;

/// The app: one value for all connections.
///
/// An error, or a panic, closes the connection with 1011 `internal error`; the server goes on.
pub trait Handler {
    /// The handshake is done.
    ///
    /// # Errors
    /// Whatever the app cannot handle.
    fn on_open(&mut self, peer: &mut Peer<'_>) -> Result<(), HandlerError> {
        let _ = peer;
        Ok(())
    }

    /// A message came.
    ///
    /// # Errors
    /// Whatever the app cannot handle.
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>)
    -> Result<(), HandlerError>;

    /// The connection ends: called once for each connection whose [`Self::on_open`] was called.
    /// `code` and `reason` are those of the peer's Close (1005 if it named none), those the server
    /// failed the connection with, or 1006 if it broke off.
    fn on_close(&mut self, peer: &mut Peer<'_>, code: u16, reason: &str) {
        let _ = (peer, code, reason);
    }
}

impl<H: Handler> Handler for Shared<H> {
    fn on_open(&mut self, peer: &mut Peer<'_>) -> Result<(), HandlerError> {
        self.lock().on_open(peer)
    }

    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        self.lock().on_message(peer, message)
    }

    fn on_close(&mut self, peer: &mut Peer<'_>, code: u16, reason: &str) {
        self.lock().on_close(peer, code, reason);
    }
}

/// What a [`Peer`] reaches: the connections of the server.
pub(super) trait Exchange {
    fn id(&self, index: usize) -> PeerId;
    fn address(&self, index: usize) -> Address;
    fn subprotocol(&self, index: usize) -> Option<&'static str>;
    fn send(&mut self, index: usize, kind: Kind, payload: &[u8]);
    fn broadcast(&mut self, index: usize, kind: Kind, payload: &[u8]);
    fn close(&mut self, index: usize, code: u16, reason: &str);
}

/// The connection that a callback is about.
pub struct Peer<'a> {
    pub(super) exchange: &'a mut dyn Exchange,
    pub(super) index: usize,
}

impl Peer<'_> {
    /// The connection's identity.
    #[must_use]
    pub fn id(&self) -> PeerId {
        self.exchange.id(self.index)
    }

    /// The peer's address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.exchange.address(self.index)
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.exchange.subprotocol(self.index)
    }

    /// Sends a message of the same kind as `message`.
    pub fn send(&mut self, message: Message<'_>) {
        self.exchange.send(self.index, message.kind(), message.as_bytes());
    }

    /// Sends a text message.
    pub fn send_text(&mut self, text: &str) {
        self.exchange.send(self.index, Kind::Text, text.as_bytes());
    }

    /// Sends a binary message.
    pub fn send_binary(&mut self, bytes: &[u8]) {
        self.exchange.send(self.index, Kind::Binary, bytes);
    }

    /// Sends a message of the same kind as `message` to all other open connections.
    pub fn broadcast(&mut self, message: Message<'_>) {
        self.exchange.broadcast(self.index, message.kind(), message.as_bytes());
    }

    /// Sends a text message to all other open connections.
    pub fn broadcast_text(&mut self, text: &str) {
        self.exchange.broadcast(self.index, Kind::Text, text.as_bytes());
    }

    /// Sends a binary message to all other open connections.
    pub fn broadcast_binary(&mut self, bytes: &[u8]) {
        self.exchange.broadcast(self.index, Kind::Binary, bytes);
    }

    /// Closes the connection. What was sent before goes out first; a reason above 123 bytes is cut.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] for a code that must not be sent (RFC 6455 §7.4).
    pub fn close(&mut self, code: u16, reason: &str) -> Result<(), InvalidCloseCode> {
        if !is_valid_code(code) {
            return Err(InvalidCloseCode(code));
        }
        self.exchange.close(self.index, code, reason);
        Ok(())
    }
}

/// A close code that must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCloseCode(pub u16);

impl fmt::Display for InvalidCloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a close code that may be sent", self.0)
    }
}

impl Error for InvalidCloseCode {}
