//! Windows.

// Sockets are made and written to by functions that are given addresses.
#![allow(unsafe_code)]

#[cfg(feature = "udp")]
mod datagrams;
#[cfg(all(feature = "stream", feature = "polling"))]
mod poll;
#[cfg(feature = "stream")]
mod streams;

#[cfg(feature = "udp")]
pub use datagrams::{pass_over_unreachable_peers, receive_from};
#[cfg(all(feature = "stream", feature = "polling"))]
pub use poll::*;
#[cfg(feature = "stream")]
pub use streams::*;

use rustix::fd::{FromRawFd as _, OwnedFd};
use rustix::io::Errno;
#[cfg(feature = "udp")]
use rustix::net::SendFlags;
use rustix::net::{AddressFamily, SocketType};
use std::io::{self, ErrorKind};
use std::ptr;
use std::sync::OnceLock;
use windows_sys::Win32::Networking::WinSock::{
    INVALID_SOCKET, WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED, WSASocketW,
};

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
