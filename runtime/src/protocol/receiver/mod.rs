//! The receiving half of a connection: frames and messages (RFC 6455 §5).
//!
//! A [`Receiver`] takes bytes as they come and says, one [`Step`] at a time, what they mean. A message
//! that lies whole in the input stays there, unmasked in place; any other is collected.

mod collect;
mod judge;
mod measure;
mod rules;
mod step;

pub use rules::{Accepts, Role, Rules};
pub use step::{Place, Step};

use super::buffer::{Buffer, Pool};
use super::close::Failure;
#[cfg(feature = "compression")]
use super::deflate::{Inflater, Inflaters};
use super::frame::{MAX_HEADER, Opcode};
use super::input::Input;
use super::mask::{self, Key};
use super::message::{Kind, Message};
use super::rate::Rates;
use super::utf8;
use std::ops::Range;
use std::time::Instant;

/// RFC 6455 §5.2: the most significant bit of a 64-bit length is 0.
const LARGEST_LENGTH: u64 = u64::MAX >> 1;

/// What the connections of a worker share for receiving.
#[derive(Default)]
pub struct Shared {
    /// Buffers for messages that are collected.
    pub buffers: Pool,
    /// Inflaters that no message uses.
    #[cfg(feature = "compression")]
    pub inflaters: Inflaters,
}

/// A frame whose payload is due.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    key: Key,
    length: u64,
    received: u64,
}

impl Frame {
    fn missing(&self) -> usize {
        usize::try_from(self.length - self.received).unwrap_or(usize::MAX)
    }
}

/// A message of which the first frame has begun.
#[derive(Clone, Copy, Debug)]
struct Begun {
    kind: Kind,
    compressed: bool,
    /// Payload bytes announced so far.
    announced: u64,
}

/// The receiving half of a connection.
#[derive(Default)]
pub struct Receiver {
    header: [u8; MAX_HEADER],
    header_length: u8,
    /// The frame of a header that is judged but lacks its masking key.
    judged: Option<Frame>,
    frame: Option<Frame>,
    begun: Option<Begun>,
    collected: Buffer,
    control: Vec<u8>,
    text: utf8::Validator,
    rates: Option<Box<Rates>>,
    #[cfg(feature = "compression")]
    inflater: Option<Box<Inflater>>,
}

impl Receiver {
    /// A receiver at the first frame of a connection.
    #[must_use]
    pub fn new(rules: &Rules, now: Instant) -> Self {
        let rates = Rates::new(rules.messages_per_second, rules.bytes_per_second, now);
        Self { rates: rates.map(Box::new), ..Self::default() }
    }

    /// Lets messages be compressed.
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn with_inflater(mut self, inflater: Inflater) -> Self {
        self.inflater = Some(Box::new(inflater));
        self
    }

    #[cfg(feature = "compression")]
    fn takes_compressed(&self) -> bool {
        self.inflater.is_some()
    }

    #[cfg(not(feature = "compression"))]
    #[expect(clippy::unused_self, reason = "has an inflater in builds with compression")]
    fn takes_compressed(&self) -> bool {
        false
    }

    /// Handles input up to the next event.
    ///
    /// # Errors
    /// The [`Failure`] with which the connection has to be failed.
    #[inline]
    pub fn advance(
        &mut self,
        input: &mut Input<'_>,
        rules: &Rules,
        shared: &mut Shared,
        now: Instant,
    ) -> Result<Step, Failure> {
        loop {
            let frame = match self.frame {
                Some(frame) => frame,
                None => match self.next_frame(input, rules, now)? {
                    Some(frame) => frame,
                    None => return Ok(Step::Starved),
                },
            };
            if frame.opcode.is_control() {
                return Ok(self.control_frame(frame, input));
            }
            if let Some(kind) = self.lies_whole(&frame, input) {
                self.begun = None;
                self.frame = None;
                return Ok(Step::Message(
                    kind,
                    Place::Input(unmask(input, frame.missing(), frame.key, 0)),
                ));
            }
            if input.rest().is_empty() && frame.missing() > 0 {
                self.frame = Some(frame);
                return Ok(Step::Starved);
            }
            if let Some(step) = self.collect(frame, input, rules, shared)? {
                return Ok(step);
            }
        }
    }

    /// The message of a [`Step::Message`] that [`Self::advance`] returned for `input`.
    ///
    /// # Errors
    /// 1007 if it is text and not UTF-8.
    #[inline]
    pub fn message<'a>(
        &'a self,
        kind: Kind,
        place: &Place,
        input: &'a Input<'_>,
        rules: &Rules,
    ) -> Result<Message<'a>, Failure> {
        let payload = self.payload(place, input);
        match kind {
            Kind::Binary => Ok(Message::Binary(payload)),
            Kind::Text if !rules.validate_utf8 => Ok(Message::Unchecked(payload)),
            Kind::Text => {
                std::str::from_utf8(payload).map(Message::Text).map_err(|_| Failure::INVALID_UTF8)
            }
        }
    }

    /// The payload that lies at `place`.
    #[inline]
    #[must_use]
    pub fn payload<'a>(&'a self, place: &Place, input: &'a Input<'_>) -> &'a [u8] {
        match place {
            Place::Input(range) => input.at(range),
            Place::Collected => self.collected.filled(),
            Place::Control => &self.control,
        }
    }

    /// Gives back the buffers of a step that was handled.
    #[inline]
    pub fn release(&mut self, place: &Place, shared: &mut Shared) {
        match place {
            Place::Input(_) => {}
            Place::Collected => shared.buffers.give(&mut self.collected),
            Place::Control => self.control = Vec::new(),
        }
    }

    /// The kind of a message that is one frame, lies whole in the input, and is not compressed.
    #[inline]
    fn lies_whole(&self, frame: &Frame, input: &Input<'_>) -> Option<Kind> {
        let begun = self.begun?;
        let whole = frame.fin
            && frame.received == 0
            && !begun.compressed
            && frame.opcode != Opcode::Continuation
            && frame.missing() <= input.rest().len();
        whole.then_some(begun.kind)
    }

    /// A control frame: in the input if it lies there whole, collected otherwise.
    fn control_frame(&mut self, mut frame: Frame, input: &mut Input<'_>) -> Step {
        let count = frame.missing().min(input.rest().len());
        let range = unmask(input, count, frame.key, frame.received as usize);
        let place = if count as u64 == frame.length {
            Place::Input(range)
        } else {
            self.control.extend_from_slice(input.at(&range));
            frame.received += count as u64;
            if frame.received < frame.length {
                self.frame = Some(frame);
                return Step::Starved;
            }
            Place::Control
        };
        self.frame = None;
        match frame.opcode {
            Opcode::Close => Step::Close(place),
            Opcode::Ping => Step::Ping(place),
            _ => Step::Pong(place),
        }
    }
}

/// Unmasks the next `count` bytes in place and counts them as handled.
#[inline]
fn unmask(input: &mut Input<'_>, count: usize, key: Key, offset: usize) -> Range<usize> {
    let range = input.take(count);
    mask::apply(input.at_mut(&range), key, offset);
    range
}

#[cfg(test)]
mod tests;
