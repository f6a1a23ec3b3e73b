//! Plain connections: messages out of a stream, between it and the app.

use super::active::Active;
use super::address::Address;
use super::app::{HandlerError, PeerId};
use super::bytes::{BytesHandler, BytesPeer, Exchange};
use super::common::Full;
use super::config::{Config, Level};
use super::connection::Connection;
use super::hub::Hub;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::Family;
use super::output::Socket;
use super::protocol::{Cause, Protocol};
use crate::protocol::buffer::Pool;
use crate::protocol::framing::{Failure, Framing, Link, Receiver, Rules, Step};
use crate::protocol::input::Input;
use crate::protocol::phase::{Phase, Sender as _};
use std::convert::Infallible;
use std::marker::PhantomData;

use std::time::Instant;

/// A framing in front of an app.
pub struct TcpServer<H>(PhantomData<H>);

impl<H: BytesHandler> Protocol for TcpServer<H> {
    type App = H;
    type Session = Receiver;
    type Link = Link;
    type Settings = Rules;
    type Shared = Pool;
    type Outbox = Framing;
    type Kind = ();
    type Farewell<'a> = ();
    type Due = Infallible;

    const LOST: () = ();

    fn settings(config: &Config) -> Rules {
        Rules {
            framing: config.tcp.framing,
            max_message: config.limits.message,
            messages_per_second: config.limits.messages_per_second,
            bytes_per_second: config.limits.bytes_per_second,
        }
    }

    fn outbox(config: &Config) -> Framing {
        config.tcp.framing
    }

    fn accepted<S: Socket>(active: &mut Active<'_, Self, S>) {
        let Active { hub, index, .. } = active;
        if let Err(full) = hub.admit(*index) {
            #[cfg(feature = "metrics")]
            hub.tally.add_labelled(Family::Refused, full.reason(), 1);
            let reason = Value::Text(full.reason());
            hub.log(Level::Info, "refused", *index, &[("reason", reason)]);
            hub.connections[*index].output.broken = true;
        }
    }

    fn begin<S: Socket>(settings: &Rules, active: &mut Active<'_, Self, S>) {
        let Active { hub, index, .. } = active;
        let connection = &mut hub.connections[*index];
        connection.session = Receiver::new(settings, hub.now);
        connection.link.open();
        active.open(|handler, hub, index| handler.on_open(&mut BytesPeer { exchange: hub, index }));
    }

    #[inline]
    fn receive<S: Socket>(
        receiver: &mut Receiver,
        input: &mut Input<'_>,
        rules: &Rules,
        buffers: &mut Pool,
        active: &mut Active<'_, Self, S>,
    ) {
        let now = active.hub.now;
        while active.phase() == Phase::Open {
            if active.judge_pause() {
                return;
            }
            match receiver.advance(input, rules, buffers, now) {
                Ok(Step::Starved) => return,
                step => active.handle(step, receiver, input, buffers),
            }
        }
        input.skip_all();
    }

    #[inline]
    #[cfg(feature = "readiness")]
    fn direct_room(receiver: &mut Receiver, least: usize) -> Option<&mut [u8]> {
        receiver.direct_room(least)
    }

    #[cfg(feature = "readiness")]
    fn receive_direct<S: Socket>(
        receiver: &mut Receiver,
        count: usize,
        _: &Rules,
        buffers: &mut Pool,
        active: &mut Active<'_, Self, S>,
    ) {
        let step = receiver.advance_direct(count, active.hub.now);
        active.handle(step, receiver, &Input::new(&mut []), buffers);
    }

    #[inline]
    fn send<S: Socket>(hub: &mut Hub<Self, S>, index: usize, (): (), message: &[u8]) {
        let (link, mut outlet, framing) = hub.outgoing(index);
        if let Err(unfit) = link.message(message, *framing, &mut outlet) {
            fail(hub, index, &unfit.to_string());
        }
    }

    fn begin_close<S: Socket>(hub: &mut Hub<Self, S>, index: usize, cause: Cause<()>) {
        match cause {
            Cause::TooSlow => fail(hub, index, "too slow"),
            Cause::AppFailed => fail(hub, index, "internal error"),
            Cause::Drain | Cause::Idle | Cause::Wish(()) => hub.connections[index].link.linger(),
        }
    }

    fn deadline<S>(_: &Connection<Self, S>, _: &Config) -> Option<(Instant, Infallible)> {
        None
    }

    fn act<S: Socket>(due: Infallible, _: &mut Active<'_, Self, S>) {
        match due {}
    }

    fn on_close<S: Socket>(
        handler: &mut H,
        hub: &mut Hub<Self, S>,
        index: usize,
        (): (),
    ) -> Result<(), HandlerError> {
        handler.on_close(&mut BytesPeer { exchange: hub, index });
        Ok(())
    }

    fn code((): ()) -> Option<u16> {
        None
    }
}

impl Full {
    fn reason(self) -> &'static str {
        match self {
            Self::Server => "too many connections",
            Self::Client => "too many connections from this address",
        }
    }
}

impl<H: BytesHandler, S: Socket> Active<'_, TcpServer<H>, S> {
    #[inline]
    fn phase(&self) -> Phase {
        self.hub.connections[self.index].link.phase()
    }

    #[inline]
    fn handle(
        &mut self,
        step: Result<Step, Failure>,
        receiver: &mut Receiver,
        input: &Input<'_>,
        buffers: &mut Pool,
    ) {
        match step {
            Ok(Step::Starved) => {}
            Ok(Step::Message(place)) => {
                let message = receiver.message(&place, input);
                self.deliver(|handler, hub, index| {
                    handler.on_message(&mut BytesPeer { exchange: hub, index }, message)
                });
                receiver.release(&place, buffers);
            }
            Err(Failure(reason)) => fail(self.hub, self.index, reason),
        }
    }
}

/// Fails an open connection: what is owed goes out, then the sending side is shut down.
#[cold]
fn fail<H: BytesHandler, S: Socket>(hub: &mut Hub<TcpServer<H>, S>, index: usize, reason: &str) {
    hub.log(Level::Info, "failed", index, &[("reason", Value::Text(reason))]);
    let connection = &mut hub.connections[index];
    connection.link.linger();
    connection.since = hub.now;
    hub.touch(index);
}

impl<H: BytesHandler, S: Socket> Exchange for Hub<TcpServer<H>, S> {
    fn id(&self, index: usize) -> PeerId {
        self.peer_id(index)
    }

    fn address(&self, index: usize) -> Address {
        self.connections[index].address
    }

    fn send(&mut self, index: usize, message: &[u8]) {
        self.answer(index, (), message);
    }

    fn broadcast(&mut self, index: usize, message: &[u8]) {
        self.tell_others(index, (), message);
    }

    fn close(&mut self, index: usize) {
        self.begin_close(index, Cause::Wish(()));
    }
}
