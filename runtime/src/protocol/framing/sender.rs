//! The sending half of a connection.

use super::Framing;
use crate::protocol::phase::{Phase, Sender};
use crate::protocol::sink::Sink;
use std::fmt;

/// A message is longer than its prefix can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("message does not fit its prefix")
    }
}

impl std::error::Error for Unfit {}

/// The sending half of a connection.
#[derive(Debug, Default)]
pub struct Link {
    phase: Phase,
}

impl Sender for Link {
    #[inline]
    fn phase(&self) -> Phase {
        self.phase
    }

    fn linger(&mut self) {
        self.phase = Phase::Lingering;
    }

    fn end(&mut self) {
        self.phase = Phase::Ended;
    }
}

impl Link {
    /// The connection was accepted.
    pub fn open(&mut self) {
        self.phase = Phase::Open;
    }

    /// Sends a message; nothing unless the connection is open.
    ///
    /// # Errors
    /// [`Unfit`] if it is too long for its prefix.
    #[inline]
    pub fn message(
        &mut self,
        payload: &[u8],
        framing: Framing,
        sink: &mut impl Sink,
    ) -> Result<(), Unfit> {
        if self.phase != Phase::Open {
            return Ok(());
        }
        match framing {
            Framing::None => sink.send(b"", payload),
            Framing::Lines => sink.send(payload, b"\n"),
            Framing::Delimiter(delimiter) => sink.send(payload, delimiter),
            Framing::LengthPrefix(prefix) => {
                let header = prefix.write(payload.len() as u64)?;
                sink.send(&header[..prefix.bytes], payload);
            }
        }
        Ok(())
    }
}
