//! Windows.

// Sockets are made and written to by functions that are given addresses.
#![allow(unsafe_code)]

#[cfg(feature = "stream")]
use rustix::fd::{AsFd, AsRawFd as _, BorrowedFd};
use rustix::fd::{FromRawFd as _, OwnedFd};
use rustix::io::Errno;
#[cfg(feature = "udp")]
use rustix::net::SendFlags;
#[cfg(feature = "stream")]
use rustix::net::sockopt;
use rustix::net::{AddressFamily, SocketType};
#[cfg(feature = "stream")]
use std::io::IoSlice;
use std::io::{self, ErrorKind};
use std::ptr;
use std::sync::OnceLock;
#[cfg(feature = "stream")]
use std::time::Duration;
#[cfg(feature = "stream")]
use windows_sys::Win32::Networking::WinSock::WSASend;
use windows_sys::Win32::Networking::WinSock::{
    INVALID_SOCKET, WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED, WSASocketW,
};

#[cfg(feature = "udp")]
mod datagrams;
#[cfg(feature = "udp")]
pub use datagrams::{pass_over_unreachable_peers, receive_from};

/// Sockets do not share a port.
pub const SPREADS: bool = false;
/// A peer that is gone is an error; there are no signals.
#[cfg(feature = "udp")]
pub const SENDING: SendFlags = SendFlags::empty();

/// A socket that neither blocks nor is inherited.
pub fn open(family: AddressFamily, kind: SocketType) -> Result<OwnedFd, Errno> {
    static STARTED: OnceLock<Result<(), Errno>> = OnceLock::new();
    (*STARTED.get_or_init(|| rustix::net::wsa_startup().map(drop)))?;
    let (family, kind) = (family.as_raw().into(), i32::from(kind.as_raw() as u16));
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    // SAFETY: without a description of the protocol there is nothing that it reads.
    let socket = unsafe { WSASocketW(family, kind, 0, ptr::null(), 0, flags) };
    if socket == INVALID_SOCKET {
        return Err(last_error());
    }
    // SAFETY: this is a new socket, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(socket as u64) };
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

/// Writes `parts`, as far as the kernel takes them.
///
/// # Errors
/// As the kernel says.
#[cfg(feature = "stream")]
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
#[cfg(feature = "stream")]
pub fn set_socket_linger(fd: impl AsFd, seconds: u16) -> Result<(), Errno> {
    sockopt::set_socket_linger(fd, Some(Duration::from_secs(seconds.into())))
}

/// Why the last call failed.
pub fn last_error() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}

/// Whether the process may not do what it tried.
pub fn is_denied(error: Errno) -> bool {
    error == Errno::ACCESS
}

/// The words for an error: those of other systems for what starts fail by.
pub fn words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "Address already in use".to_owned(),
        ErrorKind::AddrNotAvailable => "Cannot assign requested address".to_owned(),
        ErrorKind::NotFound => "No such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "Permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let words = text.split(" (os error").next().unwrap_or_default();
            words.trim_end_matches('.').to_owned()
        }
    }
}
