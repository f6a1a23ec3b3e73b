//! Datagrams that are dropped: counted, and logged once a second.

use crate::protocol::reliability::reliable::Fault;
use crate::server::config::{Level, Log};
use crate::server::log::Value;
use std::time::{Duration, Instant};

/// Between two events of one cause.
const PERIOD: Duration = Duration::from_secs(1);

/// Why a datagram is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    TooLong,
    RateLimit,
    NotSent,
    Malformed,
    Duplicate,
    Late,
    BeyondWindow,
    WindowFull,
}

impl From<Fault> for Reason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed => Self::Malformed,
            Fault::Duplicate => Self::Duplicate,
            Fault::Late => Self::Late,
            Fault::BeyondWindow => Self::BeyondWindow,
        }
    }
}

/// In the order of [`Reason`].
const NAMES: [&str; 8] = [
    "too long",
    "rate limit",
    "not sent",
    "malformed",
    "duplicate",
    "late",
    "beyond window",
    "window full",
];

impl Reason {
    /// As people read it.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// How many datagrams were dropped, by cause.
#[derive(Default)]
pub struct Drops {
    causes: [Cause; NAMES.len()],
}

#[derive(Clone, Copy, Default)]
struct Cause {
    /// Since the last event.
    unlogged: u64,
    /// When the next event may be.
    next: Option<Instant>,
}

impl Drops {
    /// Counts dropped datagrams.
    #[cold]
    pub fn add(&mut self, reason: Reason, count: u64, now: Instant, log: Log) {
        let cause = &mut self.causes[reason as usize];
        cause.unlogged += count;
        if cause.unlogged > 0 && cause.next.is_none_or(|next| next <= now) {
            cause.next = Some(now + PERIOD);
            cause.report(reason.name(), log);
        }
    }

    /// When something is to be logged.
    pub fn deadline(&self) -> Option<Instant> {
        self.causes.iter().filter(|cause| cause.unlogged > 0).filter_map(|cause| cause.next).min()
    }

    /// Logs what is due.
    pub fn expire(&mut self, now: Instant, log: Log) {
        for (cause, name) in self.causes.iter_mut().zip(NAMES) {
            if cause.unlogged > 0 && cause.next.is_some_and(|next| next <= now) {
                cause.next = Some(now + PERIOD);
                cause.report(name, log);
            }
        }
    }
}

impl Cause {
    fn report(&mut self, reason: &str, log: Log) {
        let count = Value::Number(std::mem::take(&mut self.unlogged));
        log.event(Level::Warn, "dropped", &[("reason", Value::Text(reason)), ("count", count)]);
    }
}
