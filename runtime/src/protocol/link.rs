//! The sending half of a connection: its phase, and the frames it sends (RFC 6455 §5, §7).

use super::close::{self, Failure};
#[cfg(feature = "compression")]
use super::deflate::{Deflater, Deflaters};
use super::frame::{Header, Opcode};
use super::message::Kind;
use super::phase::{Phase, Sender};
use super::sink::Sink;

/// What the connections of a worker share for sending.
pub struct Outbox {
    /// Messages with a longer payload go out in frames of at most so many bytes.
    pub fragment_size: Option<usize>,
    /// Messages with a shorter payload go out uncompressed.
    #[cfg(feature = "compression")]
    pub threshold: usize,
    /// The deflaters of the worker.
    #[cfg(feature = "compression")]
    pub deflaters: Deflaters,
}

/// The sending half of a connection.
#[derive(Default)]
pub struct Link {
    phase: Phase,
    subprotocol: Option<&'static str>,
    #[cfg(feature = "compression")]
    deflater: Option<Box<Deflater>>,
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
    /// The handshake was answered with 101.
    pub fn open(&mut self, subprotocol: Option<&'static str>) {
        self.phase = Phase::Open;
        self.subprotocol = subprotocol;
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.subprotocol
    }

    /// Lets messages be compressed.
    #[cfg(feature = "compression")]
    pub fn set_deflater(&mut self, deflater: Option<Deflater>) {
        self.deflater = deflater.map(Box::new);
    }

    /// Sends a message; nothing unless the connection is open.
    #[inline]
    pub fn message(
        &mut self,
        kind: Kind,
        payload: &[u8],
        outbox: &mut Outbox,
        sink: &mut impl Sink,
    ) {
        if self.phase != Phase::Open {
            return;
        }
        let fragment_size = outbox.fragment_size;
        #[cfg(feature = "compression")]
        if payload.len() >= outbox.threshold {
            if let Some(deflater) = &mut self.deflater {
                let deflated = deflater.deflate(payload, &mut outbox.deflaters);
                return message_frames(kind, true, deflated, fragment_size, sink);
            }
        }
        message_frames(kind, false, payload, fragment_size, sink);
    }

    /// Answers a Ping (RFC 6455 §5.5.3).
    pub fn pong(&mut self, payload: &[u8], sink: &mut impl Sink) {
        if self.phase == Phase::Open {
            control_frame(Opcode::Pong, payload, sink);
        }
    }

    /// Asks for a sign of life (RFC 6455 §5.5.2).
    pub fn ping(&mut self, sink: &mut impl Sink) {
        if self.phase == Phase::Open {
            control_frame(Opcode::Ping, b"", sink);
        }
    }

    /// Begins the closing handshake.
    pub fn close(&mut self, code: u16, reason: &str, sink: &mut impl Sink) {
        if self.phase == Phase::Open {
            close_frame(code, reason, sink);
            self.phase = Phase::Closing;
        }
    }

    /// Answers the peer's Close with its code (RFC 6455 §5.5.1).
    pub fn answer_close(&mut self, code: u16, sink: &mut impl Sink) {
        if code == close::NO_STATUS {
            control_frame(Opcode::Close, b"", sink);
        } else {
            close_frame(code, "", sink);
        }
        self.linger();
    }

    /// Fails the connection (RFC 6455 §7.1.7).
    pub fn fail(&mut self, failure: Failure, sink: &mut impl Sink) {
        close_frame(failure.code, failure.reason, sink);
        self.linger();
    }
}

#[inline]
fn message_frames(
    kind: Kind,
    compressed: bool,
    payload: &[u8],
    fragment_size: Option<usize>,
    sink: &mut impl Sink,
) {
    let opcode = match kind {
        Kind::Text => Opcode::Text,
        Kind::Binary => Opcode::Binary,
    };
    match fragment_size {
        Some(size) if payload.len() > size => fragments(opcode, compressed, payload, size, sink),
        _ => frame(true, compressed, opcode, payload, sink),
    }
}

/// RFC 6455 §5.4. Only the first fragment of a compressed message says so (RFC 7692 §6.1).
fn fragments(opcode: Opcode, compressed: bool, payload: &[u8], size: usize, sink: &mut impl Sink) {
    let last = payload.len().div_ceil(size) - 1;
    for (index, fragment) in payload.chunks(size).enumerate() {
        let opcode = if index == 0 { opcode } else { Opcode::Continuation };
        frame(index == last, compressed && index == 0, opcode, fragment, sink);
    }
}

fn control_frame(opcode: Opcode, payload: &[u8], sink: &mut impl Sink) {
    frame(true, false, opcode, payload, sink);
}

fn close_frame(code: u16, reason: &str, sink: &mut impl Sink) {
    let reason = close::fitting_reason(reason);
    let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
    control_frame(Opcode::Close, &payload, sink);
}

#[inline]
fn frame(fin: bool, compressed: bool, opcode: Opcode, payload: &[u8], sink: &mut impl Sink) {
    let header = Header::new(fin, compressed, opcode, payload.len(), None);
    sink.send(header.as_bytes(), payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(fragment_size: Option<usize>) -> Outbox {
        Outbox {
            fragment_size,
            #[cfg(feature = "compression")]
            threshold: 0,
            #[cfg(feature = "compression")]
            deflaters: Deflaters::new(crate::protocol::deflate::Effort {
                level: 6,
                memory_level: 8,
            }),
        }
    }

    fn open() -> Link {
        let mut link = Link::default();
        link.open(None);
        link
    }

    #[test]
    fn rfc6455_5_4_fragments() {
        let mut sent = Vec::new();
        open().message(Kind::Text, b"abcde", &mut outbox(Some(2)), &mut sent);
        assert_eq!(sent, b"\x01\x02ab\x00\x02cd\x80\x01e");
        sent.clear();
        open().message(Kind::Binary, b"ab", &mut outbox(Some(2)), &mut sent);
        assert_eq!(sent, b"\x82\x02ab");
    }

    #[test]
    fn rfc6455_5_5_1_nothing_follows_a_close() {
        let (mut link, mut sent) = (open(), Vec::new());
        link.close(1001, "server shutting down", &mut sent);
        assert_eq!(sent, b"\x88\x16\x03\xe9server shutting down");
        link.message(Kind::Text, b"late", &mut outbox(None), &mut sent);
        link.pong(b"late", &mut sent);
        link.close(1000, "again", &mut sent);
        assert_eq!(sent.len(), 24);
        assert_eq!(link.phase(), Phase::Closing);
    }

    #[test]
    fn rfc6455_5_5_1_an_empty_close_is_answered_by_an_empty_one() {
        let mut sent = Vec::new();
        open().answer_close(close::NO_STATUS, &mut sent);
        open().answer_close(4000, &mut sent);
        assert_eq!(sent, b"\x88\x00\x88\x02\x0f\xa0");
    }
}
