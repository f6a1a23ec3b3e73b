//! One connection of a server.

use super::address::Address;
use super::config::Config;
use super::output::Output;
use super::protocol::Protocol;
use crate::protocol::phase::{Phase, Sender as _};
use std::time::Instant;

/// Which events of a socket matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Input, or the end of it.
    pub read: bool,
    /// Room for output.
    pub write: bool,
}

/// What is due for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<D> {
    /// `timeouts.write` has passed without progress.
    Write,
    /// `timeouts.idle` has passed.
    Idle,
    /// `timeouts.close` has passed.
    Close,
    /// Something of the protocol's own.
    Protocol(D),
}

/// One connection.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub struct Connection<P: Protocol, S> {
    pub session: P::Session,
    pub link: P::Link,
    pub output: Output<S>,
    pub address: Address,
    /// The open callback was called, or is to be.
    pub opened: bool,
    /// It is counted as open.
    pub admitted: bool,
    /// The close callback was called.
    pub told: bool,
    /// The sending side is shut down.
    pub shut: bool,
    /// The socket is to be closed as soon as the output is written, or cannot be.
    pub hasty: bool,
    /// Above the high watermark, and not yet below half of it.
    pub congested: bool,
    /// Not read, because its own output waits.
    pub paused: bool,
    /// Not read, because the output of others waits that it caused.
    pub paused_for_others: bool,
    /// In the list of connections to be settled.
    pub touched: bool,
    /// What the driver was last told.
    pub interest: Interest,
    /// The earliest deadline that is armed.
    pub armed: Option<Instant>,
    /// When the current phase began.
    pub since: Instant,
    pub last_input: Instant,
    pub ping_sent: Option<Instant>,
    /// Input that came before the connection was paused.
    pub unread: Vec<u8>,
    /// The code that the close callback was called with.
    #[cfg(all(feature = "metrics", feature = "websocket"))]
    pub code: Option<u16>,
}

impl<P: Protocol, S> Connection<P, S> {
    pub fn new(output: Output<S>, address: Address, now: Instant) -> Self {
        Self {
            session: P::Session::default(),
            link: P::Link::default(),
            output,
            address,
            opened: false,
            admitted: false,
            told: false,
            shut: false,
            hasty: false,
            congested: false,
            paused: false,
            paused_for_others: false,
            touched: false,
            interest: Interest { read: true, write: false },
            armed: None,
            since: now,
            last_input: now,
            ping_sent: None,
            unread: Vec::new(),
            #[cfg(all(feature = "metrics", feature = "websocket"))]
            code: None,
        }
    }

    /// Keeps the code for those who count.
    #[cfg(all(feature = "metrics", feature = "websocket"))]
    pub fn keep_code(&mut self, code: Option<u16>) {
        self.code = code;
    }

    pub fn is_open(&self) -> bool {
        self.link.phase() == Phase::Open
    }

    /// Whether input may be read to where it is wanted.
    #[cfg(all(feature = "readiness", not(feature = "tls")))]
    pub fn reads_directly(&self) -> bool {
        self.is_open()
    }

    /// Whether its input waits for output to be taken.
    pub fn is_paused(&self) -> bool {
        self.is_open() && (self.paused || self.paused_for_others)
    }

    pub fn wanted(&self) -> Interest {
        let read = !self.is_paused() && self.link.phase() != Phase::Ended;
        Interest { read, write: self.output.blocked }
    }

    /// The next thing that is due, and when.
    pub fn deadline(&self, config: &Config) -> Option<(Instant, Due<P::Due>)> {
        let timeouts = &config.timeouts;
        #[cfg(feature = "tls")]
        if self.is_securing() {
            return Some((self.since + timeouts.handshake, Due::Close));
        }
        let write = timeouts.write.filter(|_| self.output.blocked);
        let write = write.map(|timeout| (self.output.progress + timeout, Due::Write));
        let phase = match self.link.phase() {
            Phase::Open if !self.is_paused() => {
                timeouts.idle.map(|timeout| (self.last_input + timeout, Due::Idle))
            }
            Phase::Handshake | Phase::Open => None,
            Phase::Closing => Some((self.since + timeouts.close, Due::Close)),
            // A peer that still takes what is owed is not cut off.
            Phase::Lingering | Phase::Ended => {
                let from = self.since.max(self.output.progress);
                Some((from + timeouts.close, Due::Close))
            }
        };
        let own = P::deadline(self, config).map(|(at, due)| (at, Due::Protocol(due)));
        // Of two at the same time the first is meant.
        [write, phase, own].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}
