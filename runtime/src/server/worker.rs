//! A worker: connections, an app, and what drives them. It knows sockets only as [`Socket`], and is
//! told the time; a transport calls it when something happened.

use super::active::Active;
use super::address::Address;
use super::common::{Mail, Membership};
use super::config::Config;
use super::connection::{Connection, Due, Interest};
use super::deadlines::Deadlines;
use super::hub::Hub;
#[cfg(feature = "metrics")]
use super::metrics::Counter;
#[cfg(all(feature = "metrics", feature = "websocket"))]
use super::metrics::Family;
use super::output::{Output, Socket};
use super::protocol::{Cause, Protocol};
use super::slab::Token;
use crate::protocol::input::Input;
use crate::protocol::phase::{Phase, Sender as _};
#[cfg(feature = "readiness")]
use std::io;
use std::mem;
use std::time::Instant;

/// What a read gave.
#[cfg(feature = "readiness")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Nothing, or the end.
    Nothing,
    /// Less than there was room for: the kernel has no more.
    Some,
    /// As much as there was room for.
    Full,
}

/// A worker.
pub struct Worker<P: Protocol, S> {
    pub(super) app: P::App,
    pub(super) hub: Hub<P, S>,
    pub(super) settings: P::Settings,
    shared: P::Shared,
    deadlines: Deadlines,
    /// Connections whose pause is over.
    resumed: Vec<usize>,
    /// Connections in whose events the transport has another interest now.
    changed: Vec<Token>,
    /// Connections that are gone.
    removed: Vec<Token>,
    draining: bool,
    /// Memory for what was encrypted.
    #[cfg(feature = "tls")]
    pub(super) decrypted: Vec<u8>,
}

impl<P: Protocol, S: Socket> Worker<P, S> {
    /// A worker without connections.
    pub fn new(config: &Config, app: P::App, member: Membership<P::Kind>, now: Instant) -> Self {
        Self {
            app,
            hub: Hub::new(config, member, now),
            settings: P::settings(config),
            shared: P::Shared::default(),
            deadlines: Deadlines::default(),
            resumed: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            draining: false,
            #[cfg(feature = "tls")]
            decrypted: Vec::new(),
        }
    }

    /// Tells the time.
    pub fn set_time(&mut self, now: Instant) {
        self.hub.now = now;
    }

