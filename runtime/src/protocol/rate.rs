//! Rate limits: token buckets with a capacity of one second's worth, refilled continuously.

use std::time::Instant;

/// One token bucket.
#[derive(Debug)]
pub struct Bucket {
    rate: f64,
    tokens: f64,
    refilled: Instant,
}

impl Bucket {
    /// A full bucket of `per_second` tokens.
    #[must_use]
    pub fn new(per_second: u32, now: Instant) -> Self {
        let rate = f64::from(per_second);
        Self { rate, tokens: rate, refilled: now }
    }

    /// Takes `tokens` if there are so many.
    pub fn take(&mut self, tokens: u64, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.refilled = now;
        self.tokens = (self.tokens + elapsed * self.rate).min(self.rate);
        let left = self.tokens - tokens as f64;
        if left >= 0.0 {
            self.tokens = left;
        }
        left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_of_one_second_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, start);
        assert!((0..10).all(|_| bucket.take(1, start)));
        assert!(!bucket.take(1, start));
        assert!(bucket.take(1, start + Duration::from_millis(100)));
        assert!(!bucket.take(1, start + Duration::from_millis(150)));
        assert!(bucket.take(10, start + Duration::from_secs(5)));
        assert!(!bucket.take(11, start + Duration::from_secs(50)), "more than the capacity");
    }
}
