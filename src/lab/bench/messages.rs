//! Messages, prepared before the load begins, and what has to come back.

use std::io::IoSlice;

use specgen_runtime::protocol::client::masked_frame;
use specgen_runtime::protocol::deflate::{Deflater, Deflaters};
use specgen_runtime::protocol::extension::Agreement;
use specgen_runtime::protocol::frame::Header;
use specgen_runtime::protocol::message::Kind;

use crate::lab::exchange::Framing;
use crate::lab::websocket::{EFFORT, key, opcode};

/// So many different messages follow each other: one that is lost, repeated or out of order is noticed.
const DIFFERENT: usize = 256;
/// Fewer where they would take more bytes than this.
const MOST_BYTES: usize = 1 << 20;
const WORDS: [&str; 16] = [
    "{\"id\":",
    "\"room\":",
    "\"user\":",
    "\"text\":",
    "\"time\":",
    "true",
    "false",
    "null",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "0.25",
    "1024",
    "},",
    "[] ",
];

/// Messages that are sent in turn, over and over.
#[derive(Debug)]
pub(super) struct Messages {
    /// The messages' contents behind each other.
    payloads: Vec<u8>,
    size: usize,
    /// What an uncompressed echo begins with.
    header: Vec<u8>,
    /// What is sent of each, behind each other.
    wire: Vec<u8>,
    /// Where each ends in `wire`.
    ends: Vec<usize>,
}

/// How far a connection has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Messages that are sent whole.
    pub(super) number: u64,
    /// Bytes that are sent of the next one.
    pub(super) within: usize,
}

impl Messages {
    /// Masked frames, each a message; deflated where that was agreed on.
    pub(super) fn frames(kind: Kind, size: usize, agreement: Option<&Agreement>) -> Self {
        let opcode = opcode(kind);
        let mut compress = compressor(agreement);
        let mut wire = |payload: &[u8], out: &mut Vec<u8>| {
            // The keys are drawn once, before the load: what matters to the server is that there are some.
            match compress.as_mut() {
                Some((deflater, deflaters)) => {
                    masked_frame(out, true, true, opcode, deflater.deflate(payload, deflaters), key());
                }
                None => masked_frame(out, true, false, opcode, payload, key()),
            }
        };
        let header = Header::new(true, false, opcode, size, None).as_bytes().to_vec();
        Self::prepare(size, header, |number| text(number, size), &mut wire)
    }

    /// Messages in a stream; an echo is the same bytes.
    pub(super) fn stream(framing: &Framing, size: usize) -> Self {
        let framed = |number| framed(framing, text(number, size));
        let size = framed(0).len();
        Self::prepare(size, Vec::new(), framed, &mut |payload, out| out.extend_from_slice(payload))
    }

    /// One datagram, without its number.
    pub(super) fn datagram(size: usize) -> Vec<u8> {
        text(0, size)
    }

    fn prepare(
        size: usize,
        header: Vec<u8>,
        payload: impl Fn(usize) -> Vec<u8>,
        wire: &mut dyn FnMut(&[u8], &mut Vec<u8>),
    ) -> Self {
        let count = (MOST_BYTES / size.max(1)).clamp(1, DIFFERENT);
        let mut messages = Self { payloads: Vec::new(), size, header, wire: Vec::new(), ends: Vec::new() };
        for number in 0..count {
            let payload = payload(number);
            wire(&payload, &mut messages.wire);
            messages.ends.push(messages.wire.len());
            messages.payloads.extend_from_slice(&payload);
        }
        messages
    }

    /// The contents of a connection's message.
    #[inline]
    pub(super) fn payload(&self, number: u64) -> &[u8] {
        let at = self.index(number) * self.size;
        &self.payloads[at..at + self.size]
    }

    /// What an uncompressed echo begins with.
    #[inline]
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    #[inline]
    fn index(&self, number: u64) -> usize {
        (number % self.ends.len() as u64) as usize
    }

    fn begin(&self, index: usize) -> usize {
        if index == 0 { 0 } else { self.ends[index - 1] }
    }

    /// The bytes of messages from `position` up to, not including, number `end`; not all, if those are many.
    pub(super) fn unsent(&self, position: Position, end: u64) -> [IoSlice<'_>; 2] {
        let first = self.index(position.number);
        let count = (end - position.number).min(self.ends.len() as u64) as usize;
        let start = self.begin(first) + position.within;
        match (first + count).checked_sub(self.ends.len()) {
            None | Some(0) => [IoSlice::new(&self.wire[start..self.begin(first + count)]), IoSlice::new(&[])],
            Some(over) => [IoSlice::new(&self.wire[start..]), IoSlice::new(&self.wire[..self.begin(over)])],
        }
    }

