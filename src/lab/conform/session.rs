//! One connection of a case: what is sent, what comes back, and who ends it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use specgen_runtime::protocol::close;
use specgen_runtime::protocol::mask::Key;
use specgen_runtime::protocol::message::Kind;

use super::client::Upgraded;
use super::frame::{CLOSE, Cut, Frame, PONG};
use super::log::Log;
use super::messages::{Meaning, Messages};
use super::reader::Reader;
use crate::lab::connection::Connection;
use crate::lab::websocket::key;

/// How long the server may take for its Close, and then for the end of the connection.
pub const CLOSING: Duration = Duration::from_secs(2);
/// What is written at once, in bytes.
const WRITE: usize = 64 << 10;
/// What one read takes at most, in bytes.
const READ: usize = 64 << 10;
/// Long enough for a server to read what came before.
const MOMENT: Duration = Duration::from_millis(5);
/// The same for what comes in many pieces.
const BETWEEN: Duration = Duration::from_micros(100);
/// How long a write waits before what the server sent is read: it may wait for that.
const TURN: Duration = Duration::from_millis(20);
/// What a message or control frame costs beside its payload, in bytes: empty ones take memory too.
const OVERHEAD: usize = 64;
/// What a server may send beyond what it got, in bytes.
const EXCESS: usize = 1 << 20;

/// How much a server may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Of one message, in bytes.
    pub message: usize,
    /// Of all messages and control frames together, in bytes.
    pub total: usize,
}

impl Allowance {
    /// What echoes so many messages of that length, and a little more.
    pub fn echoes(count: usize, length: usize) -> Self {
        let total = length.saturating_add(OVERHEAD).saturating_mul(count).saturating_add(EXCESS);
        Self { message: length.saturating_add(EXCESS), total }
    }
}

/// Something that a server did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A message.
    Message(Kind, Vec<u8>),
    /// A Pong.
    Pong(Vec<u8>),
}

/// Where the closing handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nobody has sent a Close.
    Open,
    /// Somebody has, since then.
    Closing(Instant),
    /// There is no connection any more.
    Ended,
}

/// One connection.
pub struct Session {
    connection: Connection,
    reader: Reader,
    messages: Messages,
    /// What was sent and seen.
    pub log: Log,
    /// Where the closing handshake is.
    pub phase: Phase,
    /// Whether the first Close was ours.
    pub closed_by_us: bool,
    /// Whether it was because the server broke the protocol, or because of our patience.
    pub given_up: bool,
    /// Whether we ended the TCP connection, because the server did not.
    pub dropped_by_us: bool,
    /// Whether both sides sent a Close.
    pub clean: bool,
    /// The code of the server's Close.
    pub code: Option<u16>,
    /// What the server may not do and did.
    pub faults: Vec<String>,
    /// How the TCP connection ended, if it did.
    pub end: Option<&'static str>,
    /// Bytes that came since the upgrade.
    pub bytes: u64,
    happenings: VecDeque<Happening>,
    /// What the server may still send, in bytes.
    allowance: usize,
    /// Answers to the server, which wait for the end of what is being written.
    owed: VecDeque<Frame>,
    is_writing: bool,
    /// Whether a frame that is sent in parts is not whole yet.
    is_inside_frame: bool,
    /// What is read at once: too much for a stack.
    buffer: Vec<u8>,
    /// The key of frames that are sent in parts.
    key: Key,
    deadline: Instant,
}

impl Session {
    /// A session on a connection, which ends by the deadline in any case, and as soon as the server sends more than it may.
    pub fn new(upgraded: Upgraded, deadline: Instant, allowance: Allowance) -> Self {
        let mut session = Self {
            connection: upgraded.connection,
            reader: Reader::new(upgraded.rest, allowance.message),
            messages: Messages::new(upgraded.accepted.compression.as_ref(), allowance.message),
            log: Log::default(),
            phase: Phase::Open,
            closed_by_us: false,
            given_up: false,
            dropped_by_us: false,
            clean: false,
            code: None,
            faults: Vec::new(),
            end: None,
            bytes: 0,
            happenings: VecDeque::new(),
            allowance: allowance.total,
            owed: VecDeque::new(),
            is_writing: false,
            is_inside_frame: false,
            buffer: vec![0; READ],
            key: key(),
            deadline,
        };
        session.interpret();
        session
    }

    /// Sends frames.
    pub fn send(&mut self, frames: &[Frame], cut: Cut) {
        self.send_whole(frames, cut);
        self.pay();
    }

