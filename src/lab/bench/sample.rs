//! Latencies and counts, as threads take them and as they are put together.

use hdrhistogram::Histogram;

/// Latencies below are not told apart, in nanoseconds.
const FINEST: u64 = 1_000;
/// The longest latency that is kept, in nanoseconds: an hour.
const LONGEST: u64 = 3_600_000_000_000;
/// Significant decimal digits that are kept of a latency.
const DIGITS: u8 = 3;

/// The distribution of times, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        let mut histogram = Histogram::new_with_bounds(FINEST, 2 * FINEST, DIGITS).expect("constant bounds are valid");
        histogram.auto(true);
        Self(histogram)
    }
}

impl Times {
    /// Adds a time.
    #[inline]
    pub fn record(&mut self, nanoseconds: u64) {
        self.record_all(nanoseconds, 1);
    }

    /// Adds the same time for each of `count` messages.
    #[inline]
    pub fn record_all(&mut self, nanoseconds: u64, count: u64) {
        // It grows as far as `LONGEST` asks for.
        let _ = self.0.record_n(nanoseconds.min(LONGEST), count);
    }

    /// Adds another distribution.
    pub fn merge(&mut self, other: &Self) {
        let _ = self.0.add(&other.0);
    }

    /// How many times there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that so many percent of all are not longer than.
    pub fn percentile(&self, percent: f64) -> u64 {
        self.0.value_at_percentile(percent)
    }

    /// The longest.
    pub fn max(&self) -> u64 {
        self.0.max()
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> f64 {
        self.0.mean()
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Messages that were due.
    pub due: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that came back.
    pub echoed: u64,
    /// Datagrams that did not.
    pub lost: u64,
    /// Datagrams that came back again, or too late.
    pub repeated: u64,
    /// Bytes that were sent, with frames and TLS's plaintext, without TLS itself.
    pub bytes_sent: u64,
    /// Bytes that were received, likewise.
    pub bytes_received: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.due += other.due;
        self.sent += other.sent;
        self.echoed += other.echoed;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
    }
}

/// What a thread saw in a part of the time under load.
#[derive(Clone, Debug, Default)]
pub(super) struct Interval {
    /// Which part, from 0.
    pub(super) index: u64,
    /// The latencies of what came back in it.
    pub(super) latency: Times,
}

/// What a thread saw in a slice of load.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// What was counted.
    pub(super) counts: Counts,
    /// How late messages were noticed to be due: the load generator's own delay.
    pub(super) lateness: Times,
    /// When the last echo came, in nanoseconds since the epoch.
    pub(super) last_echo: u64,
    /// CPU time of the thread, in nanoseconds, where the system tells it.
    pub(super) cpu: Option<u64>,
}

impl Tally {
    /// Adds what another thread saw.
    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.lateness.merge(&other.lateness);
        self.last_echo = self.last_echo.max(other.last_echo);
        self.cpu = other.cpu.map(|cpu| cpu + self.cpu.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_put_together() {
        let (mut fast, mut slow) = (Times::default(), Times::default());
        fast.record_all(1_000_000, 99);
        slow.record(5_000_000_000);
        fast.merge(&slow);
        assert_eq!(fast.count(), 100);
        let close = |value: u64, expected: u64| value.abs_diff(expected) * 1000 <= expected;
        assert!(close(fast.percentile(99.0), 1_000_000), "{}", fast.percentile(99.0));
        assert!(close(fast.percentile(99.9), 5_000_000_000) && close(fast.max(), 5_000_000_000));
    }

    #[test]
    fn any_time_has_a_place() {
        let mut times = Times::default();
        times.record(0);
        times.record(u64::MAX);
        assert_eq!(times.count(), 2);
        assert!(times.max() >= LONGEST);
    }
}
