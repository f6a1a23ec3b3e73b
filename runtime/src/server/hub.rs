//! The connections of a worker, as apps reach them.

use super::app::PeerId;
use super::common::{Full, Mail, Membership};
use super::config::{Config, Level, Overflow};
use super::connection::Connection;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::{Counter, Tally};
use super::output::{Outlet, Queues, Socket};
use super::protocol::{Cause, Protocol};
use super::slab::{Slab, Token};
use std::sync::Arc;
use std::time::Instant;

/// The connections of a worker.
pub struct Hub<P: Protocol, S> {
    pub config: Config,
    pub member: Membership<P::Kind>,
    pub connections: Slab<Connection<P, S>>,
    pub outbox: P::Outbox,
    pub queues: Queues,
    pub now: Instant,
    /// Connections to be settled: written, shut down, closed, armed.
    pub touched: Vec<usize>,
    /// Connections that are paused until the others are no longer congested.
    pub waiting: Vec<Token>,
    /// The input at hand made its own connection send something.
    pub answered: bool,
    /// The input at hand made other connections send something.
    pub broadcasted: bool,
    #[cfg(feature = "metrics")]
    pub tally: Tally,
}

impl<P: Protocol, S: Socket> Hub<P, S> {
    pub fn new(config: &Config, member: Membership<P::Kind>, now: Instant) -> Self {
        Self {
            config: *config,
            #[cfg(feature = "metrics")]
            tally: member.common.metrics.tally(),
            member,
            connections: Slab::new(),
            outbox: P::outbox(config),
            queues: Queues::default(),
            now,
            touched: Vec::new(),
            waiting: Vec::new(),
            answered: false,
            broadcasted: false,
        }
    }

    /// The sending half of a connection, the way out, and what messages need.
    #[inline]
    pub fn outgoing(&mut self, index: usize) -> (&mut P::Link, Outlet<'_, S>, &mut P::Outbox) {
        let connection = &mut self.connections[index];
        let outlet = Outlet {
            output: &mut connection.output,
            queues: &mut self.queues,
            collect: self.config.buffers.send,
            now: self.now,
        };
        (&mut connection.link, outlet, &mut self.outbox)
    }

    /// Has the connection settled later.
    #[inline]
    pub fn touch(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        if !connection.touched {
            connection.touched = true;
            self.touched.push(index);
        }
    }

    /// Sends a message on one connection, unless the watermark forbids it.
    #[inline]
    fn transmit(&mut self, index: usize, kind: P::Kind, payload: &[u8]) {
        let drops = self.config.buffers.overflow == Overflow::Drop;
        if drops && self.connections[index].congested {
            return;
        }
        #[cfg(feature = "metrics")]
        self.count_sent(index);
        P::send(self, index, kind, payload);
        self.touch(index);
        self.judge_congestion(index);
    }

    #[cfg(feature = "metrics")]
    #[inline]
    fn count_sent(&self, index: usize) {
        if self.connections[index].is_open() {
            self.tally.add(Counter::MessagesSent, 1);
        }
    }

    /// Compares the unsent bytes with the watermark, once the kernel takes no more.
    #[inline]
    pub fn judge_congestion(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        let above = connection.output.unsent() > self.config.buffers.high_watermark;
        if !above || !connection.output.is_stuck() || connection.congested {
            return;
        }
        connection.congested = true;
        self.member.common.congest();
        #[cfg(feature = "metrics")]
        self.tally.add(Counter::Backpressure, 1);
        if self.config.buffers.overflow == Overflow::Close {
            self.begin_close(index, Cause::TooSlow);
        }
    }

    /// Begins to close the connection, if it is open.
    pub fn begin_close(&mut self, index: usize, cause: Cause<P::Farewell<'_>>) {
        if !self.connections[index].is_open() {
            return;
        }
        P::begin_close(self, index, cause);
        self.connections[index].since = self.now;
        self.touch(index);
    }

    /// Whether the input of the connection has to wait for output.
    pub fn judge_pause(&mut self, index: usize) {
        let pauses = self.config.buffers.overflow == Overflow::Pause;
        let others = self.broadcasted && self.others_are_slow(index);
        let connection = &mut self.connections[index];
        connection.paused |= pauses && self.answered && connection.congested;
        if others && !connection.paused_for_others {
            connection.paused_for_others = true;
            self.member.common.wait();
            let token = self.connections.token(index);
            self.waiting.push(token);
        }
    }

    /// Whether a broadcast of this connection has to wait for others.
    pub fn others_are_slow(&self, index: usize) -> bool {
        let common = &self.member.common;
        let own = usize::from(self.connections[index].congested);
        let pauses = self.config.buffers.overflow == Overflow::Pause;
        pauses && common.congested() > own
    }

    /// Counts the connection as open, if the limits leave room for it.
    pub fn admit(&mut self, index: usize) -> Result<(), Full> {
        let connection = &mut self.connections[index];
        self.member.common.admit(connection.address.ip())?;
        connection.admitted = true;
        Ok(())
    }

    /// An admitted connection was refused for another reason, or is to be closed.
    pub fn dismiss(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        if std::mem::take(&mut connection.admitted) {
            self.member.common.dismiss(connection.address.ip());
        }
    }

    /// Removes a connection from all counts.
    pub fn discount(&mut self, index: usize) {
        let connection = &self.connections[index];
        if connection.congested {
            self.member.relieve();
        }
        if connection.paused_for_others {
            self.member.common.resume();
        }
        self.dismiss(index);
        self.member.common.leave();
    }

    /// Logs an event of a connection.
    pub fn log(&self, level: Level, event: &str, index: usize, fields: &[(&str, Value<'_>)]) {
        if self.config.log.logs(level) {
            let address = self.connections[index].address.to_string();
            let peer = [("peer", Value::Text(&address))];
            self.config.log.event(level, event, &[&peer[..], fields].concat());
        }
    }

    /// The identity of a connection.
    pub fn peer_id(&self, index: usize) -> PeerId {
        PeerId { worker: self.member.worker, token: self.connections.token(index).to_bits() }
    }

    /// Sends a message on the connection whose input is handled.
    pub fn answer(&mut self, index: usize, kind: P::Kind, payload: &[u8]) {
        self.answered = true;
        self.transmit(index, kind, payload);
    }

    /// Sends a message to all other open connections.
    pub fn tell_others(&mut self, index: usize, kind: P::Kind, payload: &[u8]) {
        self.broadcasted = true;
        self.tell(Some(index), kind, payload);
        self.member.post(|| Mail::Broadcast(kind, Arc::from(payload)));
    }

    /// Closes all connections of this worker: a broadcast was lost on its way to them.
    pub fn give_up(&mut self) {
        for index in 0..self.connections.end() {
            if self.connections.get_mut(index).is_some() {
                self.begin_close(index, Cause::TooSlow);
            }
        }
    }

    /// Sends a message to all open connections of this worker but one.
    pub fn tell(&mut self, except: Option<usize>, kind: P::Kind, payload: &[u8]) {
        P::begin_broadcast(&mut self.outbox);
        for index in 0..self.connections.end() {
            let open = |connection: &mut Connection<P, S>| connection.is_open();
            if Some(index) != except && self.connections.get_mut(index).is_some_and(open) {
                self.transmit(index, kind, payload);
            }
        }
        P::end_broadcast(&mut self.outbox);
    }
}
