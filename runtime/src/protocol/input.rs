//! Input, and how far it is handled.

use std::ops::Range;

/// Bytes that were read, and how far they were handled.
#[derive(Debug)]
pub struct Input<'a> {
    bytes: &'a mut [u8],
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

    /// Bytes that were handled, by the place that [`Self::take`] gave.
    #[inline]
    #[must_use]
    pub(super) fn at(&self, range: &Range<usize>) -> &[u8] {
        &self.bytes[range.clone()]
    }

    /// Bytes that were handled, to be changed in place.
    #[cfg(feature = "websocket")]
    #[inline]
    pub(super) fn at_mut(&mut self, range: &Range<usize>) -> &mut [u8] {
        &mut self.bytes[range.clone()]
    }

    /// Counts `count` bytes as handled, and gives their place.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let range = self.handled..self.handled + count;
        self.handled = range.end;
        range
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
}
