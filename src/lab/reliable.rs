//! Datagrams with numbers in front (`udp.reliability`), from the client's side.

use std::time::Instant;

use specgen_runtime::protocol::reliability::header;
use specgen_runtime::protocol::reliability::reliable::Fault;

use crate::model::Reliability;

pub(super) use specgen_runtime::protocol::reliability::reliable::Reliable;
pub(super) use specgen_runtime::protocol::reliability::unacknowledged::Lost;

/// How many messages may be under way to a server that sends its answers until they are acknowledged: so many wait behind its window, which may
/// be full of answers that came already; it drops further ones.
const MOST: usize = 192;

/// The numbers of a new session, if there are any.
pub(super) fn session(reliability: Reliability) -> Option<Reliable> {
    match reliability {
        Reliability::None => None,
        Reliability::Sequence => Some(Reliable::sequence()),
        Reliability::Ack => Some(Reliable::ack()),
    }
}

/// Bytes in front of a payload.
pub(super) fn header_size(reliability: Reliability) -> usize {
    if reliability == Reliability::None { 0 } else { header::HEADER }
}

/// Whether what is lost on the way is sent again.
pub(super) fn is_acknowledged(reliable: &Reliable) -> bool {
    matches!(reliable, Reliable::Ack { .. })
}

/// Whether the answer to one more message has room where `pending` are under way.
pub(super) fn has_room(reliable: &Reliable, pending: usize) -> bool {
    !is_acknowledged(reliable) || pending < MOST
}

/// Takes a datagram: its payload if that is new. What it lets go out, or is owed in return, goes to `send`.
///
/// # Errors
/// [`Fault::Malformed`] if it is none that the server may send.
pub(super) fn receive<'a>(
    reliable: &mut Reliable,
    datagram: &'a [u8],
    send: &mut impl FnMut(&[u8]),
) -> Result<Option<&'a [u8]>, Fault> {
    let parsed = header::parse(datagram).ok_or(Fault::Malformed)?;
    match reliable.receive(&parsed, Instant::now(), send) {
        Err(Fault::Duplicate | Fault::Late | Fault::BeyondWindow) => Ok(None),
        taken => taken,
    }
}

/// Acknowledges what came since the last time.
pub(super) fn acknowledge(reliable: &mut Reliable, send: &mut impl FnMut(&[u8])) {
    if let Some(due) = reliable.acknowledge() {
        send(&due);
    }
}
