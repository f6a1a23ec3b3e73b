//! What the apps of all protocols have in common.

use std::error::Error;

/// Why a handler failed. The connection is closed.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// Tells the connections of a server apart, also after one is closed and its place is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub(super) u64);
