//! A whole echo server with every feature on: what specgen generates, in two files.

#![forbid(unsafe_code)]

mod config;

use specgen_runtime::{Handler, HandlerError, Message, Peer};

/// An echo server has no state.
pub struct App;

impl Handler for App {
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        peer.send(message);
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    specgen_runtime::serve(config::CONFIG, App)
}
