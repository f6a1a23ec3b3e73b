//! Connections over TLS: what is between their bytes and the socket's.

use super::active::Active;
use super::config::Level;
use super::connection::Connection;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::Family;
use super::output::{Output, Queues, Socket};
use super::protocol::Protocol;
use super::worker::Worker;
use crate::protocol::phase::{Phase, Sender as _};
use crate::protocol::tls::{Failed, Layer};
use std::io::{self, IoSlice};
use std::mem;
use std::time::Instant;

/// What is logged of a handshake that failed.
const REFUSED: &str = "TLS handshake failed";

impl<S: Socket> Output<S> {
    /// Bytes that left the queue and did not reach the kernel yet.
    #[inline]
    pub(super) fn held(&self) -> usize {
        self.socket.held() + self.encrypted()
    }

    fn encrypted(&self) -> usize {
        self.tls.as_ref().map_or(0, |tls| tls.outgoing().len())
    }

    /// Whether there is something to write.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.queued() > 0 || self.encrypted() > 0
    }

    /// Has the socket, or TLS before it, take what waits and a frame; returns how much of that is
    /// taken.
    pub(super) fn write_secure(
        &mut self,
        header: &[u8],
        payload: &[u8],
        queues: &mut Queues,
    ) -> usize {
        if self.tls.is_none() {
            return self.write(header, payload);
        }
        if !self.write_encrypted(queues) {
            return 0;
        }
        let total = self.queued() + header.len() + payload.len();
        self.broken |= self.encrypt(header, payload, queues).is_err();
        self.write_encrypted(queues);
        total
    }

    fn encrypt(
        &mut self,
        header: &[u8],
        payload: &[u8],
        queues: &mut Queues,
    ) -> Result<(), Failed> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        tls.lend(|| queues.take());
        tls.send(&self.queue[self.written..])?;
        tls.send(header)?;
        tls.send(payload)
    }

    /// Whether all encrypted bytes are with the socket.
    fn write_encrypted(&mut self, queues: &mut Queues) -> bool {
        let Some(tls) = &mut self.tls else { return true };
        let taken = match write_once(&mut self.socket, tls.outgoing()) {
            Ok(taken) => taken,
            Err(error) => {
                self.broken |= error.kind() != io::ErrorKind::WouldBlock;
                return false;
            }
        };
        let memory = tls.advance(taken);
        #[cfg(feature = "metrics")]
        self.count(taken);
        let Some(memory) = memory else { return false };
        queues.give(memory);
        true
    }

    /// Says that nothing more comes, once everything else is with the kernel.
    fn say_goodbye(&mut self, queues: &mut Queues, now: Instant) {
        if self.unsent() == 0 {
            if let Some(tls) = &mut self.tls {
                self.broken |= tls.close().is_err();
            }
            self.flush(queues, now);
        }
    }
}

fn write_once(socket: &mut impl Socket, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    loop {
        match socket.write(&[IoSlice::new(bytes)]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl<P: Protocol, S> Connection<P, S> {
    /// Whether the handshake of TLS is not over.
    pub fn is_securing(&self) -> bool {
        self.output.tls.as_ref().is_some_and(|tls| tls.is_handshaking())
    }

    /// Whether input may be read to where it is wanted.
    #[cfg(feature = "readiness")]
    pub fn reads_directly(&self) -> bool {
        self.is_open() && self.output.tls.is_none()
    }
}

impl<P: Protocol, S: Socket> Connection<P, S> {
    /// Says that nothing more comes, if that is so.
    pub fn part(&mut self, queues: &mut Queues, now: Instant) {
        if matches!(self.link.phase(), Phase::Lingering | Phase::Ended) {
            self.output.say_goodbye(queues, now);
        }
    }
}

impl<P: Protocol, S: Socket> Active<'_, P, S> {
    /// TLS failed: the alert goes out, and nothing else.
    #[cold]
    fn tls_failed(&mut self, handshaking: bool) {
        if handshaking {
            #[cfg(feature = "metrics")]
            self.hub.tally.add_labelled(Family::Refused, REFUSED, 1);
            let reason = [("reason", Value::Text(REFUSED))];
            self.hub.log(Level::Info, "refused", self.index, &reason);
        }
        self.hub.connections[self.index].link.linger();
        self.enter_phase();
        self.gone(P::LOST);
    }
}

impl<P: Protocol, S: Socket> Worker<P, S> {
    /// A connection begins: with the handshake of TLS, if there is one.
    pub(super) fn begin(&mut self, index: usize) {
        let Some(credentials) = &self.hub.member.common.credentials else {
            return self.begin_protocol(index);
        };
        let output = &mut self.hub.connections[index].output;
        match Layer::new(credentials.current()) {
            Ok(tls) => output.tls = Some(Box::new(tls)),
            Err(Failed) => output.broken = true,
        }
    }

    /// Bytes can go both ways.
    fn begin_protocol(&mut self, index: usize) {
        let mut active = Active { app: &mut self.app, hub: &mut self.hub, index };
        P::begin(&self.settings, &mut active);
    }

    /// Handles what came from a peer.
    #[inline]
    pub(super) fn handle(&mut self, index: usize, bytes: &mut [u8]) {
        if self.hub.connections[index].output.tls.is_some() {
            self.receive_encrypted(index, bytes);
        } else {
            self.feed(index, bytes);
        }
    }

    /// Encrypted bytes came from a peer.
    fn receive_encrypted(&mut self, index: usize, bytes: &mut [u8]) {
        let mut plain = mem::take(&mut self.decrypted);
        let connection = &mut self.hub.connections[index];
        let handshaking = connection.is_securing();
        let Some(tls) = &mut connection.output.tls else { return };
        let result = tls.receive(bytes, &mut plain);
        let secured = handshaking && !tls.is_handshaking();
        if secured && result.is_ok() {
            self.begin_protocol(index);
        }
        if self.hub.connections[index].is_paused() {
            self.hub.connections[index].unread.extend_from_slice(&plain);
        } else if !plain.is_empty() {
            self.feed(index, &mut plain);
        }
        plain.clear();
        self.decrypted = plain;
        if result.is_err() {
            self.active(index).tls_failed(handshaking);
        } else {
            self.end_late(index);
        }
        self.hub.touch(index);
    }

    /// The peer ended its stream, perhaps behind input that was kept: once all of that is handled, it
    /// ends for the protocol, too.
    pub(super) fn end_late(&mut self, index: usize) {
        let connection = &self.hub.connections[index];
        let ended = connection.output.tls.as_ref().is_some_and(|tls| tls.has_ended());
        if ended && !connection.is_paused() && connection.link.phase() != Phase::Ended {
            self.end_input(index);
        }
    }
}
