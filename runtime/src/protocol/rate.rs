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

/// The buckets of a connection.
#[derive(Debug)]
pub struct Rates {
    messages: Option<Bucket>,
    bytes: Option<Bucket>,
}

impl Rates {
    /// Full buckets, if there are limits.
    #[must_use]
    pub fn new(messages: Option<u32>, bytes: Option<u32>, now: Instant) -> Option<Self> {
        let messages = messages.map(|rate| Bucket::new(rate, now));
        let bytes = bytes.map(|rate| Bucket::new(rate, now));
        (messages.is_some() || bytes.is_some()).then_some(Self { messages, bytes })
    }

    /// Takes one message, if one begins or is complete here, and its bytes; `false` if there is
    /// too little of either.
    pub fn take(&mut self, message: bool, bytes: u64, now: Instant) -> bool {
        let too_many = message && self.messages.as_mut().is_some_and(|bucket| !bucket.take(1, now));
        let too_much = self.bytes.as_mut().is_some_and(|bucket| !bucket.take(bytes, now));
        !too_many && !too_much
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
