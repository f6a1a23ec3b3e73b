//! Since when messages are under way.

use std::collections::VecDeque;

/// The times at which messages of a connection began to count, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Stamps(VecDeque<(u64, u64)>);

impl Stamps {
    /// Another `count` messages, from `time` on.
    #[inline]
    pub(super) fn push(&mut self, time: u64, count: u64) {
        match self.0.back_mut() {
            Some((last, so_far)) if *last == time => *so_far += count,
            _ => self.0.push_back((time, count)),
        }
    }

    /// Takes up to `most` of the oldest, which share a time.
    #[inline]
    pub(super) fn pop(&mut self, most: u64) -> Option<(u64, u64)> {
        let (time, count) = self.0.front_mut()?;
        let (time, taken) = (*time, most.min(*count));
        *count -= taken;
        if *count == 0 {
            self.0.pop_front();
        }
        Some((time, taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_come_back_first() {
        let mut stamps = Stamps::default();
        stamps.push(5, 2);
        stamps.push(5, 1);
        stamps.push(7, 1);
        assert_eq!(stamps.pop(2), Some((5, 2)));
        assert_eq!(stamps.pop(9), Some((5, 1)));
        assert_eq!(stamps.pop(9), Some((7, 1)));
        assert_eq!(stamps.pop(1), None);
    }
}
