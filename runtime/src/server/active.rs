//! The connection at hand, between its session and the app.

use super::app::HandlerError;
use super::config::Level;
use super::guard;
use super::hub::Hub;
use super::log::Value;
#[cfg(feature = "metrics")]
use super::metrics::{Counter, Histogram};
use super::output::Socket;
use super::protocol::{Cause, Protocol};
use std::mem;
#[cfg(feature = "metrics")]
use std::time::Instant;

/// The connection whose input, or deadline, is being handled.
pub struct Active<'a, P: Protocol, S> {
    pub app: &'a mut P::App,
    pub hub: &'a mut Hub<P, S>,
    pub index: usize,
}

impl<P: Protocol, S: Socket> Active<'_, P, S> {
    /// Runs a callback; a failure of the app closes the connection.
    #[inline]
    pub fn call(
        &mut self,
        callback: impl FnOnce(&mut P::App, &mut Hub<P, S>, usize) -> Result<(), HandlerError>,
    ) {
        if let Err(error) = guard::run(|| callback(self.app, self.hub, self.index)) {
            self.handler_failed(&error);
        }
    }

    /// Hands a message to the app.
    #[inline]
    pub fn deliver(
        &mut self,
        on_message: impl FnOnce(&mut P::App, &mut Hub<P, S>, usize) -> Result<(), HandlerError>,
    ) {
        #[cfg(feature = "metrics")]
        let begin = Instant::now();
        self.call(on_message);
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::MessagesReceived, 1);
        #[cfg(feature = "metrics")]
        self.hub.tally.observe(Histogram::Message, begin);
    }

    #[cold]
    fn handler_failed(&mut self, error: &HandlerError) {
        let error = error.to_string();
        let fields = [("error", Value::Text(&error))];
        self.hub.log(Level::Error, "handler-failed", self.index, &fields);
        self.hub.begin_close(self.index, Cause::AppFailed);
    }

    /// The connection is open: calls the open callback.
    pub fn open(
        &mut self,
        on_open: impl FnOnce(&mut P::App, &mut Hub<P, S>, usize) -> Result<(), HandlerError>,
    ) {
        self.hub.connections[self.index].opened = true;
        self.enter_phase();
        #[cfg(feature = "metrics")]
        self.hub.tally.add(Counter::Opened, 1);
        self.hub.log(Level::Debug, "opened", self.index, &[]);
        self.call(on_open);
    }

    /// Calls the close callback, once.
    pub fn gone(&mut self, farewell: P::Farewell<'_>) {
        let connection = &mut self.hub.connections[self.index];
        if !connection.opened || mem::replace(&mut connection.told, true) {
            return;
        }
        #[cfg(all(feature = "metrics", feature = "websocket"))]
        connection.keep_code(P::code(farewell));
        let code = P::code(farewell).map(|code| ("code", Value::Number(u64::from(code))));
        self.hub.log(Level::Debug, "closed", self.index, code.as_slice());
        self.call(|app, hub, index| P::on_close(app, hub, index, farewell));
    }

    /// The connection is in another phase now.
    pub fn enter_phase(&mut self) {
        self.hub.connections[self.index].since = self.hub.now;
        self.hub.touch(self.index);
    }

    /// Whether no more input is to be handled now.
    #[inline]
    pub fn judge_pause(&mut self) -> bool {
        if self.hub.member.common.congested() > 0 || self.hub.connections[self.index].output.blocked
        {
            self.hub.judge_congestion(self.index);
            self.hub.judge_pause(self.index);
        }
        self.hub.connections[self.index].is_paused()
    }
}
