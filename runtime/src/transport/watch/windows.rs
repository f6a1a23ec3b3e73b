//! A second handle of a socket, as tokio's `UdpSocket`: tokio has no `AsyncFd` here, and of all its
//! sockets this one tells the most of readiness alone. It may be of any kind, since nothing is sent
//! or received by it.

use super::cannot_use;
use rustix::fd::AsFd;
use std::io::{self, ErrorKind};
use tokio::io::{Interest, Ready};
use tokio::net::UdpSocket;

/// A socket's owner, with what tokio knows of the socket.
pub struct Watched<T> {
    inner: T,
    handle: UdpSocket,
}

/// What owns a socket, and never gives another one as its own.
pub trait Owner: AsFd {}

/// Watches the socket that `inner` owns.
///
/// # Errors
/// As the system says.
pub fn watch<T: Owner>(inner: T) -> Result<Watched<T>, String> {
    let handle = inner.as_fd().try_clone_to_owned().map_err(cannot_use)?;
    let handle = UdpSocket::from_std(handle.into()).map_err(cannot_use)?;
    Ok(Watched { inner, handle })
}

impl<T> Watched<T> {
    /// The owner.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The owner.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Waits until something of that is so.
    ///
    /// # Errors
    /// When the runtime ends.
    pub async fn ready(&self, interest: Interest) -> io::Result<Guard<'_, T>> {
        let found = self.handle.ready(interest).await?;
        Ok(Guard { watched: self, found })
    }

    /// Waits until there is something to read.
    ///
    /// # Errors
    /// When the runtime ends.
    pub async fn readable(&self) -> io::Result<Guard<'_, T>> {
        let found = self.handle.ready(Interest::READABLE).await?;
        Ok(Guard { watched: self, found })
    }

    /// As [`Self::readable`], for an owner that changes with what it does.
    ///
    /// # Errors
    /// When the runtime ends.
    pub async fn readable_mut(&mut self) -> io::Result<GuardMut<'_, T>> {
        self.handle.readable().await?;
        Ok(GuardMut { watched: self })
    }

    /// What was found is not so any more. tokio is told so by an operation that would block.
    fn clear(&self, interest: Interest) {
        let nothing = || Err::<(), _>(io::Error::from(ErrorKind::WouldBlock));
        // It fails, as it has to.
        let _ = self.handle.try_io(interest, nothing);
    }
}

/// What was found ready.
pub struct Guard<'a, T> {
    watched: &'a Watched<T>,
    found: Ready,
}

impl<T> Guard<'_, T> {
    /// What it was.
    pub fn ready(&self) -> Ready {
        self.found
    }

    /// It is not so any more.
    pub fn clear_ready(&mut self) {
        self.clear_ready_matching(self.found);
    }

    /// Something of it is not so any more.
    pub fn clear_ready_matching(&mut self, some: Ready) {
        if some.is_readable() {
            self.watched.clear(Interest::READABLE);
        }
        if some.is_writable() {
            self.watched.clear(Interest::WRITABLE);
        }
    }
}

/// There was something to read.
pub struct GuardMut<'a, T> {
    watched: &'a mut Watched<T>,
}

impl<T> GuardMut<'_, T> {
    /// The owner.
    pub fn get_inner_mut(&mut self) -> &mut T {
        &mut self.watched.inner
    }

    /// There is nothing more.
    pub fn clear_ready(&mut self) {
        self.watched.clear(Interest::READABLE);
    }
}
