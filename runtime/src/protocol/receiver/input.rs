//! Input, and what it turns out to mean.

use crate::protocol::mask::{self, Key};
use crate::protocol::message::Kind;
use std::ops::Range;

/// Bytes that were read, and how far they were handled.
#[derive(Debug)]
pub struct Input<'a> {
    pub(super) bytes: &'a mut [u8],
    handled: usize,
}

impl<'a> Input<'a> {
    /// Bytes of which none is handled yet.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, handled: 0 }
    }

    /// The bytes that are not handled yet.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.handled..]
    }

    /// Counts `count` bytes as handled.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) {
        self.handled += count;
    }

    /// Counts everything as handled.
    pub(crate) fn skip_all(&mut self) {
        self.handled = self.bytes.len();
    }

    /// Unmasks the next `count` bytes in place and counts them as handled.
    #[inline]
    pub(super) fn unmask(&mut self, count: usize, key: Key, offset: usize) -> Range<usize> {
        let range = self.handled..self.handled + count;
        mask::apply(&mut self.bytes[range.clone()], key, offset);
        self.handled = range.end;
        range
    }
}

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
    Pong,
    /// A Close; its payload is not judged yet.
    Close(Place),
}