    fn send_whole(&mut self, frames: &[Frame], cut: Cut) {
        let mut wire = Vec::new();
        self.is_writing = true;
        for frame in frames {
            self.log.sent(frame);
            frame.write(&mut wire, key());
            if cut == Cut::Frames {
                self.write(&wire);
                wire.clear();
            }
        }
        self.write_cut(&wire, cut);
        self.is_writing = false;
    }

    fn write_cut(&mut self, wire: &[u8], cut: Cut) {
        match cut {
            Cut::Bytes(size) => self.write_pieces(wire, size),
            Cut::Once(at) => {
                let (first, second) = wire.split_at(at.min(wire.len()));
                self.write(first);
                std::thread::sleep(MOMENT);
                self.write(second);
            }
            _ => self.write(wire),
        }
    }

    /// Answers the server, once that tears no frame.
    fn owe(&mut self, frame: Frame) {
        if frame.opcode == PONG {
            // RFC 6455 §5.5.3: the Pong to the last Ping will do.
            self.owed.retain(|owed| owed.opcode != PONG);
        }
        self.owed.push_back(frame);
        self.pay();
    }

    /// Sends what is owed. What comes in while that is written is owed in turn, and sent here: nothing calls itself.
    fn pay(&mut self) {
        // Of a connection that closes the other parts of a frame are never sent.
        while !self.is_writing && (!self.is_inside_frame || self.phase != Phase::Open) {
            let Some(frame) = self.owed.pop_front() else { return };
            if let (Phase::Closing(_), CLOSE) = (self.phase, frame.opcode) {
                // The server's time begins when it can see the Close.
                self.phase = Phase::Closing(Instant::now());
            }
            self.send_whole(&[frame], Cut::Nowhere);
        }
    }

    /// Few pieces are to be seen one by one; many are many anyway.
    fn write_pieces(&mut self, wire: &[u8], size: usize) {
        const FEW: usize = 1000;
        let few = wire.len() / size <= FEW;
        for piece in wire.chunks(size) {
            self.write(piece);
            if few {
                std::thread::sleep(BETWEEN);
            }
        }
    }

    /// Sends a part of a frame.
    pub fn send_part(&mut self, frame: &Frame, from: usize, to: usize) {
        let mut wire = Vec::new();
        frame.write(&mut wire, self.key);
        let header = wire.len() - frame.payload.len();
        self.log.sent_part(frame, from, to);
        let start = if from == 0 { 0 } else { header + from };
        self.is_writing = true;
        self.write(&wire[start..header + to]);
        self.is_writing = false;
        self.is_inside_frame = to < frame.payload.len();
        self.pay();
    }

    /// Begins the closing handshake, unless that is done.
    pub fn close(&mut self, payload: &[u8]) {
        if self.phase == Phase::Open {
            self.closed_by_us = true;
            self.send_close(payload);
        }
    }

    /// Ends waiting: a Close with 1001, or the end of a connection that is closing.
    pub fn give_up(&mut self) {
        match self.phase {
            Phase::Open => {
                self.given_up = true;
                self.close(&close::GOING_AWAY.to_be_bytes());
            }
            Phase::Closing(_) => self.drop_connection(),
            Phase::Ended => {}
        }
    }

    fn send_close(&mut self, payload: &[u8]) {
        self.phase = Phase::Closing(Instant::now());
        self.owe(Frame::new(CLOSE, payload.to_vec()));
    }

    /// The next thing that the server does; nothing when the time is over, or the connection.
    pub fn next(&mut self, until: Instant) -> Option<Happening> {
        loop {
            if let Some(happening) = self.happenings.pop_front() {
                return Some(happening);
            }
            let until = self.patience(until);
            if self.phase == Phase::Ended || Instant::now() >= until {
                return None;
            }
            self.fill(until);
        }
    }

    /// Waits until the connection has ended; it is ended by us if the server does not. Gives what came in the meantime.
    pub fn finish(&mut self) -> Vec<Happening> {
        let mut late = Vec::new();
        while let Phase::Closing(since) = self.phase {
            match self.next(since + CLOSING) {
                Some(happening) => late.push(happening),
                None => self.overdue(),
            }
        }
        late.extend(self.happenings.drain(..));
        late
    }

    /// The server let the time of its Close, or of the end of the connection, pass.
    fn overdue(&mut self) {
        if self.phase != Phase::Ended {
            // What the server began is clean although it stays connected.
            self.clean &= !self.closed_by_us;
            self.drop_connection();
        }
    }

