//! Byte streams and, where `docs/behaviour.md` says it, the exact answer to each.

mod close;
mod compression;
mod data;
mod deflate;
mod frames;
mod handshake;
mod mutate;
mod negotiation;
mod policy;
mod rates;
mod tcp;
mod utf8;

use crate::answer::Answer;
use crate::frame::Frame;
use crate::player::{First, Play};
use crate::request::Request;
pub use mutate::Random;

/// More halves than this are not tried for one stream.
const HALVES: usize = 40;
/// As many ways of cutting a stream at random are tried.
const RANDOM_CUTS: usize = 4;

/// Where a stream is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Whole only: for streams whose answer depends on time.
    Whole,
    /// Whole, and in single bytes.
    Bytes,
    /// Whole, in single bytes, and in two halves at every place behind the head.
    Everywhere,
    /// As [`Cuts::Everywhere`], and at several random places, the same ones in every run.
    Thorough,
    /// Whole, and in a few uneven pieces: for long streams.
    Few,
}

/// One stream.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub stream: Vec<u8>,
    /// Where the bytes behind the head begin.
    pub behind_head: usize,
    /// `None`: the servers have to agree, whatever they say.
    pub expected: Option<Answer>,
    pub first: First,
    pub cuts: Cuts,
    /// Inflated data may be judged before or after the fault that follows it.
    pub any_1007: bool,
}

impl Case {
    /// A request and what comes behind it, answered exactly so; the server ends its stream first.
    #[must_use]
    pub fn new(name: impl Into<String>, request: &Request, behind: &[u8], expected: Answer) -> Self {
        let head = request.bytes();
        let behind_head = head.len();
        let stream = [head, behind.to_vec()].concat();
        let cuts = if behind.len() > 600 { Cuts::Few } else { Cuts::Everywhere };
        Self {
            name: name.into(),
            stream,
            behind_head,
            expected: Some(expected),
            first: First::Server,
            cuts,
            any_1007: false,
        }
    }

    /// Frames behind a plain request for `/`.
    #[must_use]
    pub fn frames(name: impl Into<String>, frames: &[Frame], expected: Answer) -> Self {
        Self::new(name, &Request::new("/"), &bytes(frames), expected)
    }

    /// The client ends its stream first.
    #[must_use]
    pub fn client_ends(mut self) -> Self {
        self.first = First::Client;
        self
    }

    /// Only agreement is demanded.
    #[must_use]
    pub fn agreed(mut self) -> Self {
        self.expected = None;
        self
    }

    #[must_use]
    pub fn cut(mut self, cuts: Cuts) -> Self {
        self.cuts = cuts;
        self
    }

    /// All ways to play it.
    #[must_use]
    pub fn plays(&self) -> Vec<Play> {
        let length = self.stream.len();
        let play = |cuts: &[usize]| Play::new(&self.stream, cuts, self.first);
        let mut plays = vec![play(&[])];
        if length > 1 && matches!(self.cuts, Cuts::Bytes | Cuts::Everywhere | Cuts::Thorough) {
            plays.push(play(&(1..length).collect::<Vec<_>>()));
        }
        if matches!(self.cuts, Cuts::Everywhere | Cuts::Thorough) && self.behind_head < length {
            let step = (length - self.behind_head).div_ceil(HALVES);
            plays.extend((self.behind_head..length).step_by(step).map(|cut| play(&[cut])));
        }
        if self.cuts == Cuts::Thorough && length > 3 {
            let mut random = Random::new(u64::try_from(length).unwrap_or_default());
            plays.extend((0..RANDOM_CUTS).map(|_| play(&random.cuts(length))));
        }
        if self.cuts == Cuts::Few && self.behind_head + 12 < length {
            let behind = length - self.behind_head;
            let at = |share: usize| self.behind_head + behind * share / 7;
            plays.push(play(&[self.behind_head, (self.behind_head + 3).min(length), at(2), at(5)]));
            plays.push(play(&[at(1), at(6), length - 1]));
        }
        plays
    }
}

/// The cases for one of the laboratory's specs.
#[must_use]
pub fn of(spec: &str) -> Vec<Case> {
    let mut cases = match spec {
        "plain" => [handshake::cases(), frames::cases(), data::cases(), close::cases(), utf8::cases()].concat(),
        "deflate" => [negotiation::with_takeover(), compression::with_takeover()].concat(),
        "fresh" => [negotiation::without_takeover(), compression::without_takeover()].concat(),
        "policy" => policy::strict(),
        "lenient" => policy::lenient(),
        "rates" => rates::cases(),
        "tcp-rates" => tcp::rates(),
        _ => tcp::cases(spec),
    };
    cases.extend(match spec {
        "plain" => mutate::mutations(&cases, 1500),
        "deflate" | "fresh" => mutate::mutations(&cases, 700),
        "policy" | "lenient" => mutate::mutations(&cases, 300),
        _ => vec![],
    });
    cases
}

/// The bytes of all frames.
fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).collect()
}

/// A Close with 1000, which ends a good connection, and its answer.
fn bye() -> Frame {
    Frame::close(1000, "")
}
