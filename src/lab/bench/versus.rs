//! Two servers beside each other: ratios, and how sure they are.
//!
//! The servers take turns in short slices, in the order A B B A, B A A B: what drifts meanwhile on the machine meets both
//! alike. Two slices side by side make a pair, and each pair gives one ratio. What is reported is the median of them, which
//! pairs that something else disturbed do not move, however much, as long as they are the fewer.

use serde::Serialize;

/// Which server comes first in a pair, in turns.
const ORDER: [[usize; 2]; 4] = [[0, 1], [1, 0], [1, 0], [0, 1]];
/// The median lies within so many standard deviations of its rank, half the root of the number of pairs each, in 95 of 100 cases.
const DEVIATIONS: f64 = 1.96;
/// With fewer pairs that interval would reach beyond all of them.
const FEWEST: usize = 6;

/// The servers of a pair's slices.
pub(super) fn order(pair: usize) -> [usize; 2] {
    ORDER[pair % ORDER.len()]
}

/// What a server did in a slice, as far as it can be told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) messages_per_second: Option<f64>,
    /// Median latency, in nanoseconds.
    pub(super) p50: Option<f64>,
    /// 99th percentile of the latency, in nanoseconds.
    pub(super) p99: Option<f64>,
    /// Of the server's processes, in seconds.
    pub(super) cpu_per_message: Option<f64>,
}

/// The first server beside the second: each ratio is the first one's figure divided by the second one's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// How many pairs of slices there were.
    pub pairs: usize,
    /// Messages a second.
    pub throughput: Option<Ratio>,
    /// Median latency.
    pub p50: Option<Ratio>,
    /// 99th percentile of the latency.
    pub p99: Option<Ratio>,
    /// CPU time a message, where both are local.
    pub cpu_per_message: Option<Ratio>,
}

/// A ratio, and an interval that holds it in 95 of 100 cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct Ratio {
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

impl Comparison {
    /// Compares pair by pair.
    pub(super) fn of(pairs: &[[Part; 2]]) -> Self {
        let ratio = |figure: &dyn Fn(&Part) -> Option<f64>| {
            Ratio::of(pairs.iter().filter_map(|[first, second]| Some(figure(first)? / figure(second)?)).collect())
        };
        Self {
            pairs: pairs.len(),
            throughput: ratio(&|part| part.messages_per_second),
            p50: ratio(&|part| part.p50),
            p99: ratio(&|part| part.p99),
            cpu_per_message: ratio(&|part| part.cpu_per_message),
        }
    }
}

impl Ratio {
    /// The median of ratios, and the order statistics around it that hold it; `None` for too few.
    fn of(mut ratios: Vec<f64>) -> Option<Self> {
        if ratios.len() < FEWEST {
            return None;
        }
        ratios.sort_by(f64::total_cmp);
        let count = ratios.len() as f64;
        let reach = DEVIATIONS * count.sqrt() / 2.0;
        let low = (count / 2.0 - reach).floor().max(0.0) as usize;
        let high = ((count / 2.0 + reach).ceil() as usize).min(ratios.len() - 1);
        Some(Self { ratio: median(&ratios), low: ratios[low], high: ratios[high] })
    }

    /// Whether the interval leaves 1 out.
    pub fn is_clear(&self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// The median of sorted ratios; of two in the middle, the geometric mean.
fn median(ratios: &[f64]) -> f64 {
    let middle = ratios.len() / 2;
    if ratios.len().is_multiple_of(2) { (ratios[middle - 1] * ratios[middle]).sqrt() } else { ratios[middle] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(messages: u64, microseconds: u64) -> Part {
        let latency = Some(microseconds as f64 * 1e3);
        Part { messages_per_second: Some(messages as f64), p50: latency, p99: latency, cpu_per_message: Some(1e-6) }
    }

    #[test]
    fn each_server_is_first_as_often() {
        let slices: Vec<usize> = (0..4).flat_map(order).collect();
        assert_eq!(slices, [0, 1, 1, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn ratios_are_the_first_to_the_second() {
        let pairs: Vec<_> = (0..21).map(|pair| [part(2000 + pair, 100), part(1000, 400)]).collect();
        let comparison = Comparison::of(&pairs);
        let throughput = comparison.throughput.unwrap();
        assert_eq!(throughput, Ratio { ratio: 2.010, low: 2.006, high: 2.015 });
        assert!(throughput.is_clear());
        assert!((comparison.p99.unwrap().ratio - 0.25).abs() < 0.001);
        let cpu = comparison.cpu_per_message.unwrap();
        assert!((cpu.ratio - 1.0).abs() < 1e-9 && !cpu.is_clear());
    }

    #[test]
    fn swapped_servers_have_the_inverse_ratio() {
        let pairs: Vec<_> = (0..10).map(|pair| [part(1000 + 37 * pair, 100), part(1100, 100 + pair)]).collect();
        let swapped: Vec<_> = pairs.iter().map(|[first, second]| [*second, *first]).collect();
        let ratio = |pairs: &[[Part; 2]]| Comparison::of(pairs).throughput.unwrap().ratio;
        assert!((ratio(&pairs) * ratio(&swapped) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn disturbed_pairs_move_nothing() {
        let mut pairs: Vec<_> = (0..20).map(|_| [part(1000, 100), part(1000, 100)]).collect();
        for pair in 0..4 {
            pairs[pair * 5][0] = part(10, 90_000);
        }
        let comparison = Comparison::of(&pairs);
        let same = Ratio { ratio: 1.0, low: 1.0, high: 1.0 };
        assert_eq!((comparison.throughput, comparison.p99), (Some(same), Some(same)));
    }

    #[test]
    fn what_cannot_be_compared_is_left_out() {
        assert_eq!(Comparison::of(&[]).throughput, None);
        let silent = vec![[Part::default(), part(5, 5)]; 10];
        assert_eq!(Comparison::of(&silent).p50, None);
        let remote = vec![[Part { cpu_per_message: None, ..part(5, 5) }, part(5, 5)]; 10];
        let comparison = Comparison::of(&remote);
        assert!(comparison.cpu_per_message.is_none() && comparison.p50.is_some());
    }
}
