//! Connections for several workers. A listening socket belongs to one completion port: its worker
//! accepts for all, and deals out what comes.

use crate::server::Address;
use crate::transport::socket::StreamSocket;
use crate::transport::wake::Bell;
use std::sync::mpsc::{self, Receiver, SendError, Sender};

/// A connection, and its peer.
pub type Connection = (StreamSocket, Address);

/// The other workers, in whose turn connections go out.
#[derive(Default)]
pub struct Dealer {
    others: Vec<(Sender<Connection>, Bell)>,
    next: usize,
}

impl Dealer {
    /// Adds a worker, which is rung when there is a connection for it.
    pub fn add(&mut self, bell: Bell) -> Receiver<Connection> {
        let (sender, receiver) = mpsc::channel();
        self.others.push((sender, bell));
        receiver
    }

    /// Gives a connection to the worker whose turn it is; gives it back if that is the accepting one.
    pub fn deal(&mut self, connection: Connection) -> Option<Connection> {
        let turn = self.next;
        self.next = (turn + 1) % (self.others.len() + 1);
        let Some((sender, bell)) = self.others.get(turn) else { return Some(connection) };
        match sender.send(connection) {
            Ok(()) => {
                bell.ring();
                None
            }
            Err(SendError(connection)) => Some(connection),
        }
    }
}
