//! One thread waits for signals, from the first program that is started on.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What a signal has to see to.
struct State {
    started: Vec<Pid>,
    /// What the next signal sets in place of ending the process.
    stop: Option<Arc<AtomicBool>>,
}

static STATE: Mutex<State> = Mutex::new(State { started: Vec::new(), stop: None });
static WATCHING: Once = Once::new();

fn with_state<R>(f: impl FnOnce(&mut State) -> R) -> R {
    f(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

fn watch() {
    WATCHING.call_once(|| {
        // Where signals cannot be caught they end the process as ever.
        if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) {
            std::thread::spawn(move || signals.forever().for_each(came));
        }
    });
}

fn came(signal: i32) {
    if let Some(stop) = with_state(|state| state.stop.take()) {
        return stop.store(true, Ordering::Relaxed);
    }
    for group in with_state(|state| state.started.clone()) {
        let _ = kill_process_group(group, Signal::TERM);
    }
    let _ = emulate_default_handler(signal);
}

/// A program that was started, with all that it starts: a signal to this process ends it too.
#[derive(Debug)]
pub struct Group(Option<Pid>);

impl Group {
    /// Starts a program in a group of its own: what the terminal sends goes to this process alone.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        watch();
        // A signal that comes meanwhile waits until the program is known.
        with_state(|state| {
            let child = command.process_group(0).spawn()?;
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            state.started.extend(group);
            Ok((child, Self(group)))
        })
    }

    /// Asks all of it to end.
    pub fn terminate(&self, _: &mut Child) {
        self.send(Signal::TERM);
    }

    /// Ends all of it.
    pub fn kill(&self, _: &mut Child) {
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        with_state(|state| state.started.retain(|group| Some(*group) != self.0));
    }
}

/// Set by the next signal in place of ending the process; the one after that ends it.
pub fn stop_instead() -> Arc<AtomicBool> {
    watch();
    let stop = Arc::new(AtomicBool::new(false));
    with_state(|state| state.stop = Some(Arc::clone(&stop)));
    stop
}
