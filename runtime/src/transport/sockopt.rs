//! The socket options for which rustix has no function.

// `setsockopt` is given the address and the length of a value that outlives the call.
#![allow(unsafe_code)]

use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd};

/// `TCP_FASTOPEN`.
#[cfg(feature = "stream")]
pub fn set_tcp_fastopen(fd: impl AsFd, queue: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_FASTOPEN, &queue.to_ne_bytes())
}

/// `TCP_DEFER_ACCEPT`.
#[cfg(feature = "stream")]
pub fn set_tcp_defer_accept(fd: impl AsFd, seconds: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, &seconds.to_ne_bytes())
}

/// `SO_BUSY_POLL`.
pub fn set_socket_busy_poll(fd: impl AsFd, microseconds: u32) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_BUSY_POLL, &microseconds.to_ne_bytes())
}

/// `SO_RCVLOWAT`.
pub fn set_socket_receive_low_watermark(fd: impl AsFd, bytes: u32) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_RCVLOWAT, &bytes.to_ne_bytes())
}

/// `SO_BINDTODEVICE`.
pub fn bind_socket_to_device(fd: impl AsFd, device: &str) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, device.as_bytes())
}

fn set(fd: impl AsFd, level: i32, name: i32, value: &[u8]) -> Result<(), Errno> {
    let fd = fd.as_fd().as_raw_fd();
    let length = value.len() as libc::socklen_t;
    // SAFETY: the descriptor is borrowed and so open; the kernel reads `length` bytes of `value`,
    // which is alive until the call returns, and keeps no pointer to it.
    let result = unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), length) };
    if result == 0 {
        Ok(())
    } else {
        let error = std::io::Error::last_os_error();
        Err(Errno::from_io_error(&error).unwrap_or(Errno::INVAL))
    }
}
