//! `recvfrom(2)`.

use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

/// Receives a datagram, of which what there is no room for is lost: its sender, and how much came.
///
/// # Errors
/// As the kernel says.
pub fn receive_from(
    fd: BorrowedFd<'_>,
    room: &mut [u8],
) -> Result<(Option<SocketAddr>, usize), Errno> {
    let (length, _, from) = rustix::net::recvfrom(fd, room, RecvFlags::empty())?;
    Ok((from.and_then(|from| from.try_into().ok()), length))
}
