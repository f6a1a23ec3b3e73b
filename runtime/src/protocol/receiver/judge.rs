//! Headers, judged as soon as their bytes are there, and the limits on what they announce.

use super::rules::{Accepts, Role, Rules};
use super::{Begun, Frame, LARGEST_LENGTH, Receiver};
use crate::protocol::close::Failure;
use crate::protocol::frame::{self, MAX_CONTROL, MAX_HEADER, Opcode};
use crate::protocol::input::Input;
use crate::protocol::message::Kind;
use std::time::Instant;

impl Receiver {
    /// Reads and judges the next header; `None` if it is not complete.
    #[inline]
    pub(super) fn next_frame(
        &mut self,
        input: &mut Input<'_>,
        rules: &Rules,
        now: Instant,
    ) -> Result<Option<Frame>, Failure> {
        let rest = input.rest();
        if self.header_length == 0 && rest.len() >= 2 && rest.len() >= frame::header_size(rest[1]) {
            let size = frame::header_size(rest[1]);
            let mut header = [0; MAX_HEADER];
            header[..size].copy_from_slice(&rest[..size]);
            input.skip(size);
            self.judge_start(header[0], header[1], rules)?;
            return self.judge_length(&header, rules, now).map(Some);
        }
        self.next_frame_cut(input, rules, now)
    }

    /// A header that is cut: each byte is judged as soon as it is there.
    #[cold]
    fn next_frame_cut(
        &mut self,
        input: &mut Input<'_>,
        rules: &Rules,
        now: Instant,
    ) -> Result<Option<Frame>, Failure> {
        while let Some(&byte) = input.rest().first() {
            input.skip(1);
            let length = usize::from(self.header_length) + 1;
            self.header[length - 1] = byte;
            self.header_length = length as u8;
            let [first, second, ..] = self.header;
            if length == 2 {
                self.judge_start(first, second, rules)?;
            }
            if length >= 2 && length == 2 + frame::extended_length(second) {
                let header = self.header;
                self.judged = Some(self.judge_length(&header, rules, now)?);
            }
            if length >= 2 && length == frame::header_size(second) {
                self.header_length = 0;
                let key = frame::masking_key(&self.header);
                return Ok(self.judged.take().map(|frame| Frame { key, ..frame }));
            }
        }
        Ok(None)
    }

    /// What the first two bytes tell (RFC 6455 §5.2).
    #[inline]
    fn judge_start(&self, first: u8, second: u8, rules: &Rules) -> Result<(), Failure> {
        let opcode = Opcode::of(first);
        // Opcodes from 8 on are control frames, also the reserved ones (RFC 6455 §5.5).
        let may_be_compressed = match opcode {
            Some(opcode) => matches!(opcode, Opcode::Text | Opcode::Binary),
            None => first & 0x08 == 0,
        };
        let rsv1 = first & frame::RSV1 != 0;
        if first & frame::RSV2_RSV3 != 0 || rsv1 && !(may_be_compressed && self.takes_compressed())
        {
            return Err(Failure::RESERVED_BIT);
        }
        let opcode = opcode.ok_or(Failure::RESERVED_OPCODE)?;
        if opcode.is_control() {
            judge_control(first, second)?;
        } else if opcode == Opcode::Continuation && self.begun.is_none() {
            return Err(Failure::UNEXPECTED_CONTINUATION);
        } else if opcode != Opcode::Continuation && self.begun.is_some() {
            return Err(Failure::EXPECTED_CONTINUATION);
        }
        // RFC 6455 §5.1: a server takes masked frames only, a client unmasked ones only.
        match (rules.role, second & frame::MASKED != 0) {
            (Role::Server, false) => return Err(Failure::NOT_MASKED),
            (Role::Client, true) => return Err(Failure::MASKED),
            _ => {}
        }
        match (rules.accepts, opcode) {
            (Accepts::Text, Opcode::Binary) => Err(Failure::TEXT_ONLY),
            (Accepts::Binary, Opcode::Text) => Err(Failure::BINARY_ONLY),
            _ => Ok(()),
        }
    }

    /// What the length tells, and the limits. Begins the frame, and a message with it.
    #[inline]
    fn judge_length(
        &mut self,
        header: &[u8; MAX_HEADER],
        rules: &Rules,
        now: Instant,
    ) -> Result<Frame, Failure> {
        let [first, second, ..] = *header;
        let length = frame::payload_length(header);
        if !frame::is_minimal(second, length) {
            return Err(Failure::LENGTH_NOT_MINIMAL);
        }
        if length > LARGEST_LENGTH {
            return Err(Failure::LENGTH_OUT_OF_RANGE);
        }
        let opcode = Opcode::of(first).ok_or(Failure::RESERVED_OPCODE)?;
        if !opcode.is_control() {
            self.announce(opcode, first & frame::RSV1 != 0, length, rules)?;
        }
        if let Some(rates) = &mut self.rates {
            let begins = matches!(opcode, Opcode::Text | Opcode::Binary);
            if !rates.take(begins, length, now) {
                return Err(Failure::RATE_LIMIT);
            }
        }
        let key = frame::masking_key(header);
        Ok(Frame { opcode, fin: first & frame::FIN != 0, key, length, received: 0 })
    }

    /// Counts a data frame's payload towards its message.
    #[inline]
    fn announce(
        &mut self,
        opcode: Opcode,
        compressed: bool,
        length: u64,
        rules: &Rules,
    ) -> Result<(), Failure> {
        let kind = if opcode == Opcode::Text { Kind::Text } else { Kind::Binary };
        let begun = self.begun.get_or_insert(Begun { kind, compressed, announced: 0 });
        begun.announced = begun.announced.saturating_add(length);
        if begun.announced > rules.max_message as u64 { Err(Failure::TOO_BIG) } else { Ok(()) }
    }
}

/// RFC 6455 §5.5: control frames are not fragmented, and short.
fn judge_control(first: u8, second: u8) -> Result<(), Failure> {
    if first & frame::FIN == 0 {
        return Err(Failure::FRAGMENTED_CONTROL);
    }
    if usize::from(second & !frame::MASKED) > MAX_CONTROL {
        return Err(Failure::LONG_CONTROL);
    }
    Ok(())
}
