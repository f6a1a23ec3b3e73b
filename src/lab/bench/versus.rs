//! Two servers beside each other: ratios, and how sure they are.
//!
//! The servers take turns in short slices, in the order A B B A, then B A A B: what drifts meanwhile on the machine
//! meets both alike. Each such block gives one ratio; the ratio that is reported is the mean of the middle half of
//! them, which a disturbed block does not move, and its interval comes from drawing blocks anew.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

use super::sample::Times;

/// Which server in which slice: 0 is the first.
const ORDER: [[usize; 4]; 2] = [[0, 1, 1, 0], [1, 0, 0, 1]];
/// How often blocks are drawn anew.
const DRAWS: usize = 2000;
/// The interval holds the ratio in so many of all cases.
const CONFIDENCE: f64 = 0.95;
/// Fewer blocks say nothing about how sure they are.
const FEWEST: usize = 3;

/// The servers of the slices of a block.
pub(super) fn order(block: usize) -> [usize; 4] {
    ORDER[block % ORDER.len()]
}

/// What a server did in the slices of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) messages: u64,
    /// Under load.
    pub(super) seconds: f64,
    pub(super) latency: Times,
    /// Of the server's processes.
    pub(super) cpu_seconds: Option<f64>,
}

impl Part {
    fn messages_per_second(&self) -> Option<f64> {
        (self.messages > 0 && self.seconds > 0.0).then(|| self.messages as f64 / self.seconds)
    }

    fn cpu_per_message(&self) -> Option<f64> {
        let seconds = self.cpu_seconds.filter(|seconds| *seconds > 0.0 && self.messages > 0)?;
        Some(seconds / self.messages as f64)
    }

    fn percentile(&self, percent: f64) -> Option<f64> {
        (self.messages > 0).then(|| self.latency.percentile(percent).max(1) as f64)
    }
}

/// The first server beside the second: each ratio is the first one's figure divided by the second one's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// How many blocks of four slices there were.
    pub blocks: usize,
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
    /// Compares block by block.
    pub(super) fn of(blocks: &[[Part; 2]]) -> Self {
        let ratio = |figure: &dyn Fn(&Part) -> Option<f64>| {
            let logarithms: Option<Vec<f64>> =
                blocks.iter().map(|[first, second]| Some((figure(first)? / figure(second)?).ln())).collect();
            Ratio::of(&logarithms?)
        };
        Self {
            blocks: blocks.len(),
            throughput: ratio(&Part::messages_per_second),
            p50: ratio(&|part| part.percentile(50.0)),
            p99: ratio(&|part| part.percentile(99.0)),
            cpu_per_message: ratio(&Part::cpu_per_message),
        }
    }
}

impl Ratio {
    /// Of the logarithms of ratios; `None` for too few.
    fn of(logarithms: &[f64]) -> Option<Self> {
        if logarithms.len() < FEWEST {
            return None;
        }
        // The same figures give the same interval.
        let mut random = StdRng::seed_from_u64(0);
        let mut drawn = vec![0.0; logarithms.len()];
        let mut means: Vec<f64> = (0..DRAWS)
            .map(|_| {
                drawn.fill_with(|| logarithms[random.random_range(0..logarithms.len())]);
                middle_mean(&mut drawn)
            })
            .collect();
        means.sort_by(f64::total_cmp);
        let at = |share: f64| means[(share * (DRAWS - 1) as f64).round() as usize].exp();
        let outside = (1.0 - CONFIDENCE) / 2.0;
        let ratio = middle_mean(&mut logarithms.to_vec()).exp();
        Some(Self { ratio, low: at(outside), high: at(1.0 - outside) })
    }

    /// Whether the interval leaves 1 out.
    pub fn is_clear(&self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// The mean of the middle half.
fn middle_mean(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 4;
    let middle = &values[cut..values.len() - cut];
    middle.iter().sum::<f64>() / middle.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(messages: u64, microseconds: u64) -> Part {
        let mut latency = Times::default();
        latency.record_all(microseconds * 1000, messages);
        Part { messages, seconds: 1.0, latency, cpu_seconds: Some(messages as f64 * 1e-6) }
    }

    #[test]
    fn each_server_has_each_place_as_often() {
        let mut places = [[0; 4]; 2];
        for (place, server) in (0..8).flat_map(|block| order(block).into_iter().enumerate()) {
            places[server][place] += 1;
        }
        assert_eq!(places, [[4; 4]; 2]);
    }

    #[test]
    fn ratios_are_the_first_to_the_second() {
        let blocks: Vec<_> = (0..20).map(|block| [part(2000 + block, 100), part(1000, 400)]).collect();
        let comparison = Comparison::of(&blocks);
        let throughput = comparison.throughput.unwrap();
        assert!((throughput.ratio - 2.0095).abs() < 0.001, "{throughput:?}");
        assert!(throughput.low > 2.0 && throughput.high < 2.02 && throughput.is_clear());
        assert!((comparison.p99.unwrap().ratio - 0.25).abs() < 0.001);
        let cpu = comparison.cpu_per_message.unwrap();
        assert!((cpu.ratio - 1.0).abs() < 1e-9 && !cpu.is_clear());
    }

    #[test]
    fn a_disturbed_block_moves_nothing() {
        let mut blocks: Vec<_> = (0..20).map(|_| [part(1000, 100), part(1000, 100)]).collect();
        blocks[7][0] = part(10, 90_000);
        let comparison = Comparison::of(&blocks);
        assert_eq!(comparison.throughput.unwrap().ratio, 1.0);
        assert_eq!(comparison.p99.unwrap().ratio, 1.0);
    }

    #[test]
    fn what_cannot_be_compared_is_left_out() {
        assert_eq!(Comparison::of(&[]).throughput, None);
        let silent = [Part::default(), part(5, 5)];
        assert_eq!(Comparison::of(&[silent.clone(), silent.clone(), silent]).p50, None);
        let remote = [Part { cpu_seconds: None, ..part(5, 5) }, part(5, 5)];
        let comparison = Comparison::of(&[remote.clone(), remote.clone(), remote]);
        assert!(comparison.cpu_per_message.is_none() && comparison.p50.is_some());
    }
}
