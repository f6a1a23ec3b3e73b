//! A handler of bytes with state, that answers, broadcasts and closes.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};
use std::collections::HashMap;

#[derive(Default)]
struct Counting {
    messages: HashMap<specgen_runtime::PeerId, u64>,
}

impl BytesHandler for Counting {
    fn on_open(&mut self, peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        self.messages.insert(peer.id(), 0);
        peer.send(b"welcome");
        Ok(())
    }

    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        let number: u64 = std::str::from_utf8(message)?.parse()?;
        let count = self.messages.entry(peer.id()).or_default();
        *count += number;
        if *count > 10 {
            peer.close();
        }
        peer.broadcast(message);
        Ok(())
    }

    fn on_close(&mut self, peer: &mut BytesPeer<'_>) {
        self.messages.remove(&peer.id());
    }
}

fn main() {
    let _ = Counting::default();
}
