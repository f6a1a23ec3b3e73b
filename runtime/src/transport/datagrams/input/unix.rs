//! `AsyncFd`.

// Registering a descriptor with tokio is a promise that it stays open.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A socket that tokio watches.
pub struct Input(AsyncFd<OwnedFd>);

impl Input {
    /// Watches a socket from now on.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn of(fd: BorrowedFd<'_>) -> io::Result<Self> {
        let fd = fd.try_clone_to_owned()?;
        // SAFETY: an owned descriptor is the same, and open, until the `AsyncFd` that owns it is
        // dropped.
        Ok(Self(unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }?))
    }

    /// Waits until something comes that this has not told of.
    pub async fn came(&self) {
        if let Ok(mut ready) = self.0.readable().await {
            ready.clear_ready();
        }
    }
}
