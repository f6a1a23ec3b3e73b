//! Messages from frames, by the rules that the other end has to keep.

use specgen_runtime::protocol::buffer::Buffer;
use specgen_runtime::protocol::deflate::{Inflater, Inflaters};
use specgen_runtime::protocol::extension::Agreement;
use specgen_runtime::protocol::message::Kind;

use super::frame::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use super::reader::Received;
use super::role::Role;

/// What a frame means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A message is whole.
    Message(Kind, Vec<u8>),
    /// A part of one; nothing yet.
    Part,
    /// A Ping.
    Ping(Vec<u8>),
    /// A Pong.
    Pong(Vec<u8>),
    /// A Close, with its payload.
    Close(Vec<u8>),
    /// Nothing, because it may not be sent.
    Nothing,
}

/// Puts messages together.
#[derive(Default)]
pub struct Messages {
    inflater: Option<Inflater>,
    inflaters: Inflaters,
    begun: Option<Begun>,
    most: usize,
}

struct Begun {
    kind: Kind,
    compressed: bool,
    payload: Vec<u8>,
}

impl Messages {
    /// Messages of the other end, with which that was agreed on, of `most` bytes.
    pub fn new(role: Role, agreement: Option<&Agreement>, most: usize) -> Self {
        Self { inflater: agreement.map(|agreement| role.inflater(agreement)), most, ..Self::default() }
    }

    /// What the frame means; what is wrong is added to its faults.
    pub fn take(&mut self, frame: &mut Received) -> Meaning {
        let allowed = if self.inflater.is_some() && matches!(frame.opcode, TEXT | BINARY) { 4 } else { 0 };
        if frame.rsv & !allowed != 0 {
            frame.faults.push("an RSV bit is set that means nothing (RFC 6455 §5.2)");
        }
        let payload = std::mem::take(&mut frame.payload);
        match frame.opcode {
            PING => Meaning::Ping(payload),
            PONG => Meaning::Pong(payload),
            CLOSE => Meaning::Close(payload),
            TEXT | BINARY | CONTINUATION => self.data(frame, payload),
            _ => {
                frame.faults.push("the opcode is reserved (RFC 6455 §5.2)");
                Meaning::Nothing
            }
        }
    }

    fn data(&mut self, frame: &mut Received, payload: Vec<u8>) -> Meaning {
        match (&mut self.begun, frame.opcode) {
            (None, CONTINUATION) => {
                frame.faults.push("there is nothing to continue (RFC 6455 §5.4)");
                return Meaning::Nothing;
            }
            (Some(begun), CONTINUATION) => begun.payload.extend(payload),
            (begun, opcode) => {
                if begun.is_some() {
                    frame.faults.push("a message begins inside of another one (RFC 6455 §5.4)");
                }
                let kind = if opcode == TEXT { Kind::Text } else { Kind::Binary };
                *begun = Some(Begun { kind, compressed: frame.rsv & 4 != 0, payload });
            }
        }
        if self.begun.as_ref().is_some_and(|begun| begun.payload.len() > self.most) {
            frame.faults.push("the message is longer than any that was sent");
            self.begun = None;
            return Meaning::Nothing;
        }
        if frame.fin { self.whole(frame) } else { Meaning::Part }
    }

    fn whole(&mut self, frame: &mut Received) -> Meaning {
        let Some(Begun { kind, compressed, mut payload }) = self.begun.take() else { return Meaning::Nothing };
        if let (true, Some(inflater)) = (compressed, &mut self.inflater) {
            let mut text = Buffer::default();
            let inflated = inflater
                .inflate(&payload, &mut text, self.most, &mut self.inflaters)
                .and_then(|()| inflater.finish(&mut text, self.most, &mut self.inflaters));
            if let Err(failure) = inflated {
                frame.faults.push(match failure.code {
                    1009 => "the message inflates to more than any that was sent",
                    _ => "the message cannot be inflated (RFC 7692 §7.2.2)",
                });
                return Meaning::Nothing;
            }
            payload = text.filled().to_vec();
        }
        if kind == Kind::Text && std::str::from_utf8(&payload).is_err() {
            frame.faults.push("a text message is not UTF-8 (RFC 6455 §8.1)");
        }
        Meaning::Message(kind, payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Received {
        let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 15);
        Received { fin, rsv, opcode, payload: payload.to_vec(), key: None, faults: vec![] }
    }

    fn fault(messages: &mut Messages, first: u8, payload: &[u8]) -> String {
        let mut frame = frame(first, payload);
        messages.take(&mut frame);
        frame.faults.join(" ")
    }

    #[test]
    fn rfc6455_5_4_fragments_become_a_message() {
        let mut messages = Messages::new(Role::Client, None, 1000);
        assert_eq!(messages.take(&mut frame(0x01, b"Hel")), Meaning::Part);
        assert_eq!(messages.take(&mut frame(0x89, b"?")), Meaning::Ping(b"?".to_vec()));
        assert_eq!(messages.take(&mut frame(0x80, b"lo")), Meaning::Message(Kind::Text, b"Hello".to_vec()));
    }

    #[test]
    fn rfc7692_7_2_3_a_compressed_message_is_inflated() {
        let agreement = specgen_runtime::protocol::extension::accept(b"permessage-deflate").unwrap();
        let mut messages = Messages::new(Role::Client, agreement.as_ref(), 1000);
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(messages.take(&mut frame(0xc1, &hello)), Meaning::Message(Kind::Text, b"Hello".to_vec()));
        assert!(fault(&mut messages, 0xc1, b"\xff\xff").contains("inflated"));
    }

    #[test]
    fn every_fault_of_a_message_is_named() {
        let messages = &mut Messages::new(Role::Client, None, 1000);
        assert!(fault(messages, 0xc1, b"").contains("RSV"));
        assert!(fault(messages, 0x83, b"").contains("reserved"));
        assert!(fault(messages, 0x80, b"").contains("nothing to continue"));
        assert!(fault(messages, 0x81, b"\xff").contains("UTF-8"));
        assert_eq!(fault(messages, 0x01, b""), "");
        assert!(fault(messages, 0x81, b"").contains("inside"));
    }
}
