//! Panics of an app, caught and turned into errors.

use super::app::HandlerError;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: Cell<String> = const { Cell::new(String::new()) };
}

/// Keeps the message of a panic inside a callback for the log, instead of printing it.
pub fn install_hook() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if IN_CALLBACK.get() {
            // One line: where, and the message.
            MESSAGE.set(info.to_string().replace('\n', " "));
        } else {
            previous(info);
        }
    }));
}

/// Runs a callback of the app. What the app's value is like after a panic is the app's concern.
#[inline]
pub fn run(callback: impl FnOnce() -> Result<(), HandlerError>) -> Result<(), HandlerError> {
    IN_CALLBACK.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(callback));
    IN_CALLBACK.set(false);
    result.unwrap_or_else(|_| Err(MESSAGE.take().into()))
}
