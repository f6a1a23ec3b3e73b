//! WebSocket connections: what a session tells, between it and the app.

use super::active::Active;
use super::address::Address;
use super::app::{HandlerError, PeerId};
use super::common::Full;
use super::config::{Config, Heartbeat, Level};
use super::connection::Connection;
use super::handler::{Exchange, Handler, Peer};
use super::hub::Hub;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::{Family, Histogram};
use super::output::{Outlet, Socket};
use super::protocol::{Cause, Protocol};
use crate::protocol::close::{self, Failure};
#[cfg(feature = "compression")]
use crate::protocol::deflate::{Deflaters, Effort};
use crate::protocol::handshake::{Acceptance, Policy, Refusal};
use crate::protocol::input::Input;
use crate::protocol::link::{Link, Outbox};
use crate::protocol::message::{Kind, Message};
use crate::protocol::phase::{Phase, Sender as _};
use crate::protocol::receiver::{Role, Rules, Shared};
use crate::protocol::session::{self, Endpoint, Session, Settings};
use std::marker::PhantomData;
use std::time::Instant;

/// The WebSocket protocol in front of an app.
pub struct WebSocketServer<H>(PhantomData<H>);

/// What is due for a WebSocket connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// `timeouts.handshake` has passed.
    Handshake,
    /// The peer is quiet: a Ping.
    Ping,
    /// A Ping was not answered.
    PingTimeout,
}

