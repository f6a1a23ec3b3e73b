//! The connections of a worker, as apps reach them.

use super::config::{Config, Heartbeat, Level, Overflow};
use super::connection::Connection;
use super::handler::{Exchange, PeerId};
use super::log::Value;
use super::output::{Outlet, Queues, Socket};
use super::slab::{Slab, Token};
use crate::protocol::close::TRY_AGAIN_LATER;
#[cfg(feature = "compression")]
use crate::protocol::deflate::{Deflaters, Effort};
use crate::protocol::handshake::Refusal;
use crate::protocol::link::{Link, Outbox, Phase};
use crate::protocol::message::Kind;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// The connections of a worker.
pub struct Hub<S> {
    pub config: Config,
    pub connections: Slab<Connection<S>>,
    pub outbox: Outbox,
    pub queues: Queues,
    pub now: Instant,
    /// Connections to be settled: written, shut down, closed, armed.
    pub touched: Vec<usize>,
    /// Open WebSocket connections.
    pub open: usize,
    per_client: HashMap<IpAddr, u32>,
    /// Connections above the high watermark.
    pub congested: usize,
    /// Connections that are paused until the others are no longer congested.
    pub waiting: Vec<Token>,
    /// The input at hand made its own connection send something.
    pub answered: bool,
    /// The input at hand made other connections send something.
    pub broadcasted: bool,
}

impl<S: Socket> Hub<S> {
    pub fn new(config: &Config, now: Instant) -> Self {
        Self {
            config: *config,
            connections: Slab::new(),
            outbox: outbox(config),
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

    /// The heartbeat, unless it is switched off.
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.config.heartbeat.filter(|heartbeat| !heartbeat.interval.is_zero())
    }

    /// The sending half of a connection, the way out, and what messages need.
    #[inline]
    pub fn outgoing(&mut self, index: usize) -> (&mut Link, Outlet<'_, S>, &mut Outbox) {
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
    fn transmit(&mut self, index: usize, kind: Kind, payload: &[u8]) {
        let drops = self.config.buffers.overflow == Overflow::Drop;
        if drops && self.connections[index].congested {
            return;
        }
        let (link, mut outlet, outbox) = self.outgoing(index);
        link.message(kind, payload, outbox, &mut outlet);
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
            self.begin_close(index, TRY_AGAIN_LATER, "too slow");
        }
    }

    /// Begins the closing handshake, if the connection is open.
    pub fn begin_close(&mut self, index: usize, code: u16, reason: &str) {
        if !self.connections[index].is_open() {
            return;
        }
        let (link, mut outlet, _) = self.outgoing(index);
        link.close(code, reason, &mut outlet);
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
    pub fn admit(&self, index: usize) -> Result<(), Refusal> {
        let limits = &self.config.limits;
        if self.open >= limits.connections {
            return Err(Refusal::FULL);
        }
        let client = self.connections[index].address.ip();
        let of_client = self.per_client.get(&client).copied().unwrap_or_default();
        match limits.connections_per_client {
            Some(most) if of_client >= most => Err(Refusal::FULL_FOR_CLIENT),
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
    pub fn discount(&mut self, connection: &Connection<S>) {
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
}

#[cfg_attr(not(feature = "compression"), expect(clippy::missing_const_for_fn))]
fn outbox(config: &Config) -> Outbox {
    #[cfg(feature = "compression")]
    let compression = config.websocket.compression;
    Outbox {
        fragment_size: config.websocket.fragment_size,
        #[cfg(feature = "compression")]
        threshold: compression.map_or(usize::MAX, |compression| compression.threshold),
        #[cfg(feature = "compression")]
        deflaters: Deflaters::new(compression.map_or(
            Effort { level: 6, memory_level: 8 },
            |compression| Effort {
                level: compression.level,
                memory_level: compression.memory_level,
            },
        )),
    }
}

impl<S: Socket> Exchange for Hub<S> {
    fn id(&self, index: usize) -> PeerId {
        PeerId(self.connections.token(index).to_bits())
    }

    fn address(&self, index: usize) -> SocketAddr {
        self.connections[index].address
    }

    fn subprotocol(&self, index: usize) -> Option<&'static str> {
        self.connections[index].subprotocol
    }

    fn send(&mut self, index: usize, kind: Kind, payload: &[u8]) {
        self.answered = true;
        self.transmit(index, kind, payload);
    }

    fn broadcast(&mut self, index: usize, kind: Kind, payload: &[u8]) {
        self.broadcasted = true;
        #[cfg(feature = "compression")]
        self.outbox.deflaters.begin_broadcast();
        for other in 0..self.connections.end() {
            let open = |connection: &mut Connection<S>| connection.link.phase() == Phase::Open;
            if other != index && self.connections.get_mut(other).is_some_and(open) {
                self.transmit(other, kind, payload);
            }
        }
        #[cfg(feature = "compression")]
        self.outbox.deflaters.end_broadcast();
    }

    fn close(&mut self, index: usize, code: u16, reason: &str) {
        self.begin_close(index, code, reason);
    }
}
