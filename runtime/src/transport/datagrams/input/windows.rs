//! tokio's `UdpSocket`, of which nothing is used but that it tells of readiness.

use rustix::fd::BorrowedFd;
use std::io::{self, ErrorKind};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// A socket that tokio watches.
pub struct Input(UdpSocket);

impl Input {
    /// Watches a socket from now on.
    ///
    /// # Errors
    /// As the system says.
    pub fn of(fd: BorrowedFd<'_>) -> io::Result<Self> {
        Ok(Self(UdpSocket::from_std(fd.try_clone_to_owned()?.into())?))
    }

    /// Waits until something comes that this has not told of.
    pub async fn came(&self) {
        if self.0.readable().await.is_ok() {
            // tokio waits anew behind an operation that would block.
            let nothing = || Err::<(), _>(io::Error::from(ErrorKind::WouldBlock));
            let _ = self.0.try_io(Interest::READABLE, nothing);
        }
    }
}
