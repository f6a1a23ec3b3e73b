//! Frames behind an own Close: measured, to find the peer's, and dropped.

use super::{Frame, LARGEST_LENGTH, Receiver, Shared, unmask};
use crate::protocol::close::{self, Failure};
use crate::protocol::frame::{self, MAX_CONTROL, Opcode};
use crate::protocol::input::Input;

impl Receiver {
    /// Drops frames unjudged, looking for a Close alone: the connection is closing. Returns what
    /// the peer's Close says; [`close::ABNORMAL`] if its framing cannot be followed any further.
    pub fn measure(&mut self, input: &mut Input<'_>, shared: &mut Shared) -> Option<(u16, String)> {
        shared.buffers.give(&mut self.collected);
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.measure_header(input) {
                    Ok(frame) => frame?,
                    Err(_) => return Some((close::ABNORMAL, String::new())),
                },
            };
            let count = frame.missing().min(input.rest().len());
            let range = unmask(input, count, frame.key, frame.received as usize % 4);
            if frame.opcode == Opcode::Close {
                let wanted = MAX_CONTROL.saturating_sub(self.control.len()).min(count);
                self.control.extend_from_slice(&input.at(&range)[..wanted]);
            }
            frame.received += count as u64;
            if frame.received < frame.length {
                self.frame = Some(frame);
                return None;
            }
            if frame.opcode == Opcode::Close {
                let (code, reason) = close::parse_leniently(&self.control);
                return Some((code, reason.to_owned()));
            }
        }
    }

    /// A header of which only opcode, length and mask bit count; `None` if it is not complete.
    fn measure_header(&mut self, input: &mut Input<'_>) -> Result<Option<Frame>, Failure> {
        loop {
            let length = usize::from(self.header_length);
            if length >= 2 && length == frame::header_size(self.header[1]) {
                break;
            }
            let Some(&byte) = input.rest().first() else { return Ok(None) };
            self.header[length] = byte;
            input.skip(1);
            self.header_length += 1;
        }
        self.header_length = 0;
        let length = frame::payload_length(&self.header);
        if length > LARGEST_LENGTH {
            return Err(Failure::LENGTH_OUT_OF_RANGE);
        }
        self.control = Vec::new();
        // A reserved opcode is dropped like a Pong.
        let opcode = Opcode::of(self.header[0]).unwrap_or(Opcode::Pong);
        let key = frame::masking_key(&self.header);
        Ok(Some(Frame { opcode, fin: true, key, length, received: 0 }))
    }
}
