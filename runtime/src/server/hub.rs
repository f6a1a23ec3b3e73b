//! The connections of a worker, as apps reach them.

use super::app::PeerId;
use super::config::{Config, Level, Overflow};
use super::connection::Connection;
use super::log::Value;
use super::output::{Outlet, Queues, Socket};
use super::protocol::{Cause, Protocol};
use super::slab::{Slab, Token};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// The connections of a worker.
pub struct Hub<P: Protocol, S> {
    pub config: Config,
    pub connections: Slab<Connection<P, S>>,
    pub outbox: P::Outbox,
    pub queues: Queues,
    pub now: Instant,
    /// Connections to be settled: written, shut down, closed, armed.
    pub touched: Vec<usize>,
    /// Open connections.
    pub open: usize,
    per_client: HashMap<Option<IpAddr>, u32>,
    /// Connections above the high watermark.
    pub congested: usize,
    /// Connections that are paused until the others are no longer congested.
    pub waiting: Vec<Token>,
    /// The input at hand made its own connection send something.
    pub answered: bool,
    /// The input at hand made other connections send something.
    pub broadcasted: bool,
}

/// Which limit on connections is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// `limits.connections`.
    Server,
    /// `limits.connections_per_client`.
    Client,
}

impl<P: Protocol, S: Socket> Hub<P, S> {
    pub fn new(config: &Config, now: Instant) -> Self {
        Self {
            config: *config,
            connections: Slab::new(),
            outbox: P::outbox(config),
            queues: Queues::default(),
            now,
            touched: Vec::new(),
            open: 0,
            per_client: HashMap::new(),
            congested: 0,
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
        P::send(self, index, kind, payload);
        self.touch(index);
        self.judge_congestion(index);
    }

    /// Compares the unsent bytes with the watermark, once the kernel takes no more.
    #[inline]
    pub fn judge_congestion(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        let above = connection.output.unsent() > self.config.buffers.high_watermark;
        if !above || !connection.output.blocked || connection.congested {
            return;
        }
        connection.congested = true;
        self.congested += 1;
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
        let others = self.congested_others(index) > 0;
        let buffers = &self.config.buffers;
        let connection = &mut self.connections[index];
        let waited = connection.paused_for_others;
        match buffers.overflow {
            Overflow::Close => return,
            Overflow::Pause => {
                connection.paused |= self.answered && connection.congested;
                connection.paused_for_others |= self.broadcasted && others;
            }
            // Control frames are not dropped: a flood of Pings has to end somewhere.
            Overflow::Drop => {
                let unsent = connection.output.unsent();
                connection.paused |= connection.congested && unsent / 2 > buffers.high_watermark;
            }
        }
        if connection.paused_for_others && !waited {
            let token = self.connections.token(index);
            self.waiting.push(token);
        }
    }

    /// The number of other connections above the watermark.
    pub fn congested_others(&self, index: usize) -> usize {
        self.congested - usize::from(self.connections[index].congested)
    }

    /// Whether the limits on connections leave room for this one.
    pub fn admit(&self, index: usize) -> Result<(), Full> {
        let limits = &self.config.limits;
        if self.open >= limits.connections {
            return Err(Full::Server);
        }
        let client = self.connections[index].address.ip();
        let of_client = self.per_client.get(&client).copied().unwrap_or_default();
        match limits.connections_per_client {
            Some(most) if of_client >= most => Err(Full::Client),
            _ => Ok(()),
        }
    }

    /// Counts a connection as open.
    pub fn count_open(&mut self, index: usize) {
        self.open += 1;
        self.connections[index].opened = true;
        if self.config.limits.connections_per_client.is_some() {
            *self.per_client.entry(self.connections[index].address.ip()).or_default() += 1;
        }
    }

    /// Removes a connection from all counts.
    pub fn discount(&mut self, connection: &Connection<P, S>) {
        self.congested -= usize::from(connection.congested);
        if !connection.opened {
            return;
        }
        self.open -= 1;
        let client = connection.address.ip();
        if let Some(count) = self.per_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.per_client.remove(&client);
            }
        }
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
        PeerId(self.connections.token(index).to_bits())
    }

    /// Sends a message on the connection whose input is handled.
    pub fn answer(&mut self, index: usize, kind: P::Kind, payload: &[u8]) {
        self.answered = true;
        self.transmit(index, kind, payload);
    }

    /// Sends a message to all other open connections.
    pub fn tell_others(&mut self, index: usize, kind: P::Kind, payload: &[u8]) {
        self.broadcasted = true;
        P::begin_broadcast(&mut self.outbox);
        for other in 0..self.connections.end() {
            let open = |connection: &mut Connection<P, S>| connection.is_open();
            if other != index && self.connections.get_mut(other).is_some_and(open) {
                self.transmit(other, kind, payload);
            }
        }
        P::end_broadcast(&mut self.outbox);
    }
}
