//! A connection over TCP: WebSocket frames, or bytes.

use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use mio::{Interest, Registry, Token};
use specgen_runtime::protocol::client::masked_frame;
use specgen_runtime::protocol::frame::Opcode;

use super::channel::Channel;
use super::echoes::{Echoes, Request};
use super::stamps::Stamps;
use super::upgrade::Upgrade;
use super::{Desk, NOISE};
use crate::lab::bench::messages::{Messages, Position};
use crate::lab::bench::schedule::Dues;
use crate::lab::bench::target::{LEEWAY, Target};
use crate::lab::connection::{tls_client, tls_trouble, unconnected};
use crate::lab::trouble::{Kind, Trouble};
use crate::lab::websocket::{key, receiver, rules};

/// RFC 6455 §7.4.1: the purpose is fulfilled.
const NORMAL: [u8; 2] = 1000u16.to_be_bytes();

/// Answers to Pings that wait to be sent, in bytes: of more, some are left out.
const ANSWERS: usize = 64 << 10;

/// How far a connection has come.
#[derive(Debug)]
enum Stage {
    Connecting,
    Securing,
    Upgrading(Upgrade),
    Open,
    /// The server is to end it.
    Closing,
    Closed,
}

/// A connection.
pub(in crate::lab::bench) struct Stream {
    channel: Channel,
    target: Arc<Target>,
    messages: Arc<Messages>,
    stage: Stage,
    echoes: Echoes,
    /// Messages that were to be sent by now.
    due: u64,
    sent: Position,
    /// In a closed loop.
    stamps: Stamps,
    /// A request's head, or control frames, before the next message.
    first: Vec<u8>,
    /// The system takes nothing at the moment.
    blocked: bool,
    /// When there was nothing to wait for, or something came, in nanoseconds since the epoch.
    quiet_since: u64,
}

