//! A completion port, and what comes out of it.

// The kernel is given handles and addresses, and gives back the addresses of operations.
#![allow(unsafe_code)]

use super::operation::Operation;
use crate::transport::system::last_error;
use rustix::fd::{AsRawFd as _, BorrowedFd};
use rustix::io::Errno;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::IO::{
    CreateIoCompletionPort, GetQueuedCompletionStatusEx, OVERLAPPED_ENTRY,
    PostQueuedCompletionStatus,
};

/// `INFINITE`: as a number of milliseconds it stands for no limit.
const INFINITE: u32 = u32::MAX;
/// Completions of one call.
const MOST: usize = 256;

/// What one thread tells the one that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// There is mail.
    Mail,
    /// There was a signal.
    Signal,
}

/// What came out of a port.
pub enum Completion {
    /// An operation is over.
    Operation(Operation),
    /// Somebody told it.
    Post(Post),
}

/// A completion port.
#[derive(Clone)]
pub struct Port(Arc<OwnedHandle>);

impl Port {
    /// One without sockets.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn new() -> Result<Self, Errno> {
        // SAFETY: this makes a port, and refers to nothing.
        let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, ptr::null_mut(), 0, 0) };
        if port.is_null() {
            return Err(last_error());
        }
        // SAFETY: this is a new handle, and nobody else's.
        Ok(Self(Arc::new(unsafe { OwnedHandle::from_raw_handle(port) })))
    }

    /// Has a socket's operations complete here.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn attach(&self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        let socket = fd.as_raw_fd() as HANDLE;
        // SAFETY: both are open.
        let port = unsafe { CreateIoCompletionPort(socket, self.0.as_raw_handle(), OPERATION, 0) };
        if port.is_null() { Err(last_error()) } else { Ok(()) }
    }

    /// Tells something to the thread that waits.
    pub fn post(&self, post: Post) {
        let key = match post {
            Post::Mail => MAIL,
            Post::Signal => SIGNAL,
        };
        // SAFETY: the port is open; there is no operation to it. Without memory for it nobody hears.
        unsafe { PostQueuedCompletionStatus(self.0.as_raw_handle(), 0, key, ptr::null()) };
    }

    /// Waits, and adds what came to `completions`; nothing if the time has passed.
    pub fn wait(&self, timeout: Option<Duration>, completions: &mut impl Extend<Completion>) {
        // The wait is not over before the time has passed.
        let milliseconds = timeout.map_or(INFINITE, |timeout| {
            timeout.as_nanos().div_ceil(1_000_000).min(u128::from(INFINITE - 1)) as u32
        });
        let mut entries = [OVERLAPPED_ENTRY::default(); MOST];
        let mut count = 0;
        // SAFETY: there is room for as many entries, which is the call's until it returns.
        let came = unsafe {
            let port = self.0.as_raw_handle();
            let room = entries.as_mut_ptr();
            GetQueuedCompletionStatusEx(port, room, MOST as u32, &raw mut count, milliseconds, 0)
        };
        let count = if came == 0 { 0 } else { count as usize };
        completions.extend(entries[..count].iter().map(completion));
    }
}

/// Keys of completions.
const OPERATION: usize = 0;
const MAIL: usize = 1;
const SIGNAL: usize = 2;

fn completion(entry: &OVERLAPPED_ENTRY) -> Completion {
    match entry.lpCompletionKey {
        MAIL => Completion::Post(Post::Mail),
        SIGNAL => Completion::Post(Post::Signal),
        // SAFETY: sockets are attached with this key, and nothing but operations is begun on them.
        // The kernel is done with this one, and tells of it once.
        _ => Completion::Operation(unsafe { Operation::completed(entry.lpOverlapped) }),
    }
}
