//! The receiving half of a connection: messages out of bytes.

use super::{Framing, MAX_PREFIX, Prefix};
use crate::protocol::buffer::{Buffer, Pool};
use crate::protocol::input::Input;
use crate::protocol::rate::Rates;
use memchr::{memchr, memmem};
use std::ops::Range;
use std::time::Instant;

/// The rules for every connection of a server.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How messages are told apart.
    pub framing: Framing,
    /// The largest message, in bytes.
    pub max_message: usize,
    /// Messages a second.
    pub messages_per_second: Option<u32>,
    /// Payload bytes a second.
    pub bytes_per_second: Option<u32>,
}

/// Why a connection is failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub &'static str);

impl Failure {
    pub(super) const TOO_BIG: Self = Self("message too big");
    pub(super) const RATE_LIMIT: Self = Self("rate limit exceeded");
}

/// Where a message lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the input.
    Input(Range<usize>),
    /// In the receiver's buffer, with so many bytes that are not part of it at its end.
    Collected(usize),
}

/// What the next bytes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet: all input is handled.
    Starved,
    /// A whole message.
    Message(Place),
}

/// The receiving half of a connection.
#[derive(Debug, Default)]
pub struct Receiver {
    /// What came of an unfinished message.
    collected: Buffer,
    /// What came of an unfinished prefix.
    prefix: [u8; MAX_PREFIX],
    prefix_length: u8,
    /// The length of an unfinished message, once its prefix is there.
    expected: Option<usize>,
    rates: Option<Box<Rates>>,
}

impl Receiver {
    /// A receiver at the first byte of a connection.
    #[must_use]
    pub fn new(rules: &Rules, now: Instant) -> Self {
        let rates = Rates::new(rules.messages_per_second, rules.bytes_per_second, now);
        Self { rates: rates.map(Box::new), ..Self::default() }
    }

    /// Handles input up to the next message.
    ///
    /// # Errors
    /// The [`Failure`] with which the connection has to be failed.
    #[inline]
    pub fn advance(
        &mut self,
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
        now: Instant,
    ) -> Result<Step, Failure> {
        if input.rest().is_empty() {
            return Ok(Step::Starved);
        }
        let place = match rules.framing {
            Framing::None => Some(Place::Input(input.take(input.rest().len()))),
            Framing::Lines => self.line(input, rules, buffers)?,
            Framing::Delimiter(bytes) => self.delimited(bytes, input, rules, buffers)?,
            Framing::LengthPrefix(prefix) => self.prefixed(prefix, input, rules, buffers)?,
        };
        place.map_or(Ok(Step::Starved), |place| self.complete(place, now))
    }

