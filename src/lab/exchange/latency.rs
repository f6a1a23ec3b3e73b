//! Round trips in numbers.

use std::time::Duration;

use serde::Serialize;

use super::milliseconds;

/// Round trips, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// The sum by the count.
    pub average: f64,
    /// Half are at most this.
    pub p50: f64,
    /// Nine of ten are at most this.
    pub p90: f64,
    /// 99 of 100 are at most this.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Latency {
    /// The figures of some round trips; none of no round trip.
    pub fn of(mut round_trips: Vec<Duration>) -> Option<Self> {
        round_trips.sort_unstable();
        let max = milliseconds(*round_trips.last()?);
        let total: Duration = round_trips.iter().sum();
        let average = milliseconds(total) / round_trips.len() as f64;
        // Nearest rank: the smallest round trip that so many of a hundred do not exceed.
        let rank = |percent: usize| milliseconds(round_trips[(round_trips.len() * percent).div_ceil(100) - 1]);
        Some(Self { average, p50: rank(50), p90: rank(90), p99: rank(99), max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let round_trips = (1..=200).rev().map(Duration::from_millis).collect();
        let latency = Latency::of(round_trips).unwrap();
        assert_eq!(latency, Latency { average: 100.5, p50: 100.0, p90: 180.0, p99: 198.0, max: 200.0 });
        let one = Latency::of(vec![Duration::from_millis(7)]).unwrap();
        assert_eq!(one, Latency { average: 7.0, p50: 7.0, p90: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Latency::of(vec![]), None);
    }
}
