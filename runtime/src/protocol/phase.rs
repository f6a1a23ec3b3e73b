//! How far a connection is.

/// How far a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The opening handshake, of protocols that have one.
    #[default]
    Handshake,
    /// Messages go both ways.
    Open,
    /// A Close was sent; the peer's is awaited, everything else dropped.
    Closing,
    /// Nothing more is sent but what is owed; the sending side is shut down behind it. Input is
    /// dropped until the peer ends its stream.
    Lingering,
    /// The peer ended its stream; what is owed is sent, then the socket is closed.
    Ended,
}

/// The sending half of a connection, as far as all protocols have it in common.
pub trait Sender: Default {
    /// How far the connection is.
    fn phase(&self) -> Phase;

    /// The last of what this side sends is queued, or the wait for the peer's Close is over.
    fn linger(&mut self);

    /// The peer ended its stream.
    fn end(&mut self);
}