impl Stream {
    /// Begins to connect.
    pub(super) fn connect(
        target: &Arc<Target>,
        messages: Arc<Messages>,
        registry: &Registry,
        token: Token,
    ) -> Result<Self, Trouble> {
        let tls = target.tls.as_ref().map(|config| tls_client(config, &target.endpoint)).transpose()?;
        let failed = |error: io::Error| unconnected(&error, target.address);
        let mut channel = Channel::connect(target.address, tls).map_err(failed)?;
        registry.register(channel.source(), token, Interest::READABLE | Interest::WRITABLE).map_err(failed)?;
        let target = Arc::clone(target);
        Ok(Self {
            channel,
            echoes: Echoes::new(target.handshake.is_some().then(|| {
                let rules = rules(target.size + LEEWAY);
                receiver(&rules, target.agreement.as_ref())
            })),
            target,
            messages,
            stage: Stage::Connecting,
            due: 0,
            sent: Position::default(),
            stamps: Stamps::default(),
            first: Vec::new(),
            blocked: false,
            quiet_since: 0,
        })
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    pub(super) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing)
    }

    pub(super) fn outstanding(&self) -> u64 {
        // A server that repeats itself is told of when its echoes are read.
        self.due.saturating_sub(self.echoes.number())
    }

    #[inline]
    pub(super) fn owe(&mut self, count: u64, closed_loop: bool, desk: &Desk) {
        if self.outstanding() == 0 {
            self.quiet_since = desk.now;
        }
        self.due += count;
        if closed_loop {
            self.stamps.push(desk.load_time(), count);
        }
    }

    #[inline]
    pub(super) fn flush(&mut self, desk: &mut Desk) -> Result<(), Trouble> {
        while !self.blocked {
            let between = self.sent.within == 0;
            if between && self.first.is_empty() && (self.sent.number >= self.due || !self.is_open()) {
                return Ok(());
            }
            let written = if between && !self.first.is_empty() {
                self.channel.write(&[IoSlice::new(&self.first)])
            } else if self.first.is_empty() {
                self.channel.write(&self.messages.unsent(self.sent, self.due))
            } else {
                self.channel.write(&[IoSlice::new(self.messages.rest(self.sent))])
            };
            match written {
                Ok(size) if between && !self.first.is_empty() => drop(self.first.drain(..size)),
                Ok(size) => self.wrote(size, desk),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.blocked = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.broken(&error, "sending messages"),
            }
        }
        Ok(())
    }

    #[inline]
    fn wrote(&mut self, size: usize, desk: &mut Desk) {
        let before = self.sent.number;
        self.sent = self.messages.advance(self.sent, size);
        desk.tally.counts.sent += self.sent.number - before;
        desk.tally.counts.bytes_sent += size as u64;
    }

    pub(super) fn writable(&mut self, desk: &mut Desk) -> Result<(), Trouble> {
        self.blocked = false;
        if matches!(self.stage, Stage::Connecting) {
            let connected = self.channel.is_connected();
            if !connected.map_err(|error| unconnected(&error, self.target.address))? {
                return Ok(());
            }
            self.begin();
        }
        match self.channel.flush() {
            Ok(()) => self.flush(desk),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => self.broken(&error, "sending messages"),
        }
    }

    /// TCP is there.
    fn begin(&mut self) {
        self.stage = match &self.target.handshake {
            Some(handshake) => {
                let (upgrade, request) = Upgrade::begin(handshake);
                self.first = request;
                Stage::Upgrading(upgrade)
            }
            None if self.channel.is_secured() => Stage::Open,
            None => Stage::Securing,
        };
    }

    #[inline]
    pub(super) fn read(&mut self, dues: Option<Dues<'_>>, ended: bool, desk: &mut Desk) -> Result<u64, Trouble> {
        if matches!(self.stage, Stage::Connecting) {
            self.writable(desk)?;
        }
        let before = self.echoes.number();
        let mut progress = (before, desk.now);
        loop {
            let read = self.channel.read(&mut desk.buffer);
            desk.refresh();
            progress = self.insist(progress, desk)?;
            let mut last = false;
            match read {
                Ok(0) => self.ended()?,
                Ok(size) => {
                    self.handle(size, dues, desk)?;
                    last = !ended && self.channel.is_drained(size, desk.buffer.len());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => self.broken(&error, "waiting for echoes")?,
            }
            if last || matches!(self.stage, Stage::Closed) {
                break;
            }
        }
        if matches!(self.stage, Stage::Securing) && self.channel.is_secured() {
            self.stage = Stage::Open;
        }
        Ok(self.echoes.number() - before)
    }

    /// Ends a connection of which there is always more to read, and never an echo: it would keep all others waiting.
    #[inline]
    fn insist(&mut self, (number, since): (u64, u64), desk: &Desk) -> Result<(u64, u64), Trouble> {
        if self.echoes.number() > number {
            return Ok((self.echoes.number(), desk.now));
        }
        if desk.now.saturating_sub(since) < NOISE {
            return Ok((number, since));
        }
        match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Closing | Stage::Closed => Ok((number, since)),
            _ => Err(Trouble::new(
                Kind::Protocol,
                "the server sends and sends, but no echo",
                "each message is to come back once (app: echo); Pings without end are an attack",
            )),
        }
    }

    #[inline]
    fn handle(&mut self, size: usize, dues: Option<Dues<'_>>, desk: &mut Desk) -> Result<(), Trouble> {
        match &mut self.stage {
            Stage::Open => self.echo(size, dues, desk),
            Stage::Upgrading(upgrade) => {
                let Some(handshake) = &self.target.handshake else { return Ok(()) };
                let Some(behind) = upgrade.take(&desk.buffer[..size], handshake, &self.target)? else { return Ok(()) };
                self.stage = Stage::Open;
                desk.buffer[..behind.len()].copy_from_slice(&behind);
                self.echo(behind.len(), dues, desk)
            }
            _ => Ok(()),
        }
    }

    #[inline]
    fn echo(&mut self, size: usize, dues: Option<Dues<'_>>, desk: &mut Desk) -> Result<(), Trouble> {
        let before = self.echoes.number();
        let mut requests = Vec::new();
        let taken = self.echoes.take(size, &self.messages, desk, &mut requests);
        let after = self.echoes.number();
        desk.tally.counts.bytes_received += size as u64;
        if after > self.sent.number {
            return Err(Trouble::new(
                Kind::Mismatch,
                "more messages came back than were sent",
                "each message is to come back once, to its sender alone (app: echo)",
            ));
        }
        if after > before {
            self.quiet_since = desk.now;
            self.take_down(before, after, dues, desk);
        }
        for Request::Pong(payload) in requests {
            // RFC 6455 §5.5.3: the latest Ping may be answered for all.
            if self.first.len() < ANSWERS {
                masked_frame(&mut self.first, true, false, Opcode::Pong, &payload, key());
            }
        }
        taken
    }

    /// Each message's latency counts from the time it was due, or, in a closed loop, could be sent.
    #[inline]
    fn take_down(&mut self, before: u64, after: u64, dues: Option<Dues<'_>>, desk: &mut Desk) {
        if let Some(dues) = dues {
            for number in before..after {
                desk.echoed(dues.due(number), 1);
            }
            return;
        }
        let mut left = after - before;
        while let Some((since, count)) = self.stamps.pop(left) {
            desk.echoed(since, count);
            left -= count;
            if left == 0 {
                break;
            }
        }
    }

    fn ended(&mut self) -> Result<(), Trouble> {
        let stage = mem::replace(&mut self.stage, Stage::Closed);
        match stage {
            Stage::Closing | Stage::Closed => Ok(()),
            Stage::Upgrading(upgrade) => Err(upgrade.cut_short()),
            _ => Err(Trouble::new(
                Kind::Ended,
                "the server ended the connection",
                "its log says why; timeouts and limits of connections end them too",
            )),
        }
    }

    /// A connection that was to end anyway may break.
    fn broken(&mut self, error: &io::Error, doing: &str) -> Result<(), Trouble> {
        match mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Closing | Stage::Closed => Ok(()),
            Stage::Upgrading(_) | Stage::Securing if self.target.tls.is_some() => Err(tls_trouble(error)),
            Stage::Upgrading(_) => Err(Trouble::from_io(error, "waiting for the answer to the upgrade request")),
            Stage::Connecting => Err(unconnected(error, self.target.address)),
            _ => Err(Trouble::from_io(error, doing)),
        }
    }

    /// A server that owes an echo for longer than `timeout` nanoseconds.
    pub(super) fn overdue(&self, timeout: u64, now: u64) -> Option<Trouble> {
        let late = self.is_open() && self.outstanding() > 0 && now.saturating_sub(self.quiet_since) > timeout;
        late.then(|| {
            Trouble::new(
                Kind::TimedOut,
                format!("no message came back for {:?}", Duration::from_nanos(timeout)),
                "is the server busy, or does it wait for something else? --timeout waits longer",
            )
        })
    }

    pub(super) fn close(&mut self) {
        if !self.is_open() {
            self.stage = Stage::Closed;
            return;
        }
        self.due = self.sent.number;
        self.stage = Stage::Closing;
        if self.target.handshake.is_some() {
            masked_frame(&mut self.first, true, false, Opcode::Close, &NORMAL, key());
        } else {
            self.channel.shutdown();
        }
    }
}
