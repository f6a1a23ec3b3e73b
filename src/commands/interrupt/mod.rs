//! Signals to a command that has something to end first: servers that it started, a run that has figures so far.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

use std::io;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

#[cfg(not(unix))]
use elsewhere::Group;
#[cfg(unix)]
use unix::Group;

#[cfg(not(unix))]
pub use elsewhere::stop_instead;
#[cfg(unix)]
pub use unix::stop_instead;

/// How long a program may take to end when it is asked to.
const END: Duration = Duration::from_secs(3);
/// How often is looked whether it has.
const TURN: Duration = Duration::from_millis(10);

/// A program that ends with this value, and all that it started with it.
#[derive(Debug)]
pub struct Started {
    /// Its process.
    pub child: Child,
    group: Group,
}

impl Started {
    /// Starts it.
    pub fn new(mut command: Command) -> io::Result<Self> {
        Group::start(&mut command).map(|(child, group)| Self { child, group })
    }
}

/// Asks it to end, and ends it if it does not.
impl Drop for Started {
    fn drop(&mut self) {
        self.group.terminate(&mut self.child);
        let deadline = Instant::now() + END;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(TURN);
        }
        self.group.kill(&mut self.child);
        let _ = self.child.wait();
    }
}
