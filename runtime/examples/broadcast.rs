//! A whole broadcast server with every feature on: what specgen generates, in two files.

#![forbid(unsafe_code)]

mod config;

use specgen_runtime::{Handler, HandlerError, Message, Peer};

/// A broadcast server has no state: the runtime knows who is connected.
pub struct App;

impl Handler for App {
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        peer.broadcast(message);
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    specgen_runtime::serve(config::CONFIG, App)
}
