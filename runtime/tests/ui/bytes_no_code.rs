//! Plain connections are closed without a code.

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

struct Closing;

impl BytesHandler for Closing {
    fn on_message(&mut self, peer: &mut BytesPeer<'_>, _message: &[u8]) -> Result<(), HandlerError> {
        peer.close(1000, "done");
        Ok(())
    }
}

fn main() {}