    /// What is missing of the message that `position` is within.
    pub(super) fn rest(&self, position: Position) -> &[u8] {
        let index = self.index(position.number);
        &self.wire[self.begin(index) + position.within..self.ends[index]]
    }

    /// The position `bytes` further.
    pub(super) fn advance(&self, mut position: Position, mut bytes: usize) -> Position {
        loop {
            let rest = self.rest(position).len();
            if bytes < rest || bytes == 0 {
                position.within += bytes;
                return position;
            }
            bytes -= rest;
            position = Position { number: position.number + 1, within: 0 };
        }
    }
}

/// Each message is deflated by itself, so that it may be sent at any place of any connection.
fn compressor(agreement: Option<&Agreement>) -> Option<(Deflater, Deflaters)> {
    let alone = Agreement { client_no_context_takeover: true, ..*agreement? };
    Some((Deflater::for_client(&alone)?, Deflaters::new(EFFORT)))
}

/// Text as servers see it, of exactly that many bytes, with its number (lowest digit first) in front and a line feed at the end.
fn text(number: usize, size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 16);
    bytes.extend(format!("{number:04x}").bytes().rev());
    let mut state = number as u64 + 1;
    while bytes.len() < size {
        // Knuth's MMIX generator; its high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(WORDS[(state >> 60) as usize].as_bytes());
    }
    bytes.truncate(size);
    if let (Some(last), true) = (bytes.last_mut(), size > 4) {
        *last = b'\n';
    }
    bytes
}

/// A message with what tells it from the next. What is too long for its prefix was refused before.
fn framed(framing: &Framing, mut payload: Vec<u8>) -> Vec<u8> {
    if let Framing::Delimiter(delimiter) = framing {
        // Inside of it, it would make two messages of one.
        payload.iter_mut().filter(|byte| delimiter.contains(byte)).for_each(|byte| *byte = b'-');
    }
    framing.frame(&payload).unwrap_or(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(slices: [IoSlice<'_>; 2]) -> Vec<u8> {
        slices.iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn messages_follow_each_other_around_the_end() {
        let messages = Messages::stream(&Framing::None, 10);
        let from = Position { number: 254, within: 3 };
        let expected: Vec<u8> = (254..258).flat_map(|number| messages.payload(number).to_vec()).skip(3).collect();
        assert_eq!(bytes(messages.unsent(from, 258)), expected);
        assert_eq!(messages.advance(from, 7 + 10 + 4), Position { number: 256, within: 4 });
        assert_eq!(bytes(messages.unsent(Position::default(), 256)).len(), 2560);
        assert_eq!(bytes(messages.unsent(from, 10_000)).len(), 2557, "not more than all of them at once");
        assert_eq!(messages.rest(from).len(), 7);
    }

    #[test]
    fn messages_differ_from_their_neighbours() {
        for size in [1, 2, 64, 1000] {
            let messages = Messages::frames(Kind::Binary, size, None);
            assert_ne!(messages.payload(0), messages.payload(1), "{size}");
            assert_eq!(messages.payload(7).len(), size);
        }
        assert_eq!(Messages::frames(Kind::Text, 0, None).payload(3), b"");
        assert_eq!(Messages::frames(Kind::Text, 64 << 20, None).ends.len(), 1);
    }

    #[test]
    fn compressed_frames_are_smaller() {
        let agreement = specgen_runtime::protocol::extension::accept(b"permessage-deflate").unwrap();
        let plain = Messages::frames(Kind::Text, 4096, None);
        let deflated = Messages::frames(Kind::Text, 4096, agreement.as_ref());
        assert!(deflated.wire.len() * 2 < plain.wire.len());
        assert_eq!(deflated.wire[0], 0xc1, "FIN, RSV1, text");
        assert_eq!(deflated.header(), [0x81, 126, 0x10, 0]);
    }

    #[test]
    fn a_message_holds_its_delimiter_once() {
        let framing: Framing = "delimiter=a".parse().unwrap();
        let messages = Messages::stream(&framing, 200);
        assert_eq!(messages.payload(0).len(), 201);
        assert_eq!(messages.payload(0).iter().position(|byte| *byte == b'a'), Some(200));
    }
}