impl<H: Handler> Protocol for WebSocketServer<H> {
    type App = H;
    type Session = Session;
    type Link = Link;
    type Settings = Settings;
    type Shared = Shared;
    type Outbox = Outbox;
    type Kind = Kind;
    type Farewell<'a> = (u16, &'a str);
    type Due = Due;

    const LOST: (u16, &'static str) = (close::ABNORMAL, "");

    fn settings(config: &Config) -> Settings {
        let Config { websocket, limits, .. } = config;
        Settings {
            policy: Policy {
                path: websocket.path,
                origins: websocket.origins,
                subprotocols: websocket.subprotocols,
                require_subprotocol: websocket.require_subprotocol,
                #[cfg(feature = "auth")]
                tokens: websocket.auth.map(|auth| auth.tokens),
                #[cfg(feature = "health")]
                health: websocket.health,
                #[cfg(feature = "metrics-page")]
                metrics: websocket.metrics,
                #[cfg(feature = "compression")]
                compression: websocket.compression.map(|compression| compression.wishes),
            },
            max_head: limits.handshake,
            rules: Rules {
                role: Role::Server,
                max_message: limits.message,
                accepts: websocket.accepts,
                validate_utf8: websocket.validate_utf8,
                messages_per_second: limits.messages_per_second,
                bytes_per_second: limits.bytes_per_second,
            },
        }
    }

    #[cfg(not(feature = "compression"))]
    fn outbox(config: &Config) -> Outbox {
        Outbox { fragment_size: config.websocket.fragment_size }
    }

    #[cfg(feature = "compression")]
    fn outbox(config: &Config) -> Outbox {
        let compression = config.websocket.compression;
        Outbox {
            fragment_size: config.websocket.fragment_size,
            threshold: compression.map_or(usize::MAX, |compression| compression.threshold),
            deflaters: Deflaters::new(compression.map_or(
                Effort { level: 6, memory_level: 8 },
                |compression| Effort {
                    level: compression.level,
                    memory_level: compression.memory_level,
                },
            )),
        }
    }

    /// Who is served is decided in the handshake.
    fn accepted<S: Socket>(_: &mut Active<'_, Self, S>) {}

    /// The handshake comes first.
    fn begin<S: Socket>(_: &Settings, _: &mut Active<'_, Self, S>) {}

    #[inline]
    fn receive<S: Socket>(
        session: &mut Session,
        input: &mut Input<'_>,
        settings: &Settings,
        shared: &mut Shared,
        active: &mut Active<'_, Self, S>,
    ) {
        let now = active.hub.now;
        session.receive(input, settings, shared, now, active);
    }

    #[inline]
    #[cfg(feature = "readiness")]
    fn direct_room(session: &mut Session, least: usize) -> Option<&mut [u8]> {
        session.direct_room(least)
    }

    #[cfg(feature = "readiness")]
    fn receive_direct<S: Socket>(
        session: &mut Session,
        count: usize,
        settings: &Settings,
        shared: &mut Shared,
        active: &mut Active<'_, Self, S>,
    ) {
        session.receive_direct(count, settings, shared, active);
    }

    #[inline]
    fn send<S: Socket>(hub: &mut Hub<Self, S>, index: usize, kind: Kind, payload: &[u8]) {
        let (link, mut outlet, outbox) = hub.outgoing(index);
        link.message(kind, payload, outbox, &mut outlet);
    }

    #[cfg(feature = "compression")]
    fn begin_broadcast(outbox: &mut Outbox) {
        outbox.deflaters.begin_broadcast();
    }

    #[cfg(feature = "compression")]
    fn end_broadcast(outbox: &mut Outbox) {
        outbox.deflaters.end_broadcast();
    }

    fn begin_close<S: Socket>(hub: &mut Hub<Self, S>, index: usize, cause: Cause<(u16, &str)>) {
        let (code, reason) = match cause {
            Cause::Drain => (close::GOING_AWAY, "server shutting down"),
            Cause::Idle => (close::GOING_AWAY, "idle timeout"),
            Cause::TooSlow => (close::TRY_AGAIN_LATER, "too slow"),
            Cause::AppFailed => (close::INTERNAL_ERROR, "internal error"),
            Cause::Wish(wish) => wish,
        };
        let (link, mut outlet, _) = hub.outgoing(index);
        link.close(code, reason, &mut outlet);
    }

    fn deadline<S>(connection: &Connection<Self, S>, config: &Config) -> Option<(Instant, Due)> {
        match connection.link.phase() {
            Phase::Handshake => {
                Some((connection.since + config.timeouts.handshake, Due::Handshake))
            }
            Phase::Open if !connection.is_paused() => {
                let on = |heartbeat: &Heartbeat| !heartbeat.interval.is_zero();
                let heartbeat = config.heartbeat.filter(on)?;
                Some(match connection.ping_sent {
                    Some(sent) => (sent + heartbeat.timeout, Due::PingTimeout),
                    None => (connection.last_input + heartbeat.interval, Due::Ping),
                })
            }
            _ => None,
        }
    }

    fn act<S: Socket>(due: Due, active: &mut Active<'_, Self, S>) {
        match due {
            Due::Handshake => session::refuse(Refusal::TOO_SLOW, active),
            Due::Ping => {
                let hub = &mut *active.hub;
                hub.connections[active.index].ping_sent = Some(hub.now);
                let (link, mut outlet, _) = hub.outgoing(active.index);
                link.ping(&mut outlet);
            }
            Due::PingTimeout => {
                active.hub.connections[active.index].hasty = true;
                session::fail(Failure::PING_TIMEOUT, active);
            }
        }
    }

    fn on_close<S: Socket>(
        handler: &mut H,
        hub: &mut Hub<Self, S>,
        index: usize,
        (code, reason): (u16, &str),
    ) -> Result<(), HandlerError> {
        handler.on_close(&mut Peer { exchange: hub, index }, code, reason);
        Ok(())
    }

    fn code((code, _): (u16, &str)) -> Option<u16> {
        Some(code)
    }
}

impl<H: Handler, S: Socket> Endpoint for Active<'_, WebSocketServer<H>, S> {
    type Sink<'a>
        = Outlet<'a, S>
    where
        Self: 'a;

    #[inline]
    fn link(&mut self) -> &mut Link {
        &mut self.hub.connections[self.index].link
    }

    #[inline]
    fn outgoing(&mut self) -> (&mut Link, Outlet<'_, S>) {
        self.hub.answered = true;
        let (link, outlet, _) = self.hub.outgoing(self.index);
        (link, outlet)
    }

    fn admit(&mut self) -> Result<(), Refusal> {
        self.hub.admit(self.index).map_err(Refusal::from)
    }

    fn refused(&mut self, refusal: Refusal) {
        self.hub.dismiss(self.index);
        if refusal.status >= 400 {
            #[cfg(feature = "metrics")]
            self.hub.tally.add_labelled(Family::Refused, refusal.reason, 1);
            let status = Value::Number(u64::from(refusal.status));
            let fields = [("status", status), ("reason", Value::Text(refusal.reason))];
            self.hub.log(Level::Info, "refused", self.index, &fields);
        }
        self.enter_phase();
    }

    fn opened(&mut self, _: &Acceptance) {
        #[cfg(feature = "metrics")]
        self.hub.tally.observe(Histogram::Handshake, self.hub.connections[self.index].since);
        self.open(|handler, hub, index| handler.on_open(&mut Peer { exchange: hub, index }));
    }

    #[inline]
    fn message(&mut self, message: Message<'_>) {
        self.deliver(|handler, hub, index| {
            handler.on_message(&mut Peer { exchange: hub, index }, message)
        });
    }

    fn failed(&mut self, failure: Failure) {
        let code = Value::Number(u64::from(failure.code));
        let fields = [("code", code), ("reason", Value::Text(failure.reason))];
        self.hub.log(Level::Info, "failed", self.index, &fields);
        self.enter_phase();
        self.gone((failure.code, failure.reason));
    }

    fn closed(&mut self, code: u16, reason: &str) {
        self.enter_phase();
        self.gone((code, reason));
    }

    #[cfg(feature = "metrics-page")]
    fn metrics(&mut self) -> String {
        self.hub.member.common.metrics.text()
    }

    #[inline]
    fn is_paused(&mut self) -> bool {
        self.judge_pause()
    }
}

impl<H: Handler, S: Socket> Exchange for Hub<WebSocketServer<H>, S> {
    fn id(&self, index: usize) -> PeerId {
        self.peer_id(index)
    }

    fn address(&self, index: usize) -> Address {
        self.connections[index].address
    }

    fn subprotocol(&self, index: usize) -> Option<&'static str> {
        self.connections[index].link.subprotocol()
    }

    fn send(&mut self, index: usize, kind: Kind, payload: &[u8]) {
        self.answer(index, kind, payload);
    }

    fn broadcast(&mut self, index: usize, kind: Kind, payload: &[u8]) {
        self.tell_others(index, kind, payload);
    }

    fn close(&mut self, index: usize, code: u16, reason: &str) {
        self.begin_close(index, Cause::Wish((code, reason)));
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        match full {
            Full::Server => Self::FULL,
            Full::Client => Self::FULL_FOR_CLIENT,
        }
    }
}
