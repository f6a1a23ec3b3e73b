//! What was sent and not acknowledged yet, and when it is sent again.

use super::header::{self, Acknowledgement};
use super::{WINDOW, distance};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many may wait behind the window.
const WAITING: usize = 192;
/// How long an acknowledgement is awaited at first.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// How long at most.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How often a datagram is sent in all.
const SENDINGS: u32 = 8;

/// The queue is full: the datagram is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFull;

/// The acknowledgement is of another session, or of a number that was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A datagram was sent as often as it may be: the peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// A datagram, from its header on.
#[derive(Debug)]
struct Sent {
    bytes: Vec<u8>,
    acknowledged: bool,
    sendings: u32,
    /// When it is sent again.
    due: Instant,
}

/// The datagrams of a session, from the oldest one that is not acknowledged on.
#[derive(Debug)]
pub struct Unacknowledged {
    session: u16,
    /// The number of the first in the queue.
    oldest: u32,
    queue: VecDeque<Sent>,
    /// How many of the queue were sent.
    sent: usize,
}

impl Unacknowledged {
    /// A session at its first number.
    #[must_use]
    pub fn new(session: u16) -> Self {
        Self { session, oldest: 0, queue: VecDeque::new(), sent: 0 }
    }

    /// Queues a payload, and sends it if the window leaves room.
    ///
    /// # Errors
    /// [`WindowFull`] if there is no room to wait either.
    pub fn push(
        &mut self,
        payload: &[u8],
        now: Instant,
        send: &mut impl FnMut(&[u8]),
    ) -> Result<(), WindowFull> {
        if self.queue.len() >= WINDOW as usize + WAITING {
            return Err(WindowFull);
        }
        let number = self.oldest.wrapping_add(self.queue.len() as u32);
        let bytes = [&header::data(self.session, number), payload].concat();
        self.queue.push_back(Sent { bytes, acknowledged: false, sendings: 0, due: now });
        self.send_new(now, send);
        Ok(())
    }

    /// The peer has received something: what waited goes out.
    ///
    /// # Errors
    /// [`Malformed`] if it cannot be so.
    pub fn acknowledge(
        &mut self,
        acknowledgement: Acknowledgement,
        now: Instant,
        send: &mut impl FnMut(&[u8]),
    ) -> Result<(), Malformed> {
        let Acknowledgement { session, next, map } = acknowledgement;
        let highest = next.wrapping_add(u64::BITS - map.leading_zeros());
        let end = self.oldest.wrapping_add(self.sent as u32);
        if session != self.session || distance(next, end) > 0 || distance(highest, end) > 0 {
            return Err(Malformed);
        }
        for (place, sent) in self.queue.iter_mut().take(self.sent).enumerate() {
            sent.acknowledged |= is_received(self.oldest.wrapping_add(place as u32), next, map);
        }
        while self.queue.front().is_some_and(|sent| sent.acknowledged) {
            self.queue.pop_front();
            self.oldest = self.oldest.wrapping_add(1);
            self.sent -= 1;
        }
        self.send_new(now, send);
        Ok(())
    }

    fn send_new(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) {
        while self.sent < self.queue.len().min(WINDOW as usize) {
            self.queue[self.sent].send(now, send);
            self.sent += 1;
        }
    }

    /// When the next datagram is to be sent again.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let pending = self.queue.iter().take(self.sent).filter(|sent| !sent.acknowledged);
        pending.map(|sent| sent.due).min()
    }

    /// Sends again what is due.
    ///
    /// # Errors
    /// [`Lost`] if one was sent as often as it may be.
    pub fn resend(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) -> Result<(), Lost> {
        for sent in self.queue.iter_mut().take(self.sent) {
            if sent.acknowledged || sent.due > now {
                continue;
            }
            if sent.sendings == SENDINGS {
                return Err(Lost);
            }
            sent.send(now, send);
        }
        Ok(())
    }
}

impl Sent {
    fn send(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) {
        send(&self.bytes);
        self.due = now + (FIRST_WAIT * (1 << self.sendings)).min(LONGEST_WAIT);
        self.sendings += 1;
    }
}

/// Whether an acknowledgement covers a number.
fn is_received(number: u32, next: u32, map: u64) -> bool {
    match distance(number, next) {
        ..0 => true,
        ahead => map.checked_shr(ahead.unsigned_abs()).unwrap_or(0) & 1 == 1,
    }
}
