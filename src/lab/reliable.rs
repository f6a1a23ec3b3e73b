//! Datagrams with numbers in front (`udp.reliability`), from the client's side.

use std::time::Instant;

use rand::Rng as _;
use specgen_runtime::protocol::reliability::header::{self, Acknowledgement, Datagram};
use specgen_runtime::protocol::reliability::received::{Expected, Recent, Verdict};
use specgen_runtime::protocol::reliability::unacknowledged::Unacknowledged;

use crate::model::Reliability;

pub(super) use specgen_runtime::protocol::reliability::header::HEADER;
pub(super) use specgen_runtime::protocol::reliability::unacknowledged::{Lost, WindowFull};

/// How many messages may be under way to a server that sends its answers until they are acknowledged: so many wait behind its window, which may
/// be full of answers that came already; it drops further ones.
const MOST: usize = 192;

/// The numbers of one server's datagrams, both ways.
#[derive(Debug)]
pub(super) enum Reliable {
    /// Numbers alone.
    Sequence {
        /// What came.
        recent: Recent,
        /// Of what goes out.
        session: u16,
        /// Of what goes out.
        next: u32,
    },
    /// Numbers, acknowledged.
    Ack {
        /// What came.
        expected: Expected,
        /// What went out.
        unacknowledged: Unacknowledged,
    },
}

impl Reliable {
    /// A session, if there are numbers at all.
    pub(super) fn new(reliability: Reliability) -> Option<Self> {
        let session = rand::rng().random();
        match reliability {
            Reliability::None => None,
            Reliability::Sequence => Some(Self::Sequence { recent: Recent::default(), session, next: 0 }),
            Reliability::Ack => {
                Some(Self::Ack { expected: Expected::default(), unacknowledged: Unacknowledged::new(session) })
            }
        }
    }

    /// Whether the answer to one more message has room where `pending` are under way.
    pub(super) fn has_room(&self, pending: usize) -> bool {
        !self.is_acknowledged() || pending < MOST
    }

    /// Whether what is lost on the way is sent again.
    pub(super) fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Ack { .. })
    }

    /// Sends a payload, now or as soon as the window lets it.
    ///
    /// # Errors
    /// If as many wait as may.
    pub(super) fn send(&mut self, payload: &[u8], send: &mut impl FnMut(&[u8])) -> Result<(), WindowFull> {
        match self {
            Self::Sequence { session, next, .. } => {
                send(&[&header::data(*session, *next), payload].concat());
                *next = next.wrapping_add(1);
                Ok(())
            }
            Self::Ack { unacknowledged, .. } => unacknowledged.push(payload, Instant::now(), send),
        }
    }

    /// Takes a datagram: its payload if it is a new one. What waited for an acknowledgement goes out.
    ///
    /// # Errors
    /// If it is none that the server may send.
    pub(super) fn receive<'a>(
        &mut self,
        datagram: &'a [u8],
        send: &mut impl FnMut(&[u8]),
    ) -> Result<Option<&'a [u8]>, Malformed> {
        match (self, header::parse(datagram).ok_or(Malformed)?) {
            (Self::Sequence { recent, .. }, Datagram::Data(session, number, payload)) => {
                Ok((recent.receive(session, number) == Verdict::Deliver).then_some(payload))
            }
            (Self::Ack { expected, .. }, Datagram::Data(session, number, payload)) => {
                Ok((expected.receive(session, number) == Verdict::Deliver).then_some(payload))
            }
            (Self::Ack { unacknowledged, .. }, Datagram::Ack(acknowledgement)) => {
                let taken = unacknowledged.acknowledge(acknowledgement, Instant::now(), send);
                taken.map(|()| None).map_err(|_| Malformed)
            }
            (Self::Sequence { .. }, Datagram::Ack(_)) => Err(Malformed),
        }
    }

    /// Acknowledges what came since the last time.
    pub(super) fn acknowledge(&mut self, send: &mut impl FnMut(&[u8])) {
        if let Self::Ack { expected, .. } = self
            && let Some(due) = expected.acknowledge().map(Acknowledgement::to_bytes)
        {
            send(&due);
        }
    }

    /// When something is to be sent again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Sequence { .. } => None,
            Self::Ack { unacknowledged, .. } => unacknowledged.deadline(),
        }
    }

    /// Sends again what is due.
    ///
    /// # Errors
    /// If a datagram was sent as often as it may be.
    pub(super) fn resend(&mut self, send: &mut impl FnMut(&[u8])) -> Result<(), Lost> {
        match self {
            Self::Sequence { .. } => Ok(()),
            Self::Ack { unacknowledged, .. } => unacknowledged.resend(Instant::now(), send),
        }
    }
}

/// A datagram that no server with these numbers sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;
