//! SIGINT and SIGTERM as bytes in a pipe. The second of them ends the process.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Installs the handlers. The stream becomes readable with the first signal.
///
/// # Errors
/// If the kernel refuses.
pub fn install() -> io::Result<UnixStream> {
    let (wakeup, write_end) = UnixStream::pair()?;
    let signaled = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order matters: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signaled))?;
        flag::register(signal, Arc::clone(&signaled))?;
        pipe::register(signal, write_end.try_clone()?)?;
    }
    Ok(wakeup)
}
