//! Buffers for messages that do not lie whole in the read buffer, and the pool they come from.

/// How many unused buffers a pool keeps.
const SPARE_BUFFERS: usize = 4;
/// A buffer above this is given back to the allocator instead of the pool.
const LARGEST_SPARE: usize = 4 << 20;
/// The first allocation of a buffer that grows with what it receives.
const SMALLEST: usize = 4 << 10;

/// Bytes that grow at the end. The storage behind them stays initialised, so that the kernel and the
/// inflater can write into it directly, and a reused buffer is never cleared again.
#[derive(Debug, Default)]
pub struct Buffer {
    storage: Vec<u8>,
    filled: usize,
}

impl Buffer {
    /// The bytes so far.
    #[inline]
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.storage[..self.filled]
    }

    /// The bytes from `start` on, to be changed in place.
    #[inline]
    pub fn filled_from(&mut self, start: usize) -> &mut [u8] {
        &mut self.storage[start..self.filled]
    }

    /// How many bytes there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Whether there is memory behind the buffer.
    #[inline]
    #[must_use]
    pub fn has_storage(&self) -> bool {
        !self.storage.is_empty()
    }

    /// Appends `bytes`.
    pub fn extend(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        if end > self.storage.len() {
            self.storage.resize(end.max(self.storage.len() * 2).max(SMALLEST), 0);
        }
        self.storage[self.filled..end].copy_from_slice(bytes);
        self.filled = end;
    }

    /// Room for more, 1 to `most` bytes; what is written there counts after [`Self::advance`].
    ///
    /// The storage at most doubles: a length that a peer announces is not memory yet.
    pub fn room(&mut self, most: usize) -> &mut [u8] {
        if self.filled == self.storage.len() {
            let doubled = (self.filled * 2).max(SMALLEST);
            self.storage.resize(doubled.min(self.filled.saturating_add(most)), 0);
        }
        let end = self.storage.len().min(self.filled.saturating_add(most));
        &mut self.storage[self.filled..end]
    }

    /// Counts `bytes` that were written into [`Self::room`].
    pub fn advance(&mut self, bytes: usize) {
        self.filled = (self.filled + bytes).min(self.storage.len());
    }

    /// Forgets the bytes, not the storage.
    pub fn clear(&mut self) {
        self.filled = 0;
    }
}

/// Unused buffers of one worker.
#[derive(Debug, Default)]
pub struct Pool {
    spare: Vec<Buffer>,
}

impl Pool {
    /// An empty buffer, used before if possible.
    pub fn take(&mut self) -> Buffer {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a buffer back. It is left empty, without storage.
    pub fn give(&mut self, buffer: &mut Buffer) {
        let mut buffer = std::mem::take(buffer);
        let fits = (1..=LARGEST_SPARE).contains(&buffer.storage.len());
        if fits && self.spare.len() < SPARE_BUFFERS {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_doubles_at_most() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.room(1 << 30).len(), SMALLEST);
        buffer.advance(SMALLEST);
        assert_eq!(buffer.room(1 << 30).len(), SMALLEST);
        assert_eq!(buffer.room(3).len(), 3);
    }

    #[test]
    fn a_pool_reuses_storage_and_lets_huge_ones_go() {
        let mut pool = Pool::default();
        let mut buffer = Buffer::default();
        buffer.extend(&[1; 100]);
        pool.give(&mut buffer);
        assert_eq!(pool.take().filled(), b"");
        buffer.extend(&vec![1; LARGEST_SPARE + 1]);
        pool.give(&mut buffer);
        assert!(pool.spare.is_empty());
    }
}
