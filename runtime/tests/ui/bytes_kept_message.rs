//! A message of bytes is lent for one call.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

struct Keeping {
    messages: Vec<&'static [u8]>,
}

impl BytesHandler for Keeping {
    fn on_message(&mut self, _peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        self.messages.push(message);
        Ok(())
    }
}

fn main() {}