    /// The next time that [`Self::expire`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.earliest()
    }

    /// Whether a drain is over.
    pub fn is_drained(&self) -> bool {
        self.draining && self.hub.connections.len() == 0
    }

    /// A new connection; `None` if there are too many even to refuse them.
    pub fn accept(&mut self, socket: S, address: Address) -> Option<Token> {
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::Accepted, 1);
        if !self.hub.member.common.enter() {
            return None;
        }
        let now = self.hub.now;
        let connection = Connection::new(Output::new(socket, now), address, now);
        let token = self.hub.connections.insert(connection);
        let index = token.index as usize;
        P::accepted(&mut self.active(index));
        if !self.hub.connections[index].output.broken {
            self.begin(index);
        }
        self.hub.touch(index);
        self.settle();
        Some(token)
    }

    /// A connection begins.
    #[cfg(not(feature = "tls"))]
    fn begin(&mut self, index: usize) {
        let mut active = Active { app: &mut self.app, hub: &mut self.hub, index };
        P::begin(&self.settings, &mut active);
    }

    /// The socket of a connection.
    #[cfg(any(feature = "reactor", feature = "io-uring", feature = "iocp"))]
    pub fn socket(&self, token: Token) -> Option<&S> {
        let index = self.hub.connections.find(token)?;
        Some(&self.hub.connections[index].output.socket)
    }

    /// Closes a connection that the transport cannot watch.
    pub fn discard(&mut self, token: Token) {
        if let Some(index) = self.hub.connections.find(token) {
            self.broken(index);
        }
    }

    /// The socket hung up. If it is to be read, its input comes first.
    #[cfg(all(feature = "readiness", any(unix, not(feature = "iocp"))))]
    pub fn hung_up(&mut self, token: Token) {
        if let Some(index) = self.hub.connections.find(token) {
            if !self.hub.connections[index].wanted().read {
                self.broken(index);
            }
        }
    }

    /// The socket has input, or its stream ended, or it broke. One read.
    #[cfg(feature = "readiness")]
    pub fn readable(&mut self, token: Token, buffer: &mut [u8]) -> Read {
        let Some(index) = self.hub.connections.find(token) else { return Read::Nothing };
        let connection = &mut self.hub.connections[index];
        if !connection.wanted().read {
            return Read::Nothing;
        }
        let direct = if connection.reads_directly() {
            P::direct_room(&mut connection.session, buffer.len())
        } else {
            None
        };
        let is_direct = direct.is_some();
        let room = direct.unwrap_or(&mut *buffer);
        let asked = room.len();
        let count = match connection.output.socket.read(room) {
            Ok(0) => {
                self.ended(index);
                return Read::Nothing;
            }
            Ok(count) => count,
            Err(error) => {
                if !is_transient(&error) {
                    self.broken(index);
                }
                return Read::Nothing;
            }
        };
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::BytesReceived, count as u64);
        if is_direct {
            self.received_direct(index, count);
        } else {
            self.received(index, &mut buffer[..count]);
        }
        if count == asked { Read::Full } else { Read::Some }
    }

    /// The socket has room for output again.
    pub fn writable(&mut self, token: Token) {
        let Some(index) = self.hub.connections.find(token) else { return };
        if mem::take(&mut self.hub.connections[index].output.blocked) {
            self.hub.touch(index);
            self.settle();
        }
    }

    /// Bytes came without being asked for. Those that are not wanted yet are kept.
    #[cfg(feature = "io-uring")]
    pub fn take(&mut self, token: Token, bytes: &mut [u8]) {
        let Some(index) = self.hub.connections.find(token) else { return };
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::BytesReceived, bytes.len() as u64);
        let connection = &mut self.hub.connections[index];
        #[cfg(feature = "tls")]
        if connection.output.tls.is_some() {
            return self.received(index, bytes);
        }
        if connection.is_paused() {
            connection.unread.extend_from_slice(bytes);
        } else if connection.wanted().read {
            self.received(index, bytes);
        }
    }

    /// The peer ended its stream.
    #[cfg(feature = "io-uring")]
    pub fn end(&mut self, token: Token) {
        if let Some(index) = self.hub.connections.find(token) {
            self.ended(index);
        }
    }

    /// The kernel has no room for what the socket holds; `progress` says that it took some of it.
    #[cfg(feature = "io-uring")]
    pub fn stuck(&mut self, token: Token, progress: bool) {
        if let Some(index) = self.hub.connections.find(token) {
            if progress {
                self.hub.connections[index].output.progress = self.hub.now;
            }
            self.hub.touch(index);
            self.settle();
        }
    }

    /// Bytes came from a peer.
    fn received(&mut self, index: usize, bytes: &mut [u8]) {
        self.signs_of_life(index);
        #[cfg(feature = "tls")]
        self.handle(index, bytes);
        #[cfg(not(feature = "tls"))]
        self.feed(index, bytes);
        self.settle_read(index);
    }

    /// Bytes came that belong to a large message, and lie there already.
    #[cfg(feature = "readiness")]
    fn received_direct(&mut self, index: usize, count: usize) {
        self.signs_of_life(index);
        let mut session = mem::take(&mut self.hub.connections[index].session);
        let mut active = Active { app: &mut self.app, hub: &mut self.hub, index };
        P::receive_direct(&mut session, count, &self.settings, &mut self.shared, &mut active);
        self.hub.connections[index].session = session;
        self.hub.touch(index);
        self.settle_read(index);
    }

    fn signs_of_life(&mut self, index: usize) {
        let connection = &mut self.hub.connections[index];
        connection.last_input = self.hub.now;
        connection.ping_sent = None;
        self.hub.answered = false;
        self.hub.broadcasted = false;
    }

    /// Runs the session; what a pause leaves of the input is kept.
    pub(super) fn feed(&mut self, index: usize, bytes: &mut [u8]) {
        let mut session = mem::take(&mut self.hub.connections[index].session);
        let mut input = Input::new(bytes);
        let mut active = Active { app: &mut self.app, hub: &mut self.hub, index };
        P::receive(&mut session, &mut input, &self.settings, &mut self.shared, &mut active);
        let connection = &mut self.hub.connections[index];
        connection.session = session;
        connection.unread = input.rest().to_vec();
        self.hub.touch(index);
    }

    /// Writes what a read led to. Only then it may turn out that somebody takes no more.
    fn settle_read(&mut self, index: usize) {
        self.settle();
        if self.hub.member.common.congested() > 0 && self.hub.connections.get_mut(index).is_some() {
            self.hub.judge_pause(index);
            self.hub.touch(index);
            self.settle();
        }
    }

    /// The peer ended its stream.
    fn ended(&mut self, index: usize) {
        self.end_input(index);
        self.settle();
    }

    /// Nothing more comes from the peer.
    pub(super) fn end_input(&mut self, index: usize) {
        let connection = &mut self.hub.connections[index];
        connection.link.end();
        connection.since = self.hub.now;
        self.active(index).gone(P::LOST);
        self.hub.touch(index);
    }

    /// The connection is broken.
    fn broken(&mut self, index: usize) {
        self.hub.connections[index].output.broken = true;
        self.hub.touch(index);
        self.settle();
    }

    pub(super) fn active(&mut self, index: usize) -> Active<'_, P, S> {
        Active { app: &mut self.app, hub: &mut self.hub, index }
    }

    /// Does what is due.
    pub fn expire(&mut self) {
        while let Some((at, token)) = self.deadlines.pop_due(self.hub.now) {
            let Some(index) = self.hub.connections.find(token) else { continue };
            let connection = &mut self.hub.connections[index];
            if connection.armed != Some(at) {
                continue;
            }
            connection.armed = None;
            match connection.deadline(&self.hub.config) {
                Some((deadline, due)) if deadline <= self.hub.now => self.act(index, due),
                _ => {}
            }
            self.hub.touch(index);
        }
        self.settle();
    }

    fn act(&mut self, index: usize, due: Due<P::Due>) {
        match due {
            Due::Write => self.hub.connections[index].output.broken = true,
            Due::Idle => self.hub.begin_close(index, Cause::Idle),
            Due::Close => self.give_up(index),
            Due::Protocol(due) => P::act(due, &mut self.active(index)),
        }
    }

    /// The peer did not close in time.
    fn give_up(&mut self, index: usize) {
        let connection = &mut self.hub.connections[index];
        if connection.link.phase() == Phase::Closing {
            connection.link.linger();
            connection.since = self.hub.now;
            self.active(index).gone(P::LOST);
        } else {
            connection.output.broken = true;
        }
    }

    /// Closes every connection (1001); handshakes at once.
    pub fn drain(&mut self) {
        self.draining = true;
        for index in 0..self.hub.connections.end() {
            let Some(connection) = self.hub.connections.get_mut(index) else { continue };
            if connection.link.phase() == Phase::Handshake {
                connection.output.broken = true;
            }
            self.hub.begin_close(index, Cause::Drain);
            self.hub.touch(index);
        }
        self.settle();
    }

    /// Brings every touched connection to rest: writes, shuts down, closes, resumes, arms.
    fn settle(&mut self) {
        loop {
            while let Some(index) = self.hub.touched.pop() {
                self.settle_one(index);
            }
            // Another worker's congestion may have ended before this one began to wait for it.
            if self.hub.member.mailbox.is_some() && !self.hub.waiting.is_empty() {
                self.wake_waiting();
            }
            let Some(index) = self.resumed.pop() else { return };
            self.resume(index);
        }
    }

    fn settle_one(&mut self, index: usize) {
        let Some(connection) = self.hub.connections.get_mut(index) else { return };
        connection.touched = false;
        connection.output.flush(&mut self.hub.queues, self.hub.now);
        #[cfg(feature = "tls")]
        connection.part(&mut self.hub.queues, self.hub.now);
        connection.output.socket.end_turn();
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::BytesSent, mem::take(&mut connection.output.uncounted));
        self.hub.judge_congestion(index);
        self.end_congestion(index);
        let connection = &mut self.hub.connections[index];
        let drained = connection.output.unsent() == 0;
        let done = connection.hasty || drained && connection.link.phase() == Phase::Ended;
        if done || connection.output.broken {
            return self.remove(index);
        }
        if drained && connection.link.phase() == Phase::Lingering && !connection.shut {
            connection.shut = true;
            connection.since = self.hub.now;
            connection.output.socket.shut_down();
        }
        if connection.wanted() != connection.interest {
            connection.interest = connection.wanted();
            self.changed.push(self.hub.connections.token(index));
        }
        self.arm(index);
    }

    /// Half the watermark ends the congestion, and the pauses it caused.
    fn end_congestion(&mut self, index: usize) {
        let half = self.hub.config.buffers.high_watermark / 2;
        let connection = &mut self.hub.connections[index];
        if connection.congested && connection.output.unsent() <= half {
            connection.congested = false;
            self.hub.member.relieve();
            if mem::take(&mut connection.paused) && !connection.paused_for_others {
                self.resumed.push(index);
            }
            self.wake_waiting();
        }
    }

    /// Ends the pauses of those who waited for others.
    fn wake_waiting(&mut self) {
        let hub = &mut self.hub;
        for token in mem::take(&mut hub.waiting) {
            let Some(index) = hub.connections.find(token) else { continue };
            if hub.others_are_slow(index) {
                hub.waiting.push(token);
            } else {
                hub.member.common.resume();
                let connection = &mut hub.connections[index];
                connection.paused_for_others = false;
                if !connection.paused {
                    self.resumed.push(index);
                }
            }
        }
    }

    /// Handles what was left unread.
    fn resume(&mut self, index: usize) {
        let Some(connection) = self.hub.connections.get_mut(index) else { return };
        connection.last_input = self.hub.now;
        let mut unread = mem::take(&mut connection.unread);
        self.hub.answered = false;
        self.hub.broadcasted = false;
        self.feed(index, &mut unread);
        #[cfg(feature = "tls")]
        self.end_late(index);
    }

    fn arm(&mut self, index: usize) {
        let connection = &mut self.hub.connections[index];
        let Some((deadline, _)) = connection.deadline(&self.hub.config) else { return };
        if connection.armed.is_none_or(|armed| deadline < armed) {
            connection.armed = Some(deadline);
            self.deadlines.arm(deadline, self.hub.connections.token(index));
        }
    }

    fn remove(&mut self, index: usize) {
        self.active(index).gone(P::LOST);
        #[cfg(feature = "metrics")]
        self.count_closed(index);
        self.removed.push(self.hub.connections.token(index));
        self.hub.discount(index);
        self.hub.connections.remove(index);
        self.wake_waiting();
    }

    #[cfg(feature = "metrics")]
    fn count_closed(&self, index: usize) {
        let connection = &self.hub.connections[index];
        if !connection.opened {
            return;
        }
        self.hub.tally.add(Counter::Closed, 1);
        #[cfg(feature = "websocket")]
        if let Some(code) = connection.code {
            self.hub.tally.add_labelled(Family::Closed, &code.to_string(), 1);
        }
    }

    /// The number of open connections, of all workers.
    pub fn open(&self) -> usize {
        self.hub.member.common.open()
    }

    /// Whether there is no connection.
    #[cfg(all(feature = "reactor", any(unix, not(feature = "iocp"))))]
    pub fn is_empty(&self) -> bool {
        self.hub.connections.len() == 0
    }

    /// Tells all other workers to drain.
    pub fn drain_others(&self) {
        self.hub.member.post(|| Mail::Drain);
    }

    /// Does what other workers ask for; `true` if that is to drain.
    pub fn read_mail(&mut self) -> bool {
        let mut drain = false;
        for mail in self.hub.member.mail() {
            match mail {
                Mail::Broadcast(kind, payload) => self.hub.tell(None, kind, &payload),
                Mail::Flooded => self.hub.give_up(),
                Mail::Relief => self.wake_waiting(),
                Mail::Drain => drain = true,
            }
        }
        self.settle();
        drain
    }

    /// The connections that are gone.
    pub fn take_removed(&mut self) -> impl Iterator<Item = Token> {
        self.removed.drain(..)
    }

    /// Calls `apply` for each connection in whose events there is another interest now.
    pub fn apply_changes(&mut self, mut apply: impl FnMut(&S, Token, Interest)) {
        for token in self.changed.drain(..) {
            if let Some(index) = self.hub.connections.find(token) {
                let connection = &self.hub.connections[index];
                apply(&connection.output.socket, token, connection.interest);
            }
        }
    }
}

#[cfg(feature = "readiness")]
fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
#[cfg(feature = "websocket")]
#[path = "worker_tests.rs"]
mod tests;
