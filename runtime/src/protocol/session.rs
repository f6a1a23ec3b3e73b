//! A server's side of one connection: bytes in, calls to an [`Endpoint`] out. No socket, no clock.

use super::close::{self, Failure};
#[cfg(feature = "compression")]
use super::deflate::{Deflater, Inflater};
use super::handshake::{self, Acceptance, Policy, Refusal};
use super::http::{self, Extent};
use super::input::Input;
use super::link::Link;
use super::message::Message;
use super::phase::{Phase, Sender as _};
use super::receiver::{Receiver, Rules, Shared, Step};
use super::sink::Sink;
use std::time::Instant;

/// What a session tells, and asks, the program around it.
pub trait Endpoint {
    /// Where the connection's frames go.
    type Sink<'a>: Sink
    where
        Self: 'a;

    /// The sending half of the connection.
    fn link(&mut self) -> &mut Link;

    /// The sending half of the connection, and where its frames go.
    fn outgoing(&mut self) -> (&mut Link, Self::Sink<'_>);

    /// Whether the limits on connections leave room for this one.
    ///
    /// # Errors
    /// The [`Refusal`] if they do not.
    fn admit(&mut self) -> Result<(), Refusal>;

    /// The handshake was refused; the answer is sent already.
    fn refused(&mut self, refusal: Refusal);

    /// The handshake was accepted; the answer is sent already.
    fn opened(&mut self, acceptance: &Acceptance);

    /// A message came.
    fn message(&mut self, message: Message<'_>);

    /// The connection was failed; the Close is sent already.
    fn failed(&mut self, failure: Failure);

    /// The peer's Close came; it is answered already.
    fn closed(&mut self, code: u16, reason: &str);

    /// What the server counts, as Prometheus reads it.
    #[cfg(feature = "metrics-page")]
    fn metrics(&mut self) -> String;

    /// Whether no more input is to be handled now.
    fn is_paused(&mut self) -> bool;
}

/// What every connection of a server has in common.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The rules for the handshake.
    pub policy: Policy,
    /// The largest head of a handshake.
    pub max_head: usize,
    /// The rules for frames and messages.
    pub rules: Rules,
}

/// The receiving half of a connection, from its first byte on.
#[derive(Default)]
pub struct Session {
    /// The handshake's head while it is not complete.
    head: Vec<u8>,
    receiver: Receiver,
}

impl Session {
    /// Handles `input`. What is left of it was not handled because the endpoint is paused.
    #[inline]
    pub fn receive<E: Endpoint>(
        &mut self,
        input: &mut Input<'_>,
        settings: &Settings,
        shared: &mut Shared,
        now: Instant,
        endpoint: &mut E,
    ) {
        loop {
            let paused = endpoint.is_paused();
            let phase = endpoint.link().phase();
            match phase {
                Phase::Open if paused => return,
                Phase::Open => match self.receiver.advance(input, &settings.rules, shared, now) {
                    Ok(Step::Starved) => return,
                    Ok(step) => self.handle(&step, input, settings, shared, endpoint),
                    Err(failure) => fail(failure, endpoint),
                },
                Phase::Handshake => {
                    if !self.shake_hands(input, settings, now, endpoint) {
                        return;
                    }
                }
                Phase::Closing => {
                    let Some((code, reason)) = self.receiver.measure(input, shared) else { return };
                    endpoint.link().linger();
                    endpoint.closed(code, &reason);
                }
                Phase::Lingering | Phase::Ended => return input.skip_all(),
            }
        }
    }

    /// Room to read the payload of a large message into, if one is due.
    pub fn direct_room(&mut self, least: usize) -> Option<&mut [u8]> {
        self.receiver.direct_room(least)
    }

    /// Handles `count` bytes that were read into [`Self::direct_room`].
    pub fn receive_direct<E: Endpoint>(
        &mut self,
        count: usize,
        settings: &Settings,
        shared: &mut Shared,
        endpoint: &mut E,
    ) {
        let input = &mut Input::new(&mut []);
        match self.receiver.advance_direct(count, &settings.rules, shared) {
            Ok(Step::Starved) => {}
            Ok(step) => self.handle(&step, input, settings, shared, endpoint),
            Err(failure) => fail(failure, endpoint),
        }
    }

