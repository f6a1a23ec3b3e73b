//! What a server answered to one stream, in a form in which equal behaviour is equal.
//!
//! Two servers may deflate one message to different bytes, so compressed messages are inflated before they
//! are compared. Everything else is compared as it is: the head byte for byte, each frame by itself.

use std::fmt;

use flate2::{Decompress, FlushDecompress};

use crate::frame::{self, CLOSE, CONTINUATION, Received, hex};
use crate::request;

/// How the connection ended, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server ended its stream.
    Eof,
    /// The server reset the connection: an answer may have been lost.
    Reset,
    /// Nothing happened any more.
    Mute,
}

/// One thing that the server sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Item {
    /// A control frame, or a frame of an uncompressed message.
    Frame { fin: bool, opcode: u8, payload: Vec<u8> },
    /// A whole compressed message, inflated.
    Compressed { opcode: u8, payload: Vec<u8> },
    /// Something that no server may send.
    Wrong(String),
}

/// The normalised answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub head: Vec<u8>,
    pub items: Vec<Item>,
    pub end: End,
}

impl Answer {
    /// Reads the bytes that came from a server until the end.
    #[must_use]
    pub fn parse(bytes: &[u8], end: End) -> Self {
        let (head, rest) = split_head(bytes);
        let items = Items::new(head).read(rest);
        Self { head: head.to_vec(), items, end }
    }

    /// An expected refusal of the handshake.
    #[must_use]
    pub fn refused(status: u16, text: &str) -> Self {
        Self { head: request::refusal(status, text), items: vec![], end: End::Eof }
    }

    /// An expected end without any answer.
    #[must_use]
    pub fn nothing() -> Self {
        Self { head: vec![], items: vec![], end: End::Eof }
    }

    /// An expected plain acceptance; what follows is added with the methods below.
    #[must_use]
    pub fn accepted() -> Self {
        Self::accepted_with(None, None)
    }

    /// An expected acceptance with a subprotocol and extensions.
    #[must_use]
    pub fn accepted_with(subprotocol: Option<&str>, extensions: Option<&str>) -> Self {
        Self { head: request::acceptance(subprotocol, extensions), items: vec![], end: End::Eof }
    }

    /// Then this frame.
    #[must_use]
    pub fn frame(mut self, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        self.items.push(Item::Frame { fin: true, opcode, payload: payload.as_ref().to_vec() });
        self
    }

    /// Then this frame, which is not the last of its message.
    #[must_use]
    pub fn fragment(mut self, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        self.items.push(Item::Frame { fin: false, opcode, payload: payload.as_ref().to_vec() });
        self
    }

    #[must_use]
    pub fn text(self, payload: impl AsRef<[u8]>) -> Self {
        self.frame(frame::TEXT, payload)
    }

    #[must_use]
    pub fn binary(self, payload: impl AsRef<[u8]>) -> Self {
        self.frame(frame::BINARY, payload)
    }

    #[must_use]
    pub fn pong(self, payload: impl AsRef<[u8]>) -> Self {
        self.frame(frame::PONG, payload)
    }

    /// Then a compressed message.
    #[must_use]
    pub fn compressed(mut self, opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        self.items.push(Item::Compressed { opcode, payload: payload.as_ref().to_vec() });
        self
    }

    /// Then a Close.
    #[must_use]
    pub fn close(self, code: u16, reason: &str) -> Self {
        self.frame(CLOSE, [&code.to_be_bytes()[..], reason.as_bytes()].concat())
    }

    /// The code of the Close frame, if one came with a code.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.items.iter().find_map(|item| match item {
            Item::Frame { opcode: CLOSE, payload, .. } if payload.len() >= 2 => {
                Some(u16::from_be_bytes([payload[0], payload[1]]))
            }
            _ => None,
        })
    }
}

/// The end of a 101 head begins the frames; any other answer is head and body in one.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    match end {
        Some(end) if bytes.starts_with(b"HTTP/1.1 101") => bytes.split_at(end + 4),
        _ => (bytes, &[]),
    }
}