    /// The message that lies at `place`.
    #[inline]
    #[must_use]
    pub fn message<'a>(&'a self, place: &Place, input: &'a Input<'_>) -> &'a [u8] {
        match place {
            Place::Input(range) => input.at(range),
            Place::Collected(behind) => {
                let collected = self.collected.filled();
                &collected[..collected.len() - behind]
            }
        }
    }

    /// Gives back the buffer of a message that was handled.
    #[inline]
    pub fn release(&mut self, place: &Place, buffers: &mut Pool) {
        if let Place::Collected(_) = place {
            buffers.give(&mut self.collected);
        }
    }

    /// Room for the payload of a large message, to read it where it belongs: at least `least` bytes
    /// of it are missing.
    pub fn direct_room(&mut self, least: usize) -> Option<&mut [u8]> {
        let missing = self.expected? - self.collected.len();
        (missing >= least).then(|| self.collected.room(missing))
    }

    /// Handles `count` bytes that were read into [`Self::direct_room`].
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn advance_direct(&mut self, count: usize, now: Instant) -> Result<Step, Failure> {
        self.collected.advance(count);
        if self.expected.is_none_or(|expected| self.collected.len() < expected) {
            return Ok(Step::Starved);
        }
        self.expected = None;
        self.complete(Place::Collected(0), now)
    }

    /// A message is complete: counts it.
    #[inline]
    fn complete(&mut self, place: Place, now: Instant) -> Result<Step, Failure> {
        if let Some(rates) = &mut self.rates {
            let length = match &place {
                Place::Input(range) => range.len(),
                Place::Collected(behind) => self.collected.len() - behind,
            };
            if !rates.take(true, length as u64, now) {
                return Err(Failure::RATE_LIMIT);
            }
        }
        Ok(Step::Message(place))
    }

    /// A message that ends with a line feed.
    #[inline]
    fn line(
        &mut self,
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
    ) -> Result<Option<Place>, Failure> {
        let rest = input.rest();
        let end = memchr(b'\n', rest).map(|at| at + 1);
        let Some(end) = end else { return self.unfinished(2, input, rules, buffers) };
        if self.collected.is_empty() {
            let behind = terminator(&rest[..end]);
            return self.lies_whole(end, behind, input, rules);
        }
        self.collected.extend(&rest[..end]);
        input.skip(end);
        self.collected_whole(terminator(self.collected.filled()), rules)
    }

    /// A message that ends with a delimiter.
    #[inline]
    fn delimited(
        &mut self,
        delimiter: &[u8],
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
    ) -> Result<Option<Place>, Failure> {
        let rest = input.rest();
        let end = end_across(self.collected.filled(), rest, delimiter).or_else(|| {
            let at = match delimiter {
                [byte] => memchr(*byte, rest),
                _ => memmem::find(rest, delimiter),
            };
            at.map(|at| at + delimiter.len())
        });
        let behind = delimiter.len();
        let Some(end) = end else { return self.unfinished(behind, input, rules, buffers) };
        if self.collected.is_empty() {
            return self.lies_whole(end, behind, input, rules);
        }
        self.collected.extend(&rest[..end]);
        input.skip(end);
        self.collected_whole(behind, rules)
    }

    /// The next `end` bytes are a message and, at their end, its terminator.
    #[inline]
    #[expect(clippy::unused_self, reason = "reads like its siblings")]
    fn lies_whole(
        &self,
        end: usize,
        behind: usize,
        input: &mut Input<'_>,
        rules: &Rules,
    ) -> Result<Option<Place>, Failure> {
        if end - behind > rules.max_message {
            return Err(Failure::TOO_BIG);
        }
        let range = input.take(end);
        Ok(Some(Place::Input(range.start..range.end - behind)))
    }

    /// All that was collected is a message and, at its end, its terminator.
    fn collected_whole(&self, behind: usize, rules: &Rules) -> Result<Option<Place>, Failure> {
        if self.collected.len() - behind > rules.max_message {
            return Err(Failure::TOO_BIG);
        }
        Ok(Some(Place::Collected(behind)))
    }

    /// The end of the message has not come; its terminator has at most `behind` bytes.
    fn unfinished(
        &mut self,
        behind: usize,
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
    ) -> Result<Option<Place>, Failure> {
        let rest = input.rest();
        if self.collected.len() + rest.len() >= rules.max_message.saturating_add(behind) {
            return Err(Failure::TOO_BIG);
        }
        self.collect(rest, buffers);
        input.skip_all();
        Ok(None)
    }

    fn collect(&mut self, part: &[u8], buffers: &mut Pool) {
        if !self.collected.has_storage() {
            self.collected = buffers.take();
        }
        self.collected.extend(part);
    }

    /// A message with its length in front of it.
    #[inline]
    fn prefixed(
        &mut self,
        prefix: Prefix,
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
    ) -> Result<Option<Place>, Failure> {
        let expected = match self.expected {
            Some(expected) => expected,
            None => match self.length(prefix, input) {
                Some(length) if length > rules.max_message as u64 => return Err(Failure::TOO_BIG),
                Some(length) => length as usize,
                None => return Ok(None),
            },
        };
        let missing = expected - self.collected.len();
        if self.collected.is_empty() && input.rest().len() >= missing {
            self.expected = None;
            return Ok(Some(Place::Input(input.take(missing))));
        }
        let range = input.take(missing.min(input.rest().len()));
        self.collect(input.at(&range), buffers);
        self.expected = (range.len() < missing).then_some(expected);
        Ok((range.len() == missing).then_some(Place::Collected(0)))
    }

    /// Reads a prefix; `None` if it is not complete.
    #[inline]
    fn length(&mut self, prefix: Prefix, input: &mut Input<'_>) -> Option<u64> {
        let earlier = usize::from(self.prefix_length);
        let range = input.take((prefix.bytes - earlier).min(input.rest().len()));
        if range.len() == prefix.bytes {
            return Some(prefix.read(input.at(&range)));
        }
        let filled = earlier + range.len();
        self.prefix[earlier..filled].copy_from_slice(input.at(&range));
        if filled < prefix.bytes {
            self.prefix_length = filled as u8;
            return None;
        }
        self.prefix_length = 0;
        Some(prefix.read(&self.prefix[..filled]))
    }
}

/// The bytes of a line's terminator.
#[inline]
fn terminator(line: &[u8]) -> usize {
    if line.ends_with(b"\r\n") { 2 } else { 1 }
}

/// The end, in `rest`, of a delimiter that begins in `earlier`.
fn end_across(earlier: &[u8], rest: &[u8], delimiter: &[u8]) -> Option<usize> {
    let longest = earlier.len().min(delimiter.len() - 1);
    let splits = |begun: &usize| {
        let (there, missing) = delimiter.split_at(*begun);
        earlier.ends_with(there) && rest.starts_with(missing)
    };
    // The leftmost occurrence: the one of which the most came earlier.
    (1..=longest).rev().find(splits).map(|begun| delimiter.len() - begun)
}
