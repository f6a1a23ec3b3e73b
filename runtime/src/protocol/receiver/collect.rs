//! Messages that do not lie whole in the input: collected, inflated, judged as they arrive.

use super::rules::Rules;
use super::step::{Place, Step};
use super::{Frame, Receiver, Shared, unmask};
use crate::protocol::close::Failure;
use crate::protocol::input::Input;
use crate::protocol::mask;
use crate::protocol::message::Kind;

impl Receiver {
    /// Takes what is there of a data frame; a step if it completes the message or is not all.
    pub(super) fn collect(
        &mut self,
        mut frame: Frame,
        input: &mut Input<'_>,
        rules: &Rules,
        shared: &mut Shared,
    ) -> Result<Option<Step>, Failure> {
        if !self.collected.has_storage() {
            self.collected = shared.buffers.take();
        }
        let count = frame.missing().min(input.rest().len());
        let range = unmask(input, count, frame.key, frame.received as usize % 4);
        let start = self.collected.len();
        let appended = self.append(input.at(&range), rules, shared);
        // What came out before a fault is judged before it.
        self.judge_text(start, rules)?;
        appended?;
        frame.received += count as u64;
        self.end_of_part(frame, rules, shared)
    }

    /// Appends payload bytes to the message, inflated if it is compressed.
    #[cfg(feature = "compression")]
    fn append(&mut self, part: &[u8], rules: &Rules, shared: &mut Shared) -> Result<(), Failure> {
        match &mut self.inflater {
            Some(inflater) if self.begun.is_some_and(|begun| begun.compressed) => inflater.inflate(
                part,
                &mut self.collected,
                rules.max_message,
                &mut shared.inflaters,
            ),
            _ => {
                self.collected.extend(part);
                Ok(())
            }
        }
    }

    #[cfg(not(feature = "compression"))]
    #[expect(clippy::unnecessary_wraps, reason = "inflating can fail in builds with compression")]
    fn append(&mut self, part: &[u8], _: &Rules, _: &mut Shared) -> Result<(), Failure> {
        self.collected.extend(part);
        Ok(())
    }

    /// Judges the text collected from `start` on (RFC 6455 §8.1).
    fn judge_text(&mut self, start: usize, rules: &Rules) -> Result<(), Failure> {
        let is_text = self.begun.is_some_and(|begun| begun.kind == Kind::Text);
        if is_text && rules.validate_utf8 {
            let end = rules.max_message.min(self.collected.len());
            let text = self.collected.filled().get(start..end).unwrap_or_default();
            self.text.feed(text).map_err(|_| Failure::INVALID_UTF8)?;
        }
        Ok(())
    }

    /// After a part of a data frame's payload.
    fn end_of_part(
        &mut self,
        frame: Frame,
        rules: &Rules,
        shared: &mut Shared,
    ) -> Result<Option<Step>, Failure> {
        if frame.received < frame.length {
            self.frame = Some(frame);
            return Ok(Some(Step::Starved));
        }
        self.frame = None;
        if !frame.fin {
            return Ok(None);
        }
        self.finish_inflating(rules, shared)?;
        self.text.finish().map_err(|_| Failure::INVALID_UTF8)?;
        let kind = self.begun.take().map_or(Kind::Binary, |begun| begun.kind);
        Ok(Some(Step::Message(kind, Place::Collected)))
    }

    #[cfg(feature = "compression")]
    fn finish_inflating(&mut self, rules: &Rules, shared: &mut Shared) -> Result<(), Failure> {
        if !self.begun.is_some_and(|begun| begun.compressed) {
            return Ok(());
        }
        let start = self.collected.len();
        let finished = match &mut self.inflater {
            Some(inflater) => {
                inflater.finish(&mut self.collected, rules.max_message, &mut shared.inflaters)
            }
            None => Ok(()),
        };
        self.judge_text(start, rules)?;
        finished
    }

    #[cfg(not(feature = "compression"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with compression")]
    fn finish_inflating(&mut self, _: &Rules, _: &mut Shared) -> Result<(), Failure> {
        Ok(())
    }

    /// Room for the payload of a large message, to read it where it belongs: at least `least` bytes
    /// of the frame are missing, none of them compressed.
    pub fn direct_room(&mut self, least: usize) -> Option<&mut [u8]> {
        let missing = self.frame.filter(|frame| !frame.opcode.is_control())?.missing();
        let compressed = self.begun?.compressed;
        (!compressed && missing >= least).then(|| self.collected.room(missing))
    }

    /// Handles `count` bytes that were read into [`Self::direct_room`].
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn advance_direct(
        &mut self,
        count: usize,
        rules: &Rules,
        shared: &mut Shared,
    ) -> Result<Step, Failure> {
        let Some(mut frame) = self.frame else { return Ok(Step::Starved) };
        let start = self.collected.len();
        self.collected.advance(count);
        mask::apply(self.collected.filled_from(start), frame.key, frame.received as usize % 4);
        self.judge_text(start, rules)?;
        frame.received += count as u64;
        Ok(self.end_of_part(frame, rules, shared)?.unwrap_or(Step::Starved))
    }
}
