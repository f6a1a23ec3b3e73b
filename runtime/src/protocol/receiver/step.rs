//! What input turns out to mean.

use crate::protocol::message::Kind;
use std::ops::Range;

/// Where a payload lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the input.
    Input(Range<usize>),
    /// In the receiver's buffer for messages.
    Collected,
    /// In the receiver's buffer for control frames.
    Control,
}

/// What the next bytes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet: all input is handled.
    Starved,
    /// A whole message.
    Message(Kind, Place),
    /// A Ping.
    Ping(Place),
    /// A Pong.
    Pong(Place),
    /// A Close; its payload is not judged yet.
    Close(Place),
}
