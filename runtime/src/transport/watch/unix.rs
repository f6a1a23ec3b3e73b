//! tokio's `AsyncFd`.

// Registering a descriptor is a promise that it stays open.
#![allow(unsafe_code)]

use super::cannot_use;
use std::os::fd::AsRawFd;
use tokio::io::unix::AsyncFd;
use tokio::io::unix::AsyncFdReadyGuard;

/// A descriptor's owner, with what tokio knows of the descriptor.
pub type Watched<T> = AsyncFd<T>;
/// What was found ready.
pub type Guard<'a, T> = AsyncFdReadyGuard<'a, T>;

/// What owns a descriptor, and never gives another one as its own.
pub trait Owner: AsRawFd {}

/// Watches the descriptor that `inner` owns.
///
/// # Errors
/// As the kernel says.
pub fn watch<T: Owner>(inner: T) -> Result<Watched<T>, String> {
    // SAFETY: an owner has one descriptor, open as long as the owner lives.
    unsafe { AsyncFd::register(inner) }.map_err(cannot_use)
}
