//! A WebSocket client that waits for one thing at a time.

mod answer;
mod client;
mod handshake;

use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::time::Instant;

use specgen_runtime::protocol::client::{Accepted, masked_frame};
use specgen_runtime::protocol::close;
use specgen_runtime::protocol::deflate::{Deflater, Deflaters};
use specgen_runtime::protocol::frame::Opcode;
use specgen_runtime::protocol::input::Input;
use specgen_runtime::protocol::receiver::{Receiver, Rules, Shared, Step};

use super::connection::Connection;
use super::endpoint::Endpoint;
use super::trouble::{Kind as TroubleKind, Trouble};
use crate::text::disarmed;

pub use answer::Answer;
pub(super) use client::{EFFORT, key, opcode, receiver, rules};
pub(super) use handshake::{Handshake, end_of_head};
pub use specgen_runtime::protocol::message::Kind;

/// What one read takes at most, in bytes.
const READ: usize = 64 << 10;

/// What a client asks for in its handshake.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Offered subprotocols, the preferred first.
    pub subprotocols: Vec<String>,
    /// Whether permessage-deflate is offered.
    pub compression: bool,
    /// Further header fields.
    pub fields: Vec<(String, String)>,
}

/// What a server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Kind, Vec<u8>),
    /// A Ping; it is answered already.
    Ping(Vec<u8>),
    /// A Pong.
    Pong(Vec<u8>),
    /// A Close, with its code (1005 without one) and reason.
    Close(u16, String),
    /// The end of the stream.
    End,
}

/// Bytes of messages, and what they took on the wire with their headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of sent messages.
    pub sent: u64,
    /// Bytes of sent frames.
    pub sent_wire: u64,
    /// Bytes of received messages.
    pub received: u64,
    /// Bytes of received frames.
    pub received_wire: u64,
}

/// A client's end of an upgraded connection.
pub struct WebSocket {
    connection: Connection,
    receiver: Receiver,
    shared: Shared,
    rules: Rules,
    buffer: Vec<u8>,
    /// What of `buffer` is not handled yet.
    unread: Range<usize>,
    deflater: Option<Deflater>,
    deflaters: Deflaters,
    traffic: Traffic,
}

impl WebSocket {
    /// Upgrades a connection, over which messages of `max_message` bytes at most are taken, after decompression.
    ///
    /// # Errors
    /// [`Trouble`] when the server does not accept by the connection's deadline.
    pub fn open(
        mut connection: Connection,
        endpoint: &Endpoint,
        opening: &Opening,
        max_message: usize,
    ) -> Result<(Self, Answer), Trouble> {
        let (handshake, nonce) = (Handshake::new(endpoint, opening), Handshake::nonce());
        connection
            .write_all(handshake.head(nonce).as_bytes())
            .map_err(|error| Trouble::from_io(&error, "sending the upgrade request"))?;
        let (mut bytes, end) = read_head(&mut connection)?;
        let (accepted, answer) = handshake.check(nonce, &bytes[..end])?;
        bytes.drain(..end);
        Ok((Self::upgraded(connection, &accepted, max_message, bytes), answer))
    }

    /// A connection behind its handshake, with what came behind the head of the answer.
    fn upgraded(connection: Connection, accepted: &Accepted, max_message: usize, buffer: Vec<u8>) -> Self {
        let rules = rules(max_message);
        Self {
            connection,
            receiver: receiver(&rules, accepted.compression.as_ref()),
            shared: Shared::default(),
            rules,
            unread: 0..buffer.len(),
            buffer,
            deflater: accepted.compression.as_ref().and_then(Deflater::for_client),
            deflaters: Deflaters::new(EFFORT),
            traffic: Traffic::default(),
        }
    }

