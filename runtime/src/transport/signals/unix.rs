//! SIGINT and SIGTERM as bytes in a pipe. The second of them ends the process.

#[cfg(feature = "tls")]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use std::io;
#[cfg(feature = "tls")]
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(feature = "tls")]
use std::thread;

/// Becomes readable with the first signal.
pub type Signal = UnixStream;

/// Installs the handlers.
///
/// # Errors
/// If the kernel refuses.
pub fn install() -> io::Result<Signal> {
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

/// Becomes true with the first signal.
///
/// # Errors
/// If the kernel refuses.
#[cfg(feature = "health-port")]
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    let signaled = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&signaled))?;
    }
    Ok(signaled)
}

/// Has a thread of its own do something at every SIGHUP.
///
/// # Errors
/// If the kernel refuses.
#[cfg(feature = "tls")]
pub fn at_hang_up(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    let (mut wakeup, write_end) = UnixStream::pair()?;
    pipe::register(SIGHUP, write_end)?;
    let wait = move || {
        while wakeup.read_exact(&mut [0]).is_ok() {
            act();
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}
