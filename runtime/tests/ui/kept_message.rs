//! A message is lent for one call.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

struct Keeping {
    messages: Vec<Message<'static>>,
}

impl Handler for Keeping {
    fn on_message(&mut self, _peer: &mut Peer<'_>, message: Message<'_>) -> Result<(), HandlerError> {
        self.messages.push(message);
        Ok(())
    }
}

fn main() {}
