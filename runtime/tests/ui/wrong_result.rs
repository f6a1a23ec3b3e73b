//! Callbacks say whether they failed.

use specgen_runtime::{Handler, Message, Peer};

struct Silent;

impl Handler for Silent {
    fn on_message(&mut self, _peer: &mut Peer<'_>, _message: Message<'_>) {}
}

fn main() {}
