//! Where there are no groups of processes, and only the console's interrupt.

use std::io;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A program that was started.
#[derive(Debug)]
pub struct Group;

impl Group {
    /// Starts a program.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        Ok((command.spawn()?, Self))
    }

    /// It cannot be asked: it is ended.
    pub fn terminate(&self, child: &mut Child) {
        let _ = child.kill();
    }

    /// As [`Self::terminate`].
    pub fn kill(&self, child: &mut Child) {
        let _ = child.kill();
    }
}

/// Set by the first interrupt; the second one ends the process.
pub fn stop_instead() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Where signals cannot be caught they end the process as ever.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop));
        let _ = flag::register(signal, Arc::clone(&stop));
    }
    stop
}
