//! Ctrl+C, Ctrl+Break and the end of the console. The second of them ends the process.

// The system is given a function to call.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::process;
#[cfg(feature = "health-port")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "health-port")]
use std::sync::{Arc, OnceLock};
use std::sync::{Mutex, PoisonError};
use std::thread;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows_sys::core::BOOL;

/// As a shell reports them on other systems: interrupted, terminated.
const INTERRUPTED: i32 = 130;
const TERMINATED: i32 = 143;

/// What came, and what the first signal leads to.
struct State {
    signaled: bool,
    then: Option<Box<dyn FnOnce() + Send>>,
}

static STATE: Mutex<State> = Mutex::new(State { signaled: false, then: None });
/// True from the first signal on.
#[cfg(feature = "health-port")]
static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Tells of the first signal.
pub struct Signal(&'static Mutex<State>);

/// Installs the handler.
///
/// # Errors
/// If the system refuses.
pub fn install() -> io::Result<Signal> {
    // SAFETY: the handler is a function of the program, and takes what the system calls it with.
    if unsafe { SetConsoleCtrlHandler(Some(handle), 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Signal(&STATE))
}

impl Signal {
    /// Has `act` called with the first signal, on a thread of the system's; at once if there was one.
    pub fn then(self, act: impl FnOnce() + Send + 'static) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.signaled {
            act();
        } else {
            state.then = Some(Box::new(act));
        }
    }
}

/// Becomes true with the first signal.
///
/// # Errors
/// None.
#[cfg(feature = "health-port")]
#[expect(clippy::unnecessary_wraps, reason = "other systems may refuse")]
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    Ok(Arc::clone(FLAG.get_or_init(Arc::default)))
}

/// Called on a thread of its own.
extern "system" fn handle(event: u32) -> BOOL {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    if mem::replace(&mut state.signaled, true) {
        process::exit(if event == CTRL_C_EVENT { INTERRUPTED } else { TERMINATED });
    }
    #[cfg(feature = "health-port")]
    FLAG.get_or_init(Arc::default).store(true, Ordering::Relaxed);
    if let Some(act) = state.then.take() {
        act();
    }
    drop(state);
    if event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT {
        // The console closes, or the system goes down: when this returns the process ends, drained
        // or not. It ends by itself before that, or after a few seconds.
        loop {
            thread::park();
        }
    }
    1
}
