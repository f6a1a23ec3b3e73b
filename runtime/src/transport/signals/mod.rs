//! What ends a server from outside: the first signal drains it, the second ends the process.

#[cfg(windows)]
mod console;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub use console::*;
#[cfg(unix)]
pub use unix::*;
