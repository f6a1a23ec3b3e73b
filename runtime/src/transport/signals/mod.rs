//! What ends a server from outside: the first signal drains it, the second ends the process.

#[cfg(windows)]
mod console;
#[cfg(all(windows, any(feature = "udp", not(feature = "iocp"))))]
mod ringing;
#[cfg(unix)]
mod unix;

#[cfg(all(windows, feature = "stream", feature = "iocp"))]
pub use console::*;
#[cfg(all(windows, any(feature = "udp", not(feature = "iocp"))))]
pub use ringing::*;
#[cfg(unix)]
pub use unix::*;