    #[inline]
    fn handle<E: Endpoint>(
        &mut self,
        step: &Step,
        input: &Input<'_>,
        settings: &Settings,
        shared: &mut Shared,
        endpoint: &mut E,
    ) {
        let receiver = &mut self.receiver;
        match step {
            Step::Starved => {}
            Step::Message(kind, place) => {
                match receiver.message(*kind, place, input, &settings.rules) {
                    Ok(message) => endpoint.message(message),
                    Err(failure) => fail(failure, endpoint),
                }
                receiver.release(place, shared);
            }
            Step::Ping(place) => {
                let payload = receiver.payload(place, input);
                let (link, mut sink) = endpoint.outgoing();
                link.pong(payload, &mut sink);
                drop(sink);
                receiver.release(place, shared);
            }
            Step::Pong(place) => receiver.release(place, shared),
            Step::Close(place) => {
                answer_close(receiver.payload(place, input), endpoint);
                receiver.release(place, shared);
            }
        }
    }
}

impl Session {
    /// Handles input of the handshake; `false` if there is more to come.
    #[cold]
    fn shake_hands<E: Endpoint>(
        &mut self,
        input: &mut Input<'_>,
        settings: &Settings,
        now: Instant,
        endpoint: &mut E,
    ) -> bool {
        let earlier = self.head.len();
        let missing = settings.max_head.saturating_sub(earlier).min(input.rest().len());
        self.head.extend_from_slice(&input.rest()[..missing]);
        let verdict = match http::extent(&self.head, earlier, settings.max_head) {
            Extent::Incomplete => {
                input.skip_all();
                return false;
            }
            Extent::TooLarge => Err(Refusal::TOO_LARGE),
            Extent::Complete { start, end } => {
                input.skip(end - earlier);
                handshake::judge(&self.head[start..end], &settings.policy, || endpoint.admit())
            }
        };
        self.head = Vec::new();
        match verdict {
            Ok(acceptance) => self.accept(&acceptance, &settings.rules, now, endpoint),
            #[cfg(feature = "metrics-page")]
            Err(Refusal::METRICS) => tell_metrics(endpoint),
            Err(refusal) => refuse(refusal, endpoint),
        }
        true
    }

    fn accept<E: Endpoint>(
        &mut self,
        acceptance: &Acceptance,
        rules: &Rules,
        now: Instant,
        endpoint: &mut E,
    ) {
        self.receiver = Receiver::new(rules, now);
        let (link, mut sink) = endpoint.outgoing();
        sink.send(acceptance.answer().as_bytes(), b"");
        link.open(acceptance.subprotocol);
        #[cfg(feature = "compression")]
        if let Some(agreement) = &acceptance.compression {
            let receiver = std::mem::take(&mut self.receiver);
            self.receiver = receiver.with_inflater(Inflater::for_server(agreement));
            link.set_deflater(Deflater::for_server(agreement));
        }
        drop(sink);
        endpoint.opened(acceptance);
    }
}

/// Answers the request with what is counted.
#[cfg(feature = "metrics-page")]
fn tell_metrics<E: Endpoint>(endpoint: &mut E) {
    let text = endpoint.metrics();
    end_with(&http::answer("200 OK", http::METRICS, "", &text), Refusal::METRICS, endpoint);
}

/// Refuses the handshake.
pub fn refuse<E: Endpoint>(refusal: Refusal, endpoint: &mut E) {
    end_with(&refusal.answer(), refusal, endpoint);
}

fn end_with<E: Endpoint>(answer: &str, refusal: Refusal, endpoint: &mut E) {
    let (link, mut sink) = endpoint.outgoing();
    sink.send(answer.as_bytes(), b"");
    link.linger();
    drop(sink);
    endpoint.refused(refusal);
}

/// Fails the connection.
pub fn fail<E: Endpoint>(failure: Failure, endpoint: &mut E) {
    let (link, mut sink) = endpoint.outgoing();
    link.fail(failure, &mut sink);
    drop(sink);
    endpoint.failed(failure);
}

/// The closing handshake that the peer began (RFC 6455 §5.5.1).
fn answer_close<E: Endpoint>(payload: &[u8], endpoint: &mut E) {
    let (code, reason) = match close::parse(payload) {
        Ok(parsed) => parsed,
        Err(failure) => return fail(failure, endpoint),
    };
    let (link, mut sink) = endpoint.outgoing();
    link.answer_close(code, &mut sink);
    drop(sink);
    endpoint.closed(code, reason);
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
