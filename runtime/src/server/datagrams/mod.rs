//! A server of datagrams: the peers it knows, and what it sends and drops. It knows sockets only as
//! [`Transmit`], and is told the time.

mod drops;
mod outbox;
mod peers;

pub use outbox::{Addressed, Outbox, Transmit};

use super::address::Address;
use super::app::{HandlerError, PeerId};
use super::bytes::{BytesHandler, BytesPeer, Exchange};
use super::config::{Config, Level, Reliability};
use super::deadlines::Deadlines;
use super::guard;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::{Counter, Family, Histogram, Metrics, Tally};
use crate::protocol::rate::Bucket;
use crate::protocol::reliability::header::{self, ACKNOWLEDGEMENT, Datagram, HEADER};
use crate::protocol::reliability::reliable::Reliable;
use crate::protocol::reliability::unacknowledged::WindowFull;
use drops::{Drops, Reason};
use peers::{Peer, Peers};
use std::net::SocketAddr;
#[cfg(feature = "metrics")]
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a silent peer is known where the configuration does not say it.
const KNOWN: Duration = Duration::from_secs(60);
/// The place of a sender that is not kept.
const PASSER_BY: usize = usize::MAX;

/// A server of datagrams; its workers share it.
pub struct DatagramServer<H> {
    app: H,
    state: State,
}

struct State {
    config: Config,
    peers: Peers,
    drops: Drops,
    deadlines: Deadlines,
    idle: Duration,
    now: Instant,
    /// The sender of the datagram at hand.
    sender: SocketAddr,
    /// Peers to be settled at the end of the turn.
    touched: Vec<usize>,
    #[cfg(feature = "metrics")]
    tally: Tally,
}

/// What callbacks reach: everything but the app, and the way out.
struct Desk<'a> {
    state: &'a mut State,
    outbox: &'a mut Outbox,
}

/// The size of the largest datagram, with its header.
pub fn longest(config: &Config) -> usize {
    let most = config.udp.max_datagram;
    match config.udp.reliability {
        Reliability::None => most,
        Reliability::Sequence => HEADER + most,
        Reliability::Ack => ACKNOWLEDGEMENT.max(HEADER + most),
    }
}

/// The numbers of a new peer, if there are any.
fn reliable(reliability: Reliability) -> Option<Box<Reliable>> {
    match reliability {
        Reliability::None => None,
        Reliability::Sequence => Some(Box::new(Reliable::sequence())),
        Reliability::Ack => Some(Box::new(Reliable::ack())),
    }
}

impl<H: BytesHandler> DatagramServer<H> {
    /// A server that has heard nobody.
    pub fn new(config: &Config, app: H, now: Instant) -> Self {
        let state = State {
            config: *config,
            peers: Peers::new(),
            drops: Drops::default(),
            deadlines: Deadlines::default(),
            idle: config.udp.idle.unwrap_or(KNOWN),
            now,
            sender: SocketAddr::from(([0; 4], 0)),
            touched: Vec::new(),
            #[cfg(feature = "metrics")]
            tally: Arc::<Metrics>::default().tally(),
        };
        Self { app, state }
    }

    /// What the server counts.
    #[cfg(feature = "metrics")]
    pub fn metrics(&self) -> &Arc<Metrics> {
        self.state.tally.metrics()
    }

    /// Tells the time.
    pub fn set_time(&mut self, now: Instant) {
        self.state.now = now;
    }

    /// A datagram came.
    #[inline]
    pub fn receive(&mut self, from: SocketAddr, datagram: &[u8], outbox: &mut Outbox) {
        #[cfg(feature = "metrics")]
        self.state.tally.add(Counter::BytesReceived, datagram.len() as u64);
        let parsed = match self.state.parse(datagram) {
            Ok(parsed) => parsed,
            Err(reason) => return self.state.drop_one(reason),
        };
        if let Some(most) = self.state.config.udp.known_peers {
            // Who is not known was sent nothing to acknowledge.
            if matches!(parsed, Some(Datagram::Ack(_))) && self.state.peers.find(from).is_none() {
                return self.state.drop_one(Reason::Malformed);
            }
            let index = self.peer(from, most, outbox);
            return self.receive_known(index, datagram, parsed, outbox);
        }
        self.state.sender = from;
        self.message(PASSER_BY, datagram, outbox);
    }

    fn receive_known(
        &mut self,
        index: usize,
        datagram: &[u8],
        parsed: Option<Datagram<'_>>,
        outbox: &mut Outbox,
    ) {
        match self.state.accept(index, datagram, parsed, outbox) {
            Ok(Some(message)) => self.message(index, message, outbox),
            Ok(None) => {}
            Err(reason) => self.state.drop_one(reason),
        }
    }

