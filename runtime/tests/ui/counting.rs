//! A handler with state, that answers, broadcasts and closes.

use specgen_runtime::{Handler, HandlerError, Message, Peer};
use std::collections::HashMap;

#[derive(Default)]
struct Counting {
    messages: HashMap<specgen_runtime::PeerId, u64>,
}

impl Handler for Counting {
    fn on_open(&mut self, peer: &mut Peer<'_>) -> Result<(), HandlerError> {
        self.messages.insert(peer.id(), 0);
        peer.send_text("welcome");
        Ok(())
    }

    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) -> Result<(), HandlerError> {
        let count = self.messages.entry(peer.id()).or_default();
        *count += 1;
        if *count > 10 {
            peer.close(4000, "enough")?;
        }
        peer.broadcast(message);
        Ok(())
    }

    fn on_close(&mut self, peer: &mut Peer<'_>, _code: u16, _reason: &str) {
        self.messages.remove(&peer.id());
    }
}

fn main() {
    let _ = Counting::default();
}
