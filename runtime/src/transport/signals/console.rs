//! Ctrl+C, Ctrl+Break and the end of the console. The second of them ends the process.

// The system is given a function to call.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::process;
#[cfg(feature = "health-port")]
use std::sync::Arc;
#[cfg(feature = "health-port")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    #[cfg(feature = "health-port")]
    flag: Option<Arc<AtomicBool>>,
}

static STATE: Mutex<State> = Mutex::new(State {
    signaled: false,
    then: None,
    #[cfg(feature = "health-port")]
    flag: None,
});

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        let mut state = lock(self.0);
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
    let mut state = lock(&STATE);
    let flag = Arc::new(AtomicBool::new(state.signaled));
    state.flag = Some(Arc::clone(&flag));
    Ok(flag)
}

/// Called on a thread of its own.
extern "system" fn handle(event: u32) -> BOOL {
    let mut state = lock(&STATE);
    if mem::replace(&mut state.signaled, true) {
        process::exit(if event == CTRL_C_EVENT { INTERRUPTED } else { TERMINATED });
    }
    #[cfg(feature = "health-port")]
    if let Some(flag) = &state.flag {
        flag.store(true, Ordering::Relaxed);
    }
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
