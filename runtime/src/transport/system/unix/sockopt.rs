//! `setsockopt(2)` for the options for which rustix has no function.

// It is given the address and the length of a value that outlives the call.
#![allow(unsafe_code)]

use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd as _};

/// `SO_RCVLOWAT`.
pub fn set_socket_receive_low_watermark(fd: impl AsFd, bytes: u32) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_RCVLOWAT, &bytes.to_ne_bytes())
}

/// Sets an option of which no function here is the name.
pub fn set(fd: impl AsFd, level: i32, name: i32, value: &[u8]) -> Result<(), Errno> {
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
