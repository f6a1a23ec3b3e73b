//! What the apps of all protocols have in common.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a handler failed. The connection is closed.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// Tells the connections of a server apart, also after one is closed and its place is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId {
    pub(super) worker: u32,
    pub(super) token: u64,
}

/// A handler that several threads call, one at a time.
#[derive(Default)]
pub struct Shared<H>(Arc<Mutex<H>>);

impl<H> Shared<H> {
    /// The handler, once no other thread has it.
    pub(super) fn lock(&self) -> MutexGuard<'_, H> {
        // What the handler is like after a panic is its own concern.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H> Clone for Shared<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
