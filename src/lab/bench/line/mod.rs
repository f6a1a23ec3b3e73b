//! One connection of many: what is due goes out, what comes back is checked.

mod channel;
mod datagrams;
mod echoes;
mod stamps;
mod stream;
mod upgrade;

use std::sync::Arc;
use std::time::Instant;

use mio::Registry;
use mio::Token;
use specgen_runtime::protocol::receiver::{Rules, Shared};

use super::sample::{Interval, Tally};
use super::schedule::Dues;
use super::target::Target;
use crate::lab::trouble::Trouble;

/// A server may send for so long, in nanoseconds, without an end and without an echo.
const NOISE: u64 = 5_000_000_000;

pub(super) use datagrams::Datagrams;
pub(super) use stream::Stream;

/// What all lines of a thread share.
pub(super) struct Desk {
    /// Where reads go.
    pub(super) buffer: Vec<u8>,
    /// Buffers and inflaters for what does not come in one read.
    pub(super) shared: Shared,
    /// What servers' messages are held to.
    pub(super) rules: Rules,
    /// When the run began.
    pub(super) epoch: Instant,
    /// Nanoseconds since the epoch.
    pub(super) now: u64,
    /// What is taken down.
    pub(super) tally: Tally,
    /// Latencies of the current part of the time.
    pub(super) interval: Interval,
    /// When the time under load would have begun, had there been no pauses: in nanoseconds since the epoch, maybe before it.
    pub(super) origin: i64,
}

impl Desk {
    /// A desk of a thread, with a buffer for its reads.
    pub(super) fn new(epoch: Instant, buffer: Vec<u8>, rules: Rules) -> Self {
        Self {
            buffer,
            shared: Shared::default(),
            rules,
            epoch,
            now: 0,
            tally: Tally::default(),
            interval: Interval::default(),
            origin: 0,
        }
    }

    /// Looks at the clock.
    #[inline]
    pub(super) fn refresh(&mut self) {
        self.now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
    }

    /// How long a server was under load, in nanoseconds.
    #[inline]
    pub(super) fn load_time(&self) -> u64 {
        u64::try_from(self.now as i64 - self.origin).unwrap_or(0)
    }

    /// Takes an echo down, of a message that was due or sent at a time of load.
    #[inline]
    fn echoed(&mut self, since: u64, count: u64) {
        let latency = self.load_time().saturating_sub(since);
        self.interval.latency.record_all(latency, count);
        self.tally.counts.echoed += count;
        self.tally.last_echo = self.now;
    }
}

/// One connection, or one UDP socket.
pub(super) enum Line {
    /// Over TCP.
    Stream(Box<Stream>),
    /// Over UDP.
    Datagrams(Box<Datagrams>),
}

impl Line {
    /// Begins to connect.
    pub(super) fn connect(target: &Arc<Target>, registry: &Registry, token: Token) -> Result<Self, Trouble> {
        match &target.messages {
            Some(messages) => {
                Stream::connect(target, Arc::clone(messages), registry, token).map(Box::new).map(Self::Stream)
            }
            None => Datagrams::connect(target, registry, token).map(Box::new).map(Self::Datagrams),
        }
    }

    /// Whether messages can be sent.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.is_open(),
            Self::Datagrams(_) => true,
        }
    }

    /// Another `count` messages are to be sent. In a closed loop they count from now.
    #[inline]
    pub(super) fn owe(&mut self, count: u64, closed_loop: bool, desk: &Desk) {
        match self {
            Self::Stream(stream) => stream.owe(count, closed_loop, desk),
            Self::Datagrams(datagrams) => datagrams.owe(count, desk),
        }
    }

    /// Sends what is to be sent, as far as the system takes it.
    ///
    /// # Errors
    /// When the connection is gone.
    #[inline]
    pub(super) fn flush(&mut self, dues: Option<Dues<'_>>, desk: &mut Desk) -> Result<(), Trouble> {
        match self {
            Self::Stream(stream) => stream.flush(desk),
            Self::Datagrams(datagrams) => datagrams.flush(dues, desk),
        }
    }

    /// Reads what is there; gives how many messages are not under way any more. In an open loop `dues` says when
    /// those of this line were due; the system said that the stream has `ended`.
    ///
    /// # Errors
    /// When the connection is gone, or the server does something else than to echo.
    #[inline]
    pub(super) fn read(&mut self, dues: Option<Dues<'_>>, ended: bool, desk: &mut Desk) -> Result<u64, Trouble> {
        match self {
            Self::Stream(stream) => stream.read(dues, ended, desk),
            Self::Datagrams(datagrams) => datagrams.read(desk),
        }
    }

    /// The socket takes more.
    ///
    /// # Errors
    /// When it did not connect, or is gone.
    pub(super) fn writable(&mut self, desk: &mut Desk) -> Result<(), Trouble> {
        match self {
            Self::Stream(stream) => stream.writable(desk),
            Self::Datagrams(datagrams) => {
                datagrams.unblock();
                Ok(())
            }
        }
    }

    /// Gives up datagrams that are lost, and gives their number.
    ///
    /// # Errors
    /// When nothing came back for `timeout` nanoseconds.
    pub(super) fn give_up(&mut self, timeout: u64, desk: &mut Desk) -> Result<u64, Trouble> {
        match self {
            Self::Stream(stream) => stream.overdue(timeout, desk.now).map_or(Ok(0), Err),
            Self::Datagrams(datagrams) => datagrams.give_up(timeout, desk),
        }
    }

    /// Messages that are to be sent or to come back.
    pub(super) fn outstanding(&self) -> u64 {
        match self {
            Self::Stream(stream) => stream.outstanding(),
            Self::Datagrams(datagrams) => datagrams.outstanding(),
        }
    }

    /// Says goodbye; what comes back is read until the server ends the connection.
    pub(super) fn close(&mut self) {
        if let Self::Stream(stream) = self {
            stream.close();
        }
    }

    /// Whether the server has yet to end the connection.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self, Self::Stream(stream) if stream.is_closing())
    }
}
