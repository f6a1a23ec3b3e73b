//! A peer is lent for one call; what is to be kept is its identity.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

struct Keeping {
    peers: Vec<&'static mut Peer<'static>>,
}

impl Handler for Keeping {
    fn on_message(&mut self, peer: &mut Peer<'_>, _message: Message<'_>) -> Result<(), HandlerError> {
        self.peers.push(peer);
        Ok(())
    }
}

fn main() {}
