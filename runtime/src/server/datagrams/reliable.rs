//! The numbers of one peer's datagrams, both ways.

use super::drops::Reason;
use crate::protocol::reliability::header::{self, ACKNOWLEDGEMENT, Acknowledgement, Datagram};
use crate::protocol::reliability::received::{Expected, Recent, Verdict};
use crate::protocol::reliability::unacknowledged::{Lost, Unacknowledged};
use crate::server::config::Reliability;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

/// The numbers of one peer's datagrams, both ways.
pub enum Reliable {
    /// Numbers alone.
    Sequence { recent: Recent, session: u16, next: u32 },
    /// Acknowledgements.
    Ack { expected: Expected, unacknowledged: Unacknowledged },
}

impl Reliable {
    /// A new peer's numbers, if there are any.
    pub fn new(reliability: Reliability) -> Option<Box<Self>> {
        // The keys of a hash table are random numbers of the kernel's.
        let session = RandomState::new().hash_one(()) as u16;
        Some(Box::new(match reliability {
            Reliability::None => return None,
            Reliability::Sequence => Self::Sequence { recent: Recent::default(), session, next: 0 },
            Reliability::Ack => Self::Ack {
                expected: Expected::default(),
                unacknowledged: Unacknowledged::new(session),
            },
        }))
    }

    /// Takes what came; a payload is to be delivered.
    pub fn receive<'a>(
        &mut self,
        datagram: &Datagram<'a>,
        now: Instant,
        send: &mut impl FnMut(&[u8]),
    ) -> Result<Option<&'a [u8]>, Reason> {
        match (self, datagram) {
            (Self::Sequence { recent, .. }, Datagram::Data(session, number, payload)) => {
                judge(recent.receive(*session, *number)).map(|()| Some(*payload))
            }
            (Self::Ack { expected, .. }, Datagram::Data(session, number, payload)) => {
                judge(expected.receive(*session, *number)).map(|()| Some(*payload))
            }
            (Self::Ack { unacknowledged, .. }, Datagram::Ack(acknowledgement)) => {
                let done = unacknowledged.acknowledge(*acknowledgement, now, send);
                done.map(|()| None).map_err(|_| Reason::Malformed)
            }
            (Self::Sequence { .. }, Datagram::Ack(_)) => Err(Reason::Malformed),
        }
    }

    /// Sends a payload, or queues it.
    pub fn send(
        &mut self,
        payload: &[u8],
        now: Instant,
        send: &mut impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Reason> {
        match self {
            Self::Sequence { session, next, .. } => {
                send(&header::data(*session, *next), payload);
                *next = next.wrapping_add(1);
                Ok(())
            }
            Self::Ack { unacknowledged, .. } => unacknowledged
                .push(payload, now, &mut |bytes| send(bytes, b""))
                .map_err(|_| Reason::WindowFull),
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
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Sequence { .. } => None,
            Self::Ack { unacknowledged, .. } => unacknowledged.deadline(),
        }
    }

    /// Sends again what is due.
    pub fn resend(&mut self, now: Instant, send: &mut impl FnMut(&[u8])) -> Result<(), Lost> {
        match self {
            Self::Sequence { .. } => Ok(()),
            Self::Ack { unacknowledged, .. } => unacknowledged.resend(now, send),
        }
    }
}

fn judge(verdict: Verdict) -> Result<(), Reason> {
    match verdict {
        Verdict::Deliver => Ok(()),
        Verdict::Duplicate => Err(Reason::Duplicate),
        Verdict::Late => Err(Reason::Late),
        Verdict::BeyondWindow => Err(Reason::BeyondWindow),
    }
}