    /// The time by which everything further has to be done.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.connection.set_deadline(deadline);
    }

    /// What went over the connection since its upgrade.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sends a message, deflated where that was agreed on.
    ///
    /// # Errors
    /// When the connection is gone, or takes nothing until the deadline.
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Trouble> {
        let opcode = opcode(kind);
        let mut frame = Vec::with_capacity(payload.len() + 14);
        match &mut self.deflater {
            Some(deflater) => {
                let deflated = deflater.deflate(payload, &mut self.deflaters);
                masked_frame(&mut frame, true, true, opcode, deflated, key());
            }
            None => masked_frame(&mut frame, true, false, opcode, payload, key()),
        }
        self.traffic.sent += payload.len() as u64;
        self.write(&frame, "sending a message")
    }

    /// Sends a Ping.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        self.control(Opcode::Ping, payload, "sending a Ping")
    }

    /// Sends a Close.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn close(&mut self, code: u16, reason: &str) -> Result<(), Trouble> {
        let payload = [&code.to_be_bytes(), close::fitting_reason(reason).as_bytes()].concat();
        self.control(Opcode::Close, &payload, "sending a Close")
    }

    fn control(&mut self, opcode: Opcode, payload: &[u8], doing: &str) -> Result<(), Trouble> {
        let mut frame = Vec::new();
        masked_frame(&mut frame, true, false, opcode, payload, key());
        self.write(&frame, doing)
    }

    fn write(&mut self, frame: &[u8], doing: &str) -> Result<(), Trouble> {
        self.traffic.sent_wire += frame.len() as u64;
        self.connection.write_all(frame).map_err(|error| Trouble::from_io(&error, doing))
    }

    /// The next thing that the server does.
    ///
    /// # Errors
    /// When it breaks the protocol, or does nothing until the deadline.
    pub fn receive(&mut self) -> Result<Event, Trouble> {
        loop {
            if let Some(event) = self.next_event()? {
                if let Event::Ping(payload) = &event {
                    let payload = payload.clone();
                    self.control(Opcode::Pong, &payload, "answering a Ping")?;
                }
                return Ok(event);
            }
            if !self.fill()? {
                return Ok(Event::End);
            }
        }
    }

    /// What the bytes that are here mean, up to the first event.
    fn next_event(&mut self) -> Result<Option<Event>, Trouble> {
        let mut input = Input::new(&mut self.buffer[self.unread.clone()]);
        let step = self.receiver.advance(&mut input, &self.rules, &mut self.shared, Instant::now());
        let step = step.map_err(Trouble::from_failure)?;
        let (receiver, payload) = (&self.receiver, |place| self.receiver.payload(place, &input).to_vec());
        let (event, place) = match step {
            Step::Starved => (None, None),
            Step::Message(kind, place) => {
                let message = receiver.message(kind, &place, &input, &self.rules).map_err(Trouble::from_failure)?;
                (Some(Event::Message(kind, message.as_bytes().to_vec())), Some(place))
            }
            Step::Ping(place) => (Some(Event::Ping(payload(&place))), Some(place)),
            Step::Pong(place) => (Some(Event::Pong(payload(&place))), Some(place)),
            Step::Close(place) => {
                let (code, reason) = close::parse(receiver.payload(&place, &input)).map_err(Trouble::from_failure)?;
                (Some(Event::Close(code, reason.to_owned())), Some(place))
            }
        };
        self.unread.start = self.unread.end - input.rest().len();
        if let Some(place) = place {
            self.receiver.release(&place, &mut self.shared);
        }
        if let Some(Event::Message(_, message)) = &event {
            self.traffic.received += message.len() as u64;
        }
        Ok(event)
    }

    /// Reads more; `false` at the end of the stream.
    fn fill(&mut self) -> Result<bool, Trouble> {
        self.buffer.resize(READ, 0);
        let size = read(&mut self.connection, &mut self.buffer, "waiting for the server")?;
        self.traffic.received_wire += size as u64;
        self.unread = 0..size;
        Ok(size > 0)
    }
}

/// Reads, over interruptions; 0 is the end of the stream.
fn read(connection: &mut Connection, buffer: &mut [u8], doing: &str) -> Result<usize, Trouble> {
    loop {
        match connection.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            // RFC 8446 §6.1: a server that ends TCP without a close_notify has ended too.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(0),
            result => return result.map_err(|error| Trouble::from_io(&error, doing)),
        }
    }
}

/// The bytes up to the end of the answer's head and perhaps further, and where it ends.
pub(super) fn read_head(connection: &mut Connection) -> Result<(Vec<u8>, usize), Trouble> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let searched = bytes.len();
        let size = read(connection, &mut buffer, "waiting for the answer to the upgrade request")?;
        bytes.extend_from_slice(&buffer[..size]);
        if let Some(end) = end_of_head(&bytes, searched, size == 0)? {
            return Ok((bytes, end));
        }
    }
}

/// The trouble of a server that said goodbye where it was not to.
pub fn closed(code: u16, reason: &str) -> Trouble {
    let advice = match code {
        1001 => "it is shutting down",
        1002 => "it took a frame for a breach of the protocol",
        1003 => "its app does not take this kind of message: try --text or --binary",
        1007 => "it took a text for something else than UTF-8, or could not inflate it",
        1008 => "a policy: rate limits (limits.messages_per_second, limits.bytes_per_second), or the app's own",
        1009 => "the message is larger than it takes (limits.message)",
        1011 => "its app failed, or it waited for a Pong; its log says more",
        1013 => "it could not send fast enough (buffers.high_watermark)",
        _ => "its log says why",
    };
    let reason = if reason.is_empty() { String::new() } else { format!(" ({})", disarmed(reason)) };
    Trouble::new(TroubleKind::Closed, format!("the server closed the connection with {code}{reason}"), advice)
}
