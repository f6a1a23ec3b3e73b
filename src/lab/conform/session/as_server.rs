//! What a session does where we are the server.

use std::io::Read as _;
use std::time::{Duration, Instant};

use super::{Phase, Session, is_wait};
use crate::lab::conform::role::Role;

/// What comes behind both Closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Nothing: the other end waits.
    Nothing,
    /// Bytes, which nobody may send any more.
    Data,
    /// The end of the TCP connection.
    End,
}

impl Session {
    /// Whether nothing counts any more: a client has closed.
    pub(super) fn is_over(&self) -> bool {
        self.role == Role::Server && self.peer_closed
    }

    /// RFC 6455 §7.1.1: the server ends the TCP connection once both sides have sent a Close.
    pub(super) fn hang_up(&mut self) {
        let is_closing = matches!(self.phase, Phase::Closing(_)) && self.is_over();
        if is_closing && !self.is_writing && self.owed.is_empty() {
            self.phase = Phase::Ended;
            self.end = Some("we ended the TCP connection behind both Closes".to_owned());
        }
    }

    /// What comes behind both Closes in that time, where we are the server.
    pub fn behind(&mut self, time: Duration) -> Behind {
        if !self.reader.rest().is_empty() {
            return Behind::Data;
        }
        self.connection.set_deadline(Instant::now() + time);
        match self.connection.read(&mut self.buffer) {
            Ok(1..) => Behind::Data,
            Err(error) if is_wait(error.kind()) => Behind::Nothing,
            _ => Behind::End,
        }
    }
}
