//! What Windows does in its own way with connections.

use super::last_error;
#[cfg(not(feature = "iocp"))]
use rustix::fd::OwnedFd;
use rustix::fd::{AsFd, AsRawFd as _, BorrowedFd};
use rustix::io::Errno;
#[cfg(not(feature = "iocp"))]
use rustix::net::SocketAddrAny;
use rustix::net::sockopt;
use std::io::IoSlice;
use std::ptr;
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    SIO_KEEPALIVE_VALS, WSAIoctl, WSASend, tcp_keepalive,
};

/// A connection that does not block, and its peer.
///
/// # Errors
/// As the system says.
#[cfg(not(feature = "iocp"))]
pub fn accept(fd: impl AsFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
    let (fd, address) = rustix::net::acceptfrom(fd)?;
    rustix::io::ioctl_fionbio(&fd, true)?;
    Ok((fd, address))
}

/// Writes `parts`, as far as the kernel takes them.
///
/// # Errors
/// As the kernel says.
pub fn send(fd: BorrowedFd<'_>, parts: &[IoSlice<'_>]) -> Result<usize, Errno> {
    let socket = fd.as_raw_fd() as usize;
    let mut sent = 0;
    // SAFETY: an `IoSlice` is laid out as a WSABUF here, and what it names is borrowed until the call
    // returns; without an OVERLAPPED the call keeps none of it.
    let failed = unsafe {
        let (buffers, count) = (parts.as_ptr().cast(), parts.len() as u32);
        WSASend(socket, buffers, count, &raw mut sent, 0, ptr::null_mut(), None)
    };
    if failed == 0 { Ok(sent as usize) } else { Err(last_error()) }
}

/// `SO_LINGER`.
pub fn set_socket_linger(fd: impl AsFd, seconds: u16) -> Result<(), Errno> {
    sockopt::set_socket_linger(fd, Some(Duration::from_secs(seconds.into())))
}

/// How long a connection is quiet before its peer is asked for a sign of life, and how long an answer
/// may take.
pub fn set_keep_alive_times(
    fd: BorrowedFd<'_>,
    idle: Duration,
    interval: Duration,
) -> Result<(), Errno> {
    let socket = fd.as_raw_fd() as usize;
    let milliseconds = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    let times = tcp_keepalive {
        onoff: 1,
        keepalivetime: milliseconds(idle),
        keepaliveinterval: milliseconds(interval),
    };
    let mut written = 0;
    // SAFETY: the socket is open, the call reads as many bytes of `times`, and there is no OVERLAPPED
    // for which it would keep anything.
    let failed = unsafe {
        let (value, size) = ((&raw const times).cast(), size_of::<tcp_keepalive>() as u32);
        let (none, written, overlapped) = (ptr::null_mut(), &raw mut written, ptr::null_mut());
        WSAIoctl(socket, SIO_KEEPALIVE_VALS, value, size, none, 0, written, overlapped, None)
    };
    if failed == 0 { Ok(()) } else { Err(last_error()) }
}

/// Whether the process, or the system, has run out of sockets or memory.
#[cfg(not(feature = "iocp"))]
pub fn is_exhausted(error: Errno) -> bool {
    matches!(error, Errno::MFILE | Errno::NOBUFS)
}