    /// The place of a peer that is heard, perhaps for the first time.
    fn peer(&mut self, from: SocketAddr, most: usize, outbox: &mut Outbox) -> usize {
        let state = &mut self.state;
        if let Some(index) = state.peers.find(from) {
            state.peers.heard(index, state.now);
            return index;
        }
        if state.peers.slab.len() >= most {
            if let Some(oldest) = state.peers.oldest() {
                self.forget(oldest, outbox);
            }
        }
        let state = &mut self.state;
        let bucket = state.config.udp.rate_limit.map(|rate| Bucket::new(rate, state.now));
        let reliable = reliable(state.config.udp.reliability);
        let index = state.peers.insert(Peer::new(from, bucket, reliable, state.now));
        state.log(Level::Debug, "opened", index, &[]);
        self.call(index, outbox, H::on_open);
        index
    }

    #[inline]
    fn message(&mut self, index: usize, message: &[u8], outbox: &mut Outbox) {
        #[cfg(feature = "metrics")]
        let begin = Instant::now();
        self.call(index, outbox, |app, peer| app.on_message(peer, message));
        #[cfg(feature = "metrics")]
        self.state.tally.add(Counter::MessagesReceived, 1);
        #[cfg(feature = "metrics")]
        self.state.tally.observe(Histogram::Message, begin);
    }

    /// Runs a callback; the app does not go on with a peer that it failed for.
    #[inline]
    fn call(
        &mut self,
        index: usize,
        outbox: &mut Outbox,
        callback: impl FnOnce(&mut H, &mut BytesPeer<'_>) -> Result<(), HandlerError>,
    ) {
        let mut desk = Desk { state: &mut self.state, outbox };
        let app = &mut self.app;
        let result = guard::run(|| callback(app, &mut BytesPeer { exchange: &mut desk, index }));
        if let Err(error) = result {
            let error = error.to_string();
            let fields = [("error", Value::Text(&error))];
            self.state.log(Level::Error, "handler-failed", index, &fields);
            self.state.dismiss(index);
        }
    }

    /// Tells the app that a peer is gone, and forgets it.
    fn forget(&mut self, index: usize, outbox: &mut Outbox) {
        self.state.log(Level::Debug, "closed", index, &[]);
        self.call(index, outbox, |app, peer| {
            app.on_close(peer);
            Ok(())
        });
        self.state.touched.retain(|touched| *touched != index);
        self.state.peers.remove(index);
    }

    /// Ends a turn: acknowledges what came. The outbox is to be flushed.
    pub fn settle(&mut self, outbox: &mut Outbox) {
        while let Some(index) = self.state.touched.pop() {
            if self.state.peers.slab[index].dismissed {
                self.forget(index, outbox);
            } else {
                self.state.settle(index, outbox);
            }
        }
    }

    /// Counts what the socket did not take.
    pub fn count_refused(&mut self, outbox: &mut Outbox) {
        let refused = std::mem::take(&mut outbox.refused);
        self.state.drop_some(Reason::NotSent, refused);
    }

    /// The next time that [`Self::expire`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        let State { peers, idle, .. } = &self.state;
        let silent = peers.oldest().map(|oldest| peers.slab[oldest].heard + *idle);
        let deadlines = [silent, self.state.deadlines.earliest(), self.state.drops.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn expire(&mut self, outbox: &mut Outbox) {
        let now = self.state.now;
        while let Some(oldest) = self.state.peers.oldest() {
            if self.state.peers.slab[oldest].heard + self.state.idle > now {
                break;
            }
            self.forget(oldest, outbox);
        }
        while let Some((at, token)) = self.state.deadlines.pop_due(now) {
            let Some(index) = self.state.peers.slab.find(token) else { continue };
            let peer = &mut self.state.peers.slab[index];
            if peer.armed == Some(at) {
                peer.armed = None;
                self.resend(index, outbox);
            }
        }
        self.state.drops.expire(now, self.state.config.log);
        self.settle(outbox);
    }

    fn resend(&mut self, index: usize, outbox: &mut Outbox) {
        let Peer { reliable, address, .. } = &mut self.state.peers.slab[index];
        let (Some(reliable), to) = (reliable, *address) else { return };
        let lost = reliable.resend(self.state.now, &mut |bytes| outbox.push(to, bytes, b""));
        if lost.is_ok() {
            return self.state.touch(index);
        }
        self.state.log(Level::Info, "lost", index, &[]);
        self.forget(index, outbox);
    }

    /// The server ends: tells the app, and sends what is queued.
    pub fn finish(&mut self, outbox: &mut Outbox) {
        while let Some(oldest) = self.state.peers.oldest() {
            self.forget(oldest, outbox);
        }
        self.settle(outbox);
    }
}

impl State {
    fn drop_one(&mut self, reason: Reason) {
        self.drop_some(reason, 1);
    }

    fn drop_some(&mut self, reason: Reason, count: u64) {
        #[cfg(feature = "metrics")]
        self.tally.add_labelled(Family::Dropped, reason.name(), count);
        self.drops.add(reason, count, self.now, self.config.log);
    }

    /// Takes a datagram apart, if it is to have a header.
    #[inline]
    fn parse<'a>(&self, datagram: &'a [u8]) -> Result<Option<Datagram<'a>>, Reason> {
        let udp = &self.config.udp;
        if udp.reliability == Reliability::None {
            return if datagram.len() > udp.max_datagram { Err(Reason::TooLong) } else { Ok(None) };
        }
        match header::parse(datagram).ok_or(Reason::Malformed)? {
            Datagram::Data(_, _, payload) if payload.len() > udp.max_datagram => {
                Err(Reason::TooLong)
            }
            Datagram::Ack(_) if udp.reliability != Reliability::Ack => Err(Reason::Malformed),
            parsed => Ok(Some(parsed)),
        }
    }

