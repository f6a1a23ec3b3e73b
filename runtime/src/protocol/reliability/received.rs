//! Which of a peer's datagrams have come: what is delivered, and what is dropped.

use super::header::Acknowledgement;
use super::{WINDOW, distance};

/// What a numbered datagram turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// New: to be delivered.
    Deliver,
    /// It came before.
    Duplicate,
    /// Too old to be told from a duplicate.
    Late,
    /// Too new to be remembered.
    BeyondWindow,
}

/// The numbers below the highest one so far, for `reliability: sequence`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recent {
    window: Option<RecentWindow>,
}

#[derive(Clone, Copy, Debug)]
struct RecentWindow {
    session: u16,
    highest: u32,
    /// The least significant bit stands for the highest, the next one for the number below it.
    map: u64,
}

impl Recent {
    /// Judges a number, and remembers it.
    pub fn receive(&mut self, session: u16, number: u32) -> Verdict {
        match &mut self.window {
            Some(window) if window.session == session => window.receive(number),
            window => {
                *window = Some(RecentWindow { session, highest: number, map: 1 });
                Verdict::Deliver
            }
        }
    }
}

impl RecentWindow {
    fn receive(&mut self, number: u32) -> Verdict {
        let ahead = distance(number, self.highest);
        let steps = ahead.unsigned_abs();
        if ahead > 0 {
            self.map = self.map.checked_shl(steps).unwrap_or(0) | 1;
            self.highest = number;
            return Verdict::Deliver;
        }
        match steps {
            behind @ 0..WINDOW => take(&mut self.map, behind),
            _ => Verdict::Late,
        }
    }
}

/// The numbers from the next expected one on, for `reliability: ack`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    session: u16,
    next: u32,
    /// The least significant bit stands for `next`.
    map: u64,
    /// An acknowledgement is due.
    owed: bool,
}

impl Expected {
    /// Judges a number, and remembers it.
    pub fn receive(&mut self, session: u16, number: u32) -> Verdict {
        if self.session != session {
            *self = Self { session, ..Self::default() };
        }
        let verdict = match distance(number, self.next) {
            ..0 => Verdict::Duplicate,
            ahead => match ahead.unsigned_abs() {
                ahead @ 0..WINDOW => take(&mut self.map, ahead),
                _ => return Verdict::BeyondWindow,
            },
        };
        let complete = self.map.trailing_ones();
        self.map = self.map.checked_shr(complete).unwrap_or(0);
        self.next = self.next.wrapping_add(complete);
        self.owed = true;
        verdict
    }

    /// The acknowledgement of what came since the last one.
    pub fn acknowledge(&mut self) -> Option<Acknowledgement> {
        let Self { session, next, map, .. } = *self;
        std::mem::take(&mut self.owed).then_some(Acknowledgement { session, next, map })
    }
}

/// Sets a bit that stands for a number.
fn take(map: &mut u64, place: u32) -> Verdict {
    let bit = 1 << place;
    let verdict = if *map & bit == 0 { Verdict::Deliver } else { Verdict::Duplicate };
    *map |= bit;
    verdict
}
