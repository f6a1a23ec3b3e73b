//! Where there are no groups of processes, and only the console's interrupt.

use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A program that was started.
#[derive(Debug)]
pub struct Group;

impl Group {
    /// Nothing has to be prepared.
    pub fn prepare(_: &mut Command) {}

    /// The program of a command that was prepared.
    pub fn of(_: &Child) -> Self {
        Self
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