    /// Judges a known peer's datagram; what is in it, if there is something for the app.
    fn accept<'a>(
        &mut self,
        index: usize,
        datagram: &'a [u8],
        parsed: Option<Datagram<'a>>,
        outbox: &mut Outbox,
    ) -> Result<Option<&'a [u8]>, Reason> {
        let peer = &mut self.peers.slab[index];
        let now = self.now;
        if peer.bucket.as_mut().is_some_and(|bucket| !bucket.take(1, now)) {
            return Err(Reason::RateLimit);
        }
        let (Some(reliable), Some(parsed)) = (&mut peer.reliable, parsed) else {
            return Ok(Some(datagram));
        };
        let to = peer.address;
        let result = reliable.receive(&parsed, now, &mut |bytes| outbox.push(to, bytes, b""));
        self.touch(index);
        Ok(result?)
    }

    /// Has the peer settled at the end of the turn.
    #[inline]
    fn touch(&mut self, index: usize) {
        let peer = &mut self.peers.slab[index];
        if !peer.touched {
            peer.touched = true;
            self.touched.push(index);
        }
    }

    fn settle(&mut self, index: usize, outbox: &mut Outbox) {
        let peer = &mut self.peers.slab[index];
        peer.touched = false;
        let Some(reliable) = &mut peer.reliable else { return };
        if let Some(acknowledgement) = reliable.acknowledge() {
            outbox.push(peer.address, &acknowledgement, b"");
        }
        let Some(deadline) = reliable.deadline() else { return };
        if peer.armed.is_none_or(|armed| deadline < armed) {
            peer.armed = Some(deadline);
            self.deadlines.arm(deadline, self.peers.slab.token(index));
        }
    }

    /// Has a peer forgotten at the end of the turn.
    fn dismiss(&mut self, index: usize) {
        if index != PASSER_BY {
            self.peers.slab[index].dismissed = true;
            self.touch(index);
        }
    }

    #[inline]
    fn address(&self, index: usize) -> SocketAddr {
        if index == PASSER_BY { self.sender } else { self.peers.slab[index].address }
    }

    fn log(&self, level: Level, event: &str, index: usize, fields: &[(&str, Value<'_>)]) {
        if self.config.log.logs(level) {
            let address = Address::from(self.address(index)).to_string();
            let peer = [("peer", Value::Text(&address))];
            self.config.log.event(level, event, &[&peer[..], fields].concat());
        }
    }
}

impl Exchange for Desk<'_> {
    fn id(&self, index: usize) -> PeerId {
        let token = if index == PASSER_BY {
            u64::MAX
        } else {
            self.state.peers.slab.token(index).to_bits()
        };
        PeerId { worker: 0, token }
    }

    fn address(&self, index: usize) -> Address {
        Address::from(self.state.address(index))
    }

    #[inline]
    fn send(&mut self, index: usize, message: &[u8]) {
        let Self { state, outbox } = self;
        #[cfg(feature = "metrics")]
        state.tally.add(Counter::MessagesSent, 1);
        if index == PASSER_BY {
            return outbox.push(state.sender, b"", message);
        }
        let peer = &mut state.peers.slab[index];
        let to = peer.address;
        let Some(reliable) = &mut peer.reliable else { return outbox.push(to, b"", message) };
        let push = &mut |header: &[u8], payload: &[u8]| outbox.push(to, header, payload);
        match reliable.send(message, state.now, push) {
            Ok(()) => state.touch(index),
            Err(WindowFull) => state.drop_one(Reason::WindowFull),
        }
    }

    fn broadcast(&mut self, index: usize, message: &[u8]) {
        for other in 0..self.state.peers.slab.end() {
            if other != index && self.state.peers.slab.get_mut(other).is_some() {
                self.send(other, message);
            }
        }
    }

    fn close(&mut self, index: usize) {
        self.state.dismiss(index);
    }
}

#[cfg(test)]
mod tests;
