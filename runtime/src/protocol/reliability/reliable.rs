//! The numbers of one peer's datagrams, both ways.

use super::header::{self, ACKNOWLEDGEMENT, Acknowledgement, Datagram};
use super::received::{Expected, Recent, Verdict};
use super::unacknowledged::{Lost, Unacknowledged, WindowFull};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

/// Why a datagram is not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is none that the peer may send.
    Malformed,
    /// It came before.
    Duplicate,
    /// Too old to be told from a duplicate.
    Late,
    /// Too new to be remembered.
    BeyondWindow,
}

/// The numbers of one peer's datagrams, both ways.
#[derive(Debug)]
pub enum Reliable {
    /// Numbers alone.
    Sequence {
        /// What came.
        recent: Recent,
        /// Of what goes out.
        session: u16,
        /// The number of the next that goes out.
        next: u32,
    },
    /// Acknowledgements.
    Ack {
        /// What came.
        expected: Expected,
        /// What went out.
        unacknowledged: Unacknowledged,
    },
}

impl Reliable {
    /// Numbers alone, of a new session.
    #[must_use]
    pub fn sequence() -> Self {
        Self::Sequence { recent: Recent::default(), session: draw(), next: 0 }
    }

    /// Acknowledgements, of a new session.
    #[must_use]
    pub fn ack() -> Self {
        Self::Ack { expected: Expected::default(), unacknowledged: Unacknowledged::new(draw()) }
    }

    /// Takes what came; a payload is to be delivered. What waited for an acknowledgement goes out.
    ///
    /// # Errors
    /// Why it is not delivered.
    pub fn receive<'a>(
        &mut self,
        datagram: &Datagram<'a>,
        now: Instant,
        send: &mut impl FnMut(&[u8]),
    ) -> Result<Option<&'a [u8]>, Fault> {
        match (self, datagram) {
            (Self::Sequence { recent, .. }, Datagram::Data(session, number, payload)) => {
                judge(recent.receive(*session, *number)).map(|()| Some(*payload))
            }
            (Self::Ack { expected, .. }, Datagram::Data(session, number, payload)) => {
                judge(expected.receive(*session, *number)).map(|()| Some(*payload))
            }
            (Self::Ack { unacknowledged, .. }, Datagram::Ack(acknowledgement)) => {
                let done = unacknowledged.acknowledge(*acknowledgement, now, send);
                done.map(|()| None).map_err(|_| Fault::Malformed)
            }
            (Self::Sequence { .. }, Datagram::Ack(_)) => Err(Fault::Malformed),
        }
    }

    /// Sends a payload, or queues it.
    ///
    /// # Errors
    /// [`WindowFull`] if as many wait as may: it is dropped.
    pub fn send(
        &mut self,
        payload: &[u8],
        now: Instant,
        send: &mut impl FnMut(&[u8], &[u8]),
    ) -> Result<(), WindowFull> {
        match self {
            Self::Sequence { session, next, .. } => {
                send(&header::data(*session, *next), payload);
                *next = next.wrapping_add(1);
                Ok(())
            }
            Self::Ack { unacknowledged, .. } => {
                unacknowledged.push(payload, now, &mut |bytes| send(bytes, b""))
            }
        }
    }

    /// What has come and was not acknowledged yet.
    pub fn acknowledge(&mut self) -> Option<[u8; ACKNOWLEDGEMENT]> {
        match self {
            Self::Sequence { .. } => None,
            Self::Ack { expected, .. } => expected.acknowledge().map(Acknowledgement::to_bytes),
        }
    }

    /// When something is to be sent again.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Sequence { .. } => None,
            Self::Ack { unacknowledged, .. } => unacknowledged.deadline(),
        }
    }

    /// Sends again what is due.
    ///
    /// # Errors
    /// [`Lost`] if one was sent as often as it may be.
    pub fn resend(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) -> Result<(), Lost> {
        match self {
            Self::Sequence { .. } => Ok(()),
            Self::Ack { unacknowledged, .. } => unacknowledged.resend(now, send),
        }
    }
}

/// The keys of a hash table are random numbers of the kernel's.
fn draw() -> u16 {
    RandomState::new().hash_one(()) as u16
}

fn judge(verdict: Verdict) -> Result<(), Fault> {
    match verdict {
        Verdict::Deliver => Ok(()),
        Verdict::Duplicate => Err(Fault::Duplicate),
        Verdict::Late => Err(Fault::Late),
        Verdict::BeyondWindow => Err(Fault::BeyondWindow),
    }
}