    fn patience(&self, until: Instant) -> Instant {
        match self.phase {
            Phase::Closing(since) => until.min(since + CLOSING).min(self.deadline),
            _ => until.min(self.deadline),
        }
    }

    fn drop_connection(&mut self) {
        self.phase = Phase::Ended;
        self.dropped_by_us = true;
        self.end = Some("we ended the TCP connection, the server did not");
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.phase != Phase::Ended {
            if Instant::now() >= self.deadline {
                return self.overdue();
            }
            self.connection.set_deadline(Instant::now() + TURN);
            match self.connection.write(&bytes[..bytes.len().min(WRITE)]) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if is_wait(error.kind()) => self.fill(Instant::now() + TURN),
                // What the server sent before it ended the connection is still to be read.
                Err(_) => return,
            }
        }
    }

    /// Reads once, and interprets what came.
    fn fill(&mut self, until: Instant) {
        self.connection.set_deadline(until);
        match self.connection.read(&mut self.buffer) {
            Ok(0) => self.ended("the server ended the TCP connection"),
            Ok(size) => {
                self.bytes += size as u64;
                self.reader.push(&self.buffer[..size]);
                self.interpret();
            }
            Err(error) if is_wait(error.kind()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.ended("the server ended the TCP connection"),
            Err(_) => self.ended("the server reset the TCP connection"),
        }
    }

    fn ended(&mut self, how: &'static str) {
        if !self.reader.rest().is_empty() {
            self.log.note(format!("inside of a frame: {}", super::payload::shown(self.reader.rest())));
        }
        self.phase = Phase::Ended;
        self.end = Some(how);
    }

    fn interpret(&mut self) {
        while self.phase != Phase::Ended {
            match self.reader.next() {
                Ok(None) => return,
                Ok(Some(mut frame)) => {
                    let shown = frame.shown();
                    let meaning = self.messages.take(&mut frame);
                    self.log.seen(shown, &frame.faults);
                    for fault in frame.faults {
                        self.fault(fault.to_owned());
                    }
                    // A fault while closing ends the connection: nothing counts any more.
                    if self.phase != Phase::Ended && self.allows(&meaning) {
                        self.act(meaning);
                    }
                }
                Err(endless) => {
                    self.fault(format!("a frame announces {} bytes, more than any that was sent", endless.0));
                    return self.drop_connection();
                }
            }
        }
    }

    /// Whether the server may send that too; if not, the connection is over.
    fn allows(&mut self, meaning: &Meaning) -> bool {
        let left = self.allowance.checked_sub(meaning.cost());
        self.allowance = left.unwrap_or_default();
        if left.is_none() {
            self.faults.push("it sends far more than what was sent to it".to_owned());
            (self.given_up, self.clean) = (true, false);
            self.closed_by_us |= self.phase == Phase::Open;
            self.drop_connection();
        }
        left.is_some()
    }

    fn fault(&mut self, fault: String) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
        match self.phase {
            Phase::Open => {
                self.given_up = true;
                self.close(&1002_u16.to_be_bytes());
            }
            Phase::Closing(_) => {
                self.clean = false;
                self.drop_connection();
            }
            Phase::Ended => {}
        }
    }

    fn act(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Message(kind, payload) if !self.given_up => {
                self.happenings.push_back(Happening::Message(kind, payload));
            }
            Meaning::Pong(payload) => self.happenings.push_back(Happening::Pong(payload)),
            Meaning::Ping(payload) if self.phase == Phase::Open => {
                self.owe(Frame::new(PONG, payload));
            }
            Meaning::Close(payload) => self.on_close(&payload),
            _ => {}
        }
    }

    fn on_close(&mut self, payload: &[u8]) {
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        if let Err(failure) = close::parse(payload) {
            self.fault(format!("the server's Close: {} (RFC 6455 §7.4)", failure.reason));
        }
        match self.phase {
            Phase::Open => {
                self.clean = true;
                self.send_close(&1000_u16.to_be_bytes());
            }
            Phase::Closing(_) => {
                self.clean = true;
                self.phase = Phase::Closing(Instant::now());
            }
            Phase::Ended => {}
        }
        // The first Close counts: a second one is no answer to anything.
        self.code = self.code.or(code);
    }
}

impl Meaning {
    /// What it counts for, in bytes.
    fn cost(&self) -> usize {
        match self {
            Self::Message(_, payload) | Self::Ping(payload) | Self::Pong(payload) | Self::Close(payload) => {
                payload.len().saturating_add(OVERHEAD)
            }
            // A fragment counts once its message is whole.
            Self::Part | Self::Nothing => 0,
        }
    }
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
