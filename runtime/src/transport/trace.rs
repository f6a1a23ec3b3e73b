//! The traces of `SOCKET_DEBUG`, and the words for errors.

use super::system;
use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::io::Errno;
use std::fmt::Display;
use std::io;

/// One line for a socket operation and its result.
#[cold]
pub fn trace<T: Display>(operation: &str, fd: &OwnedFd, result: &Result<T, Errno>) {
    let fd = fd.as_raw_fd();
    match result {
        Ok(value) => eprintln!("socket: {operation} fd={fd} = {value}"),
        Err(error) => eprintln!("socket: {operation} fd={fd} = {}", message(*error)),
    }
}

/// The words for an error, without its number.
pub fn message(error: impl Into<io::Error>) -> String {
    system::words(&error.into())
}
