//! What Windows does in its own way with datagrams.

use super::last_error;
use rustix::fd::{AsRawFd as _, BorrowedFd};
use rustix::io::Errno;
use rustix::net::SocketAddrAny;
use std::net::SocketAddr;
use std::ptr;
use windows_sys::Win32::Networking::WinSock::{
    SIO_UDP_CONNRESET, SOCKADDR_STORAGE, WSAIoctl, recvfrom,
};

/// Has receiving not fail for what was sent earlier to a port where nobody listens.
///
/// # Errors
/// As the system says.
pub fn pass_over_unreachable_peers(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    let socket = fd.as_raw_fd() as usize;
    let (off, mut written) = (0_u32, 0);
    // SAFETY: the socket is open, the call reads as many bytes of `off`, and there is no OVERLAPPED
    // for which it would keep anything.
    let failed = unsafe {
        let (value, size) = ((&raw const off).cast(), size_of::<u32>() as u32);
        let (none, written, overlapped) = (ptr::null_mut(), &raw mut written, ptr::null_mut());
        WSAIoctl(socket, SIO_UDP_CONNRESET, value, size, none, 0, written, overlapped, None)
    };
    if failed == 0 { Ok(()) } else { Err(last_error()) }
}

/// Receives a datagram, of which what there is no room for is lost: its sender, and how much came.
///
/// # Errors
/// As the system says.
pub fn receive_from(
    fd: BorrowedFd<'_>,
    room: &mut [u8],
) -> Result<(Option<SocketAddr>, usize), Errno> {
    let mut name = SOCKADDR_STORAGE::default();
    let mut size = i32::from(size_of::<SOCKADDR_STORAGE>() as u8);
    let socket = fd.as_raw_fd() as usize;
    // SAFETY: the socket is open, and the call writes no more than the lengths that it is given.
    let received = unsafe {
        let (name, length) =
            ((&raw mut name).cast(), i32::try_from(room.len()).unwrap_or(i32::MAX));
        recvfrom(socket, room.as_mut_ptr(), length, 0, name, &raw mut size)
    };
    let length = match usize::try_from(received) {
        Ok(length) => length,
        // It is in the room as far as it goes.
        Err(_) if last_error() == Errno::MSGSIZE => room.len(),
        Err(_) => return Err(last_error()),
    };
    // SAFETY: the call has written an address of so many bytes.
    let from = unsafe { SocketAddrAny::read((&raw const name).cast(), size.unsigned_abs()) };
    Ok((from.try_into().ok(), length))
}