/// Reads frames, keeping the inflater's window where the head allows the server to carry it over.
struct Items {
    inflate: Decompress,
    takeover: bool,
    found: Vec<Item>,
}

impl Items {
    fn new(head: &[u8]) -> Self {
        let takeover = !String::from_utf8_lossy(head).contains("server_no_context_takeover");
        Self { inflate: Decompress::new(false), takeover, found: vec![] }
    }

    fn read(mut self, mut rest: &[u8]) -> Vec<Item> {
        let mut open: Option<(u8, Vec<u8>)> = None;
        while !rest.is_empty() {
            match frame::take(&mut rest) {
                Ok(frame) => self.add(frame, &mut open),
                Err(wrong) => {
                    self.found.push(Item::Wrong(wrong));
                    break;
                }
            }
        }
        if open.is_some() {
            self.found.push(Item::Wrong("an unfinished compressed message".to_owned()));
        }
        self.found
    }

    /// `open` is the compressed message that is being put together.
    fn add(&mut self, frame: Received, open: &mut Option<(u8, Vec<u8>)>) {
        let Received { fin, reserved, opcode, payload } = frame;
        match (reserved, opcode, open.take()) {
            (4, frame::TEXT | frame::BINARY, None) => *open = Some((opcode, payload)),
            (0, CONTINUATION, Some((first, mut data))) => {
                data.extend_from_slice(&payload);
                *open = Some((first, data));
            }
            (0, _, before) => {
                *open = before;
                return self.found.push(Item::Frame { fin, opcode, payload });
            }
            _ => return self.found.push(Item::Wrong(format!("RSV bits {reserved} on opcode {opcode}"))),
        }
        if fin && let Some((opcode, data)) = open.take() {
            let item = match self.inflate(&data) {
                Ok(payload) => Item::Compressed { opcode, payload },
                Err(error) => Item::Wrong(format!("{error}: {}", hex(&data))),
            };
            self.found.push(item);
        }
    }

    fn inflate(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        if !self.takeover {
            self.inflate.reset(false);
        }
        inflate(&mut self.inflate, &[data, &[0, 0, 0xff, 0xff]].concat())
    }
}

/// Everything that `data` inflates to.
fn inflate(inflater: &mut Decompress, data: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(data.len() * 4 + 64);
    let start = inflater.total_in();
    loop {
        let done = usize::try_from(inflater.total_in() - start).unwrap_or(usize::MAX);
        let before = out.len();
        let step = inflater.decompress_vec(&data[done..], &mut out, FlushDecompress::Sync);
        step.map_err(|error| format!("does not inflate ({error})"))?;
        if out.len() < out.capacity() && out.len() == before {
            return Ok(out);
        }
        out.reserve(out.len().max(4096));
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame { opcode: CLOSE, payload, .. } if payload.len() >= 2 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                write!(f, "close {code} {:?}", String::from_utf8_lossy(&payload[2..]))
            }
            Self::Frame { fin, opcode, payload } => {
                let more = if *fin { "" } else { "+" };
                write!(f, "{}{more} {}", name(*opcode), hex(payload))
            }
            Self::Compressed { opcode, payload } => write!(f, "deflated {} {}", name(*opcode), hex(payload)),
            Self::Wrong(what) => write!(f, "WRONG: {what}"),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = String::from_utf8_lossy(&self.head);
        match head.strip_prefix("HTTP/1.1 101 ") {
            Some(_) if self.head == request::acceptance(None, None) => f.write_str("101")?,
            _ => write!(f, "{head:?}")?,
        }
        for item in &self.items {
            write!(f, " | {item:?}")?;
        }
        write!(f, " | {:?}", self.end)
    }
}

fn name(opcode: u8) -> String {
    match opcode {
        CONTINUATION => "continuation".to_owned(),
        frame::TEXT => "text".to_owned(),
        frame::BINARY => "binary".to_owned(),
        CLOSE => "close".to_owned(),
        frame::PING => "ping".to_owned(),
        frame::PONG => "pong".to_owned(),
        other => format!("opcode {other}"),
    }
}
