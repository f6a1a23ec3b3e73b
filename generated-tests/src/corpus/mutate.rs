//! Streams with a few random changes, the same ones in every run. Nobody says what is right: all servers have to agree.

use super::{Case, Cuts};
use crate::player::First;

const SEED: u64 = 0x5eed_0001;

/// `LAB_SEED=7` gives other mutations than those of every run.
fn seed() -> u64 {
    std::env::var("LAB_SEED").ok().and_then(|number| number.parse().ok()).unwrap_or(SEED)
}
/// Longer streams only cost time.
const LONGEST: usize = 4096;

/// A small generator (SplitMix64), so that streams do not change with a library's version.
pub struct Random(u64);

impl Random {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}

impl Random {
    /// Two to seven places inside of a stream of `length` bytes, in order.
    pub fn cuts(&mut self, length: usize) -> Vec<usize> {
        let count = 2 + self.below(6);
        let mut cuts: Vec<usize> = (0..count).map(|_| 1 + self.below(length - 1)).collect();
        cuts.sort_unstable();
        cuts
    }
}

/// `count` mutated streams made from `cases`.
pub fn mutations(cases: &[Case], count: usize) -> Vec<Case> {
    let mut random = Random::new(seed());
    let bases: Vec<&Case> = cases.iter().filter(|case| case.stream.len() < LONGEST && case.stream.len() > 8).collect();
    (0..count).map(|number| mutation(&mut random, &bases, number)).collect()
}

fn mutation(random: &mut Random, bases: &[&Case], number: usize) -> Case {
    let base = bases[random.below(bases.len())];
    let mut stream = base.stream.clone();
    // Most changes go where the frames are: a broken head hides everything behind it.
    let begin = if random.below(5) == 0 { 0 } else { base.behind_head.min(stream.len() - 1) };
    for _ in 0..=random.below(3) {
        change(random, &mut stream, begin);
    }
    if random.below(3) == 0 {
        let other = bases[random.below(bases.len())];
        stream.extend_from_slice(&other.stream[other.behind_head..]);
    }
    Case {
        name: format!("mutation {number} of {}", base.name),
        behind_head: base.behind_head.min(stream.len()),
        stream,
        expected: None,
        first: First::Client,
        cuts: if number.is_multiple_of(4) { Cuts::Bytes } else { Cuts::Whole },
        any_1007: true,
    }
}

fn change(random: &mut Random, stream: &mut Vec<u8>, begin: usize) {
    if stream.len() <= begin {
        return;
    }
    let at = begin + random.below(stream.len() - begin);
    match random.below(6) {
        0 => stream[at] ^= 1 << random.below(8),
        1 => stream[at] = random.byte(),
        2 => drop(stream.remove(at)),
        3 => stream.insert(at, random.byte()),
        4 => stream.truncate(at),
        _ => {
            let end = (at + 1 + random.below(24)).min(stream.len());
            let copy = stream[at..end].to_vec();
            stream.splice(at..at, copy);
        }
    }
}
