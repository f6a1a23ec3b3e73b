//! What was sent and seen, for people: the beginning of it, in few words.

use super::frame::{Frame, Shown};
use super::payload::Payload;
use super::role::Role;

/// How many lines of each are kept.
const MOST: usize = 24;

/// What was sent and seen.
#[derive(Clone, Debug)]
pub struct Log {
    role: Role,
    sent: Lines,
    seen: Lines,
}

/// Lines, of which the first are kept and the others counted.
#[derive(Clone, Debug, Default)]
struct Lines {
    kept: Vec<String>,
    more: usize,
}

impl Lines {
    fn add(&mut self, line: impl FnOnce() -> String) {
        if self.kept.len() < MOST { self.kept.push(line()) } else { self.more += 1 }
    }

    fn all(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("… and {} more", self.more));
        self.kept.iter().cloned().chain(more).collect()
    }
}

impl Log {
    /// Nothing yet, by that end.
    pub fn new(role: Role) -> Self {
        Self { role, sent: Lines::default(), seen: Lines::default() }
    }

    /// A frame was sent.
    pub fn sent(&mut self, frame: &Frame) {
        self.sent.add(|| Shown(frame, self.role).to_string());
    }

    /// A part of a frame was sent.
    pub fn sent_part(&mut self, frame: &Frame, from: usize, to: usize) {
        let part = Frame { payload: Payload::from(frame.payload.bytes()[from..to].to_vec()), ..frame.clone() };
        self.sent.add(|| format!("bytes {from} to {to} of one frame: {}", Shown(&part, self.role)));
    }

    /// Something else was sent.
    pub fn did(&mut self, what: impl FnOnce() -> String) {
        self.sent.add(what);
    }

    /// A frame was seen.
    pub fn seen(&mut self, frame: String, faults: &[&'static str]) {
        self.seen.add(|| if faults.is_empty() { frame } else { format!("{frame}: {}", faults.join("; ")) });
    }

    /// Something else was seen.
    pub fn note(&mut self, what: String) {
        self.seen.add(|| what);
    }

    /// The lines of what was sent, and of what was seen.
    pub fn lines(&self) -> (Vec<String>, Vec<String>) {
        (self.sent.all(), self.seen.all())
    }
}
