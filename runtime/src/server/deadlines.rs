//! Deadlines, at most one a connection, armed lazily: activity only moves a connection's own
//! instants; whether its deadline has moved is looked at when the armed one passes.

use super::slab::Token;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// The armed deadlines, the earliest first.
#[derive(Default)]
pub struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, Token)>>,
}

impl Deadlines {
    /// Arms a deadline.
    pub fn arm(&mut self, at: Instant, token: Token) {
        self.heap.push(Reverse((at, token)));
    }

    /// The earliest deadline.
    pub fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes a deadline that has passed.
    pub fn pop_due(&mut self, now: Instant) -> Option<(Instant, Token)> {
        if self.earliest()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}
