//! Any error ends a connection with 1011.

use specgen_runtime::{Handler, HandlerError, Message, Peer};

struct Doubling;

impl Handler for Doubling {
    fn on_message(&mut self, peer: &mut Peer<'_>, message: Message<'_>) -> Result<(), HandlerError> {
        match message {
            Message::Text(text) => peer.send_text(&(2 * text.parse::<i64>()?).to_string()),
            Message::Binary(_) | Message::Unchecked(_) => return Err("numbers are text".into()),
        }
        Ok(())
    }
}

fn main() {
    let _ = Doubling;
}
