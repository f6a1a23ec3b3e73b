//! permessage-deflate payloads (RFC 7692 §7.2) on zlib-rs.
//!
//! Nothing here is allocated before it is used. A connection owns an inflater only within a message,
//! and gives it back to the worker; what it keeps, if its peer carries context over, is the last
//! 32 KiB of text. A compressor is the worker's too, unless the server carries context over.

use super::buffer::Buffer;
use super::close::Failure;
use super::extension::Agreement;
use std::collections::BTreeMap;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush, Status};

const WINDOW: usize = 32 << 10;
const WINDOW_BITS: u8 = 15;
/// zlib cannot deflate with a window of 8 bits: messages go out as they are.
const UNUSABLE_WINDOW_BITS: u8 = 8;
/// RFC 7692 §7.2.1: what a sender removes from the end of a message.
const SYNC_TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
/// What a receiver appends, and an empty final block: it ends the stream exactly if the message
/// ended where a block may begin.
const TAIL_AND_FINAL_BLOCK: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];
/// How many inflaters (40 KiB each) a worker keeps while they are not used.
const SPARE_INFLATERS: usize = 4;

/// Inflaters of a worker that are not used at the moment.
#[derive(Default)]
pub struct Inflaters {
    spare: Vec<Inflate>,
}

impl Inflaters {
    fn take(&mut self) -> Inflate {
        if let Some(mut stream) = self.spare.pop() {
            stream.reset(false);
            return stream;
        }
        // A window of 15 bits inflates whatever a peer's smaller window produced.
        Inflate::new(false, WINDOW_BITS)
    }

    fn give(&mut self, stream: Inflate) {
        if self.spare.len() < SPARE_INFLATERS {
            self.spare.push(stream);
        }
    }
}

/// Inflates the messages of one connection.
pub struct Inflater {
    carries_context: bool,
    /// At least the last window of text, if the peer refers to earlier messages.
    history: Vec<u8>,
    stream: Option<Inflate>,
    ended: bool,
}

impl Inflater {
    /// An inflater for the messages of a client.
    #[must_use]
    pub fn for_server(agreement: &Agreement) -> Self {
        Self::new(!agreement.client_no_context_takeover)
    }

    /// An inflater for the messages of a server.
    #[must_use]
    pub fn for_client(agreement: &Agreement) -> Self {
        Self::new(!agreement.server_no_context_takeover)
    }

    fn new(carries_context: bool) -> Self {
        Self { carries_context, history: Vec::new(), stream: None, ended: false }
    }

    /// Inflates the next part of a message and appends it to `text`.
    ///
    /// # Errors
    /// 1007 for what is not DEFLATE, 1009 for a text above `limit`.
    pub fn inflate(
        &mut self,
        input: &[u8],
        text: &mut Buffer,
        limit: usize,
        spare: &mut Inflaters,
    ) -> Result<(), Failure> {
        let mut stream = self.stream.take().unwrap_or_else(|| self.begin(spare));
        let result = self.feed(&mut stream, input, text, limit);
        self.stream = Some(stream);
        result
    }

    /// Ends a message (RFC 7692 §7.2.2).
    ///
    /// # Errors
    /// As [`Self::inflate`], and 1007 if the message ends inside a block.
    pub fn finish(
        &mut self,
        text: &mut Buffer,
        limit: usize,
        spare: &mut Inflaters,
    ) -> Result<(), Failure> {
        let mut stream = self.stream.take().unwrap_or_else(|| self.begin(spare));
        self.feed(&mut stream, &TAIL_AND_FINAL_BLOCK, text, limit)?;
        spare.give(stream);
        if !self.ended {
            return Err(Failure::INVALID_DEFLATE);
        }
        self.ended = false;
        if self.carries_context {
            self.remember(text.filled());
        }
        Ok(())
    }

    fn begin(&mut self, spare: &mut Inflaters) -> Inflate {
        let mut stream = spare.take();
        self.ended = false;
        preset(&mut stream, &self.history);
        stream
    }

    fn feed(
        &mut self,
        stream: &mut Inflate,
        mut input: &[u8],
        text: &mut Buffer,
        limit: usize,
    ) -> Result<(), Failure> {
        loop {
            if self.ended {
                if input.is_empty() {
                    return Ok(());
                }
                self.restart(stream, text.filled());
            }
            let room = text.room(limit + 1 - text.len());
            let (consumed, produced) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(input, room, InflateFlush::SyncFlush);
            let produced = (stream.total_out() - produced) as usize;
            let full = produced == room.len();
            input = &input[(stream.total_in() - consumed) as usize..];
            text.advance(produced);
            if text.len() > limit {
                return Err(Failure::TOO_BIG);
            }
            // What came out before the fault stays in `text`: it is judged first.
            let status = status.map_err(|_| Failure::INVALID_DEFLATE)?;
            self.ended = status == Status::StreamEnd;
            if !self.ended && !full {
                return Ok(());
            }
        }
    }

    /// RFC 7692 §7.2.3.4: behind a final block another one may follow, with the same window.
    fn restart(&mut self, stream: &mut Inflate, text: &[u8]) {
        self.ended = false;
        stream.reset(false);
        preset(stream, &self.history);
        preset(stream, text);
    }

