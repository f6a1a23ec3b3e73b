//! The connection at hand, between its session and the app.

use super::config::Level;
use super::guard;
use super::handler::{Handler, HandlerError, Peer};
use super::hub::Hub;
use super::log::Value;
use super::output::{Outlet, Socket};
use crate::protocol::close::{self, Failure};
use crate::protocol::handshake::{Acceptance, Refusal};
use crate::protocol::link::Link;
use crate::protocol::message::Message;
use crate::protocol::session::Endpoint;
use std::mem;

/// The connection whose input, or deadline, is being handled.
pub struct Active<'a, H, S> {
    pub handler: &'a mut H,
    pub hub: &'a mut Hub<S>,
    pub index: usize,
}

impl<H: Handler, S: Socket> Active<'_, H, S> {
    /// Runs a callback; a failure of the app closes the connection.
    #[inline]
    fn call(&mut self, callback: impl FnOnce(&mut H, &mut Peer<'_>) -> Result<(), HandlerError>) {
        let index = self.index;
        let result = guard::run(|| callback(self.handler, &mut Peer { exchange: self.hub, index }));
        if let Err(error) = result {
            self.handler_failed(&error);
        }
    }

    #[cold]
    fn handler_failed(&mut self, error: &HandlerError) {
        let error = error.to_string();
        let fields = [("error", Value::Text(&error))];
        self.hub.log(Level::Error, "handler-failed", self.index, &fields);
        self.hub.begin_close(self.index, close::INTERNAL_ERROR, "internal error");
    }

    /// Calls the close callback, once.
    pub fn gone(&mut self, code: u16, reason: &str) {
        let connection = &mut self.hub.connections[self.index];
        if !connection.opened || mem::replace(&mut connection.told, true) {
            return;
        }
        let fields = [("code", Value::Number(u64::from(code)))];
        self.hub.log(Level::Debug, "closed", self.index, &fields);
        self.call(|handler, peer| {
            handler.on_close(peer, code, reason);
            Ok(())
        });
    }

    fn enter_phase(&mut self) {
        self.hub.connections[self.index].since = self.hub.now;
        self.hub.touch(self.index);
    }
}

impl<H: Handler, S: Socket> Endpoint for Active<'_, H, S> {
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
        self.hub.admit(self.index)
    }

    fn refused(&mut self, refusal: Refusal) {
        let status = Value::Number(u64::from(refusal.status));
        let fields = [("status", status), ("reason", Value::Text(refusal.reason))];
        self.hub.log(Level::Info, "refused", self.index, &fields);
        self.enter_phase();
    }

    fn opened(&mut self, acceptance: &Acceptance) {
        self.hub.connections[self.index].subprotocol = acceptance.subprotocol;
        self.hub.count_open(self.index);
        self.enter_phase();
        self.hub.log(Level::Debug, "opened", self.index, &[]);
        self.call(H::on_open);
    }

    #[inline]
    fn message(&mut self, message: Message<'_>) {
        self.call(|handler, peer| handler.on_message(peer, message));
    }

    fn failed(&mut self, failure: Failure) {
        let code = Value::Number(u64::from(failure.code));
        let fields = [("code", code), ("reason", Value::Text(failure.reason))];
        self.hub.log(Level::Info, "failed", self.index, &fields);
        self.enter_phase();
        self.gone(failure.code, failure.reason);
    }

    fn closed(&mut self, code: u16, reason: &str) {
        self.enter_phase();
        self.gone(code, reason);
    }

    #[inline]
    fn is_paused(&mut self) -> bool {
        if self.hub.congested > 0 || self.hub.connections[self.index].output.blocked {
            self.hub.judge_congestion(self.index);
            self.hub.judge_pause(self.index);
        }
        self.hub.connections[self.index].is_paused()
    }
}
