//! The pause in accepting after the process ran out of descriptors or memory.

use super::trace::message;
use crate::server::{Level, Log, Value};
use rustix::io::Errno;
use std::mem;
use std::time::{Duration, Instant};

/// How long nothing is accepted.
const LENGTH: Duration = Duration::from_millis(100);

/// Until when nothing is accepted, if so.
pub struct Pause {
    log: Log,
    /// The last accept failed for want of resources: that is logged already.
    logged: bool,
    until: Option<Instant>,
}

impl Pause {
    pub fn new(log: Log) -> Self {
        Self { log, logged: false, until: None }
    }

    /// When to accept again.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }

    /// The process has run out of something.
    pub fn begin(&mut self, error: Errno) {
        if !mem::replace(&mut self.logged, true) {
            let text = message(error);
            self.log.event(Level::Error, "accept-failed", &[("error", Value::Text(&text))]);
        }
        self.until = Some(Instant::now() + LENGTH);
    }

    /// A connection was accepted.
    pub fn accepted(&mut self) {
        self.logged = false;
    }

    /// Whether it is over; it is not over twice.
    pub fn ends(&mut self, now: Instant) -> bool {
        self.until.take_if(|until| *until <= now).is_some()
    }
}