    fn remember(&mut self, text: &[u8]) {
        let text = last_window(text);
        if self.history.len() + text.len() > 2 * WINDOW {
            let excess = self.history.len().saturating_sub(WINDOW - text.len());
            self.history.drain(..excess);
        }
        self.history.extend_from_slice(text);
    }
}

/// Lets `stream` refer to `text`. For raw DEFLATE this is possible at any block's begin.
fn preset(stream: &mut Inflate, text: &[u8]) {
    if !text.is_empty() {
        // It fails for streams with a zlib header alone.
        let _ = stream.set_dictionary(last_window(text));
    }
}

fn last_window(text: &[u8]) -> &[u8] {
    &text[text.len().saturating_sub(WINDOW)..]
}

/// How messages are deflated, as zlib numbers it.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// 0 (none) to 9 (best).
    pub level: u8,
    /// 1 to 9.
    pub memory_level: u8,
}

/// The deflaters of a worker, one for each window in use, and their output.
pub struct Deflaters {
    effort: Effort,
    by_window_bits: BTreeMap<u8, Deflate>,
    output: Vec<u8>,
    broadcasting: bool,
    /// The window and the length of what `output` holds, within a broadcast.
    ready: Option<(u8, usize)>,
}

impl Deflaters {
    /// No deflater yet.
    #[must_use]
    pub fn new(effort: Effort) -> Self {
        let (by_window_bits, output) = (BTreeMap::new(), Vec::new());
        Self { effort, by_window_bits, output, broadcasting: false, ready: None }
    }

    /// Until [`Self::end_broadcast`] every message is the same: deflating it once for all
    /// connections that share a window is enough.
    pub fn begin_broadcast(&mut self) {
        self.broadcasting = true;
    }

    /// Messages differ again.
    pub fn end_broadcast(&mut self) {
        self.broadcasting = false;
        self.ready = None;
    }

    fn create(effort: Effort, window_bits: u8) -> Deflate {
        Deflate::new_with_config(DeflateConfig {
            level: i32::from(effort.level),
            window_bits: -i32::from(window_bits),
            mem_level: i32::from(effort.memory_level),
            ..DeflateConfig::default()
        })
    }
}

/// Deflates the messages of one connection.
pub struct Deflater {
    window_bits: u8,
    carries_context: bool,
    own: Option<Deflate>,
}

impl Deflater {
    /// A deflater for the messages of a server.
    #[must_use]
    pub fn for_server(agreement: &Agreement) -> Option<Self> {
        Self::new(agreement.server_max_window_bits, !agreement.server_no_context_takeover)
    }

    /// A deflater for the messages of a client.
    #[must_use]
    pub fn for_client(agreement: &Agreement) -> Option<Self> {
        Self::new(agreement.client_max_window_bits, !agreement.client_no_context_takeover)
    }

    fn new(window_bits: u8, carries_context: bool) -> Option<Self> {
        let usable = window_bits > UNUSABLE_WINDOW_BITS;
        usable.then_some(Self { window_bits, carries_context, own: None })
    }

    /// One message's payload, deflated.
    pub fn deflate<'a>(&mut self, text: &[u8], deflaters: &'a mut Deflaters) -> &'a [u8] {
        let Deflaters { effort, by_window_bits, output, broadcasting, ready } = deflaters;
        if let Some((_, length)) = ready.filter(|(bits, _)| self.shares(*bits)) {
            return &output[..length];
        }
        let create = || Deflaters::create(*effort, self.window_bits);
        let stream = if self.carries_context {
            self.own.get_or_insert_with(create)
        } else {
            let stream = by_window_bits.entry(self.window_bits).or_insert_with(create);
            stream.reset();
            stream
        };
        let length = run(stream, text, output);
        let shared = *broadcasting && !self.carries_context;
        *ready = shared.then_some((self.window_bits, length));
        &output[..length]
    }

    /// Whether what was deflated with a window of the worker serves this connection too.
    fn shares(&self, window_bits: u8) -> bool {
        !self.carries_context && self.window_bits == window_bits
    }
}

/// Deflates `text` with a sync flush; returns the length without the flush's tail.
fn run(stream: &mut Deflate, mut text: &[u8], output: &mut Vec<u8>) -> usize {
    // Incompressible input grows by 5 bytes a block of at least 127 (memory level 1), and the flush
    // needs room to spare, or else zlib repeats its marker.
    let bound = text.len() + text.len() / 16 + 64;
    if output.len() < bound {
        output.resize(bound, 0);
    }
    let mut length = 0;
    loop {
        let (consumed, produced) = (stream.total_in(), stream.total_out());
        let status = stream.compress(text, &mut output[length..], DeflateFlush::SyncFlush);
        text = &text[(stream.total_in() - consumed) as usize..];
        length += (stream.total_out() - produced) as usize;
        if status.is_err() || length < output.len() {
            break;
        }
        output.resize(output.len() * 2, 0);
    }
    if length > SYNC_TAIL.len() {
        return length - SYNC_TAIL.len();
    }
    // RFC 7692 §7.2.3.6: nothing to flush, an empty message, is one byte.
    output[0] = 0;
    1
}

#[cfg(test)]
#[path = "deflate_tests.rs"]
mod tests;
