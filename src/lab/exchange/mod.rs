//! A conversation with an echo server: handshake, messages, a Ping, the closing handshake.

mod datagrams;
mod framing;
mod latency;
mod payload;
mod stream;
mod upgraded;

use std::time::{Duration, Instant};

use serde::Serialize;

use super::connection::Trust;
use super::endpoint::{Endpoint, Scheme};
use super::trouble::Trouble;
use super::websocket::{Answer, Opening};
use crate::model::Reliability;

pub use framing::{BadFraming, Framing};
pub use latency::Latency;

/// The largest message that a plan may have, in bytes.
pub const LARGEST: u64 = 1 << 30;
/// The most messages that a plan may have: the time of each is kept.
pub const MOST: u64 = 1_000_000;
/// How much larger than what was sent a message may be that is taken, in bytes.
const MARGIN: usize = 1 << 20;

/// What to do with a server.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub endpoint: Endpoint,
    /// Whom to trust.
    pub trust: Trust,
    /// What is asked for in the handshake.
    pub opening: Opening,
    /// Messages, one after the other.
    pub messages: u64,
    /// Bytes of each.
    pub size: usize,
    /// Random bytes rather than text.
    pub binary: bool,
    /// What tells messages apart, over TCP.
    pub framing: Framing,
    /// What stands in front of each message, over UDP.
    pub reliability: Reliability,
    /// The longest wait for anything.
    pub patience: Duration,
}

impl Plan {
    fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    /// The largest message that is taken, in bytes: what does not compress grows a little.
    fn largest_echo(&self) -> usize {
        self.size + self.size / 8 + MARGIN
    }
}

/// How the connection came to be.
#[derive(Clone, Debug, Serialize)]
pub struct Opened {
    /// Milliseconds until TCP, and TLS where there is TLS, was there.
    pub connect_ms: f64,
    /// TLS version and cipher suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
}

/// The opening handshake.
#[derive(Clone, Debug, Serialize)]
pub struct Handshake {
    /// Milliseconds from the request to the answer.
    pub upgrade_ms: f64,
    /// What the server answered.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The closing handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The code of the server's Close; 1005 for one without.
    pub code: u16,
    /// Its reason.
    pub reason: String,
}

/// What came of it: as far as it went, and the trouble that ended it.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The connection.
    pub opened: Option<Opened>,
    /// The opening handshake, for WebSocket.
    pub handshake: Option<Handshake>,
    /// Messages that went out.
    pub sent: u64,
    /// Echoes that came back.
    pub received: u64,
    /// Round trips of the messages.
    pub latency: Option<Latency>,
    /// Round trip of a Ping, in milliseconds, for WebSocket.
    pub ping_ms: Option<f64>,
    /// Bytes on the wire by bytes of messages, both ways together, where permessage-deflate was agreed on.
    pub compression_ratio: Option<f64>,
    /// The closing handshake, for WebSocket.
    pub closed: Option<Closed>,
    /// Why it ended early.
    pub trouble: Option<Trouble>,
}

/// Carries a plan out.
pub fn run(plan: &Plan) -> Exchange {
    let mut exchange = Exchange::default();
    let mut round_trips = Vec::new();
    let mut course = Course { plan, exchange: &mut exchange, round_trips: &mut round_trips };
    let result = match plan.endpoint.scheme {
        Scheme::Ws | Scheme::Wss => upgraded::run(&mut course),
        Scheme::Tcp | Scheme::Tls => stream::run(&mut course),
        Scheme::Udp => datagrams::run(&mut course),
    };
    exchange.trouble = result.err();
    exchange.latency = Latency::of(round_trips);
    exchange
}

/// An exchange under way.
struct Course<'a> {
    plan: &'a Plan,
    exchange: &'a mut Exchange,
    round_trips: &'a mut Vec<Duration>,
}

impl Course<'_> {
    /// An echo of what went out at `start`.
    fn echoed(&mut self, start: Instant) {
        self.round_trips.push(start.elapsed());
        self.exchange.received += 1;
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// What came back is not the echo.
fn mismatch(number: u64, sent: &[u8], seen: &[u8]) -> Trouble {
    let at = sent.iter().zip(seen).position(|(one, other)| one != other);
    let difference = match at {
        Some(at) => format!("they differ from byte {at} on"),
        None => format!("{} bytes came for {}", seen.len(), sent.len()),
    };
    Trouble::new(
        super::trouble::Kind::Mismatch,
        format!("message {number} came back changed: {difference}"),
        "is this an echo server? --messages 0 tries everything but messages",
    )
}
