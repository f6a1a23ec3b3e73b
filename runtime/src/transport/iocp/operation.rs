//! Overlapped operations: what the kernel is asked to do, and all the memory that it needs for it.

// The kernel keeps addresses until an operation is completed.
#![allow(unsafe_code)]

use crate::transport::system::last_error;
use rustix::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::ffi::c_int;
use std::ptr;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Networking::WinSock::{
    AcceptEx, SO_UPDATE_ACCEPT_CONTEXT, SOCKADDR_STORAGE, SOCKET, SOL_SOCKET, WSA_IO_PENDING,
    WSABUF, WSARecv, WSASend, setsockopt,
};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};

/// What an operation is for; of which line.
pub enum Purpose {
    /// A connection that comes becomes this socket's.
    Accept(OwnedFd),
    /// There is something to read, or the end of it.
    Receive(usize),
    /// Output is sent.
    Send(usize),
}

/// An operation. From its beginning to its completion it is the kernel's.
// The kernel's part is the first, so that its address is that of the whole.
#[repr(C)]
pub struct Operation {
    overlapped: OVERLAPPED,
    /// What it is for.
    pub purpose: Purpose,
    /// What is sent, or room for what comes.
    bytes: Vec<u8>,
}

/// Room for an address of [`accept`], as that asks for it.
const ADDRESS: usize = size_of::<SOCKADDR_STORAGE>() + 16;

/// Waits for a connection, which becomes that of `socket`.
///
/// # Errors
/// As the kernel says.
pub fn accept(listener: BorrowedFd<'_>, socket: OwnedFd) -> Result<(), Errno> {
    let listener = raw(listener);
    let (accepting, room) = (raw(socket.as_fd()), vec![0; 2 * ADDRESS]);
    begin(Purpose::Accept(socket), room, |bytes, overlapped| {
        let (room, length, mut received) = (bytes.as_mut_ptr().cast(), ADDRESS as u32, 0);
        // SAFETY: both sockets are open; the room is as large as it says, and is, as the OVERLAPPED
        // is, the operation's, which is kept until it is completed.
        unsafe {
            AcceptEx(listener, accepting, room, 0, length, length, &raw mut received, overlapped)
                != 0
        }
    })
}

/// Waits until there is something to read. That is not read.
///
/// # Errors
/// As the kernel says.
pub fn receive(socket: BorrowedFd<'_>, line: usize) -> Result<(), Errno> {
    let socket = raw(socket);
    begin(Purpose::Receive(line), Vec::new(), |_, overlapped| {
        let nothing = WSABUF { len: 0, buf: ptr::null_mut() };
        let mut flags = 0;
        // SAFETY: the socket is open; the one buffer is described for the call alone, and has no
        // bytes; the OVERLAPPED is kept until the operation is completed.
        unsafe {
            let received = ptr::null_mut();
            WSARecv(socket, &raw const nothing, 1, received, &raw mut flags, overlapped, None) == 0
        }
    })
}

/// Sends `bytes`, all of them.
///
/// # Errors
/// As the kernel says.
pub fn send(socket: BorrowedFd<'_>, line: usize, bytes: Vec<u8>) -> Result<(), Errno> {
    let socket = raw(socket);
    begin(Purpose::Send(line), bytes, |bytes, overlapped| {
        let buffer = WSABUF { len: bytes.len() as u32, buf: bytes.as_mut_ptr() };
        // SAFETY: the socket is open; the buffer is described for the call alone, and its bytes are,
        // as the OVERLAPPED is, the operation's, which is kept until it is completed.
        unsafe { WSASend(socket, &raw const buffer, 1, ptr::null_mut(), 0, overlapped, None) == 0 }
    })
}

/// Ends what was begun on a socket: it is completed soon.
pub fn cancel(socket: BorrowedFd<'_>) {
    // SAFETY: the socket is open. There may be nothing to cancel.
    unsafe { CancelIoEx(raw(socket) as HANDLE, ptr::null()) };
}

/// Makes a socket that has accepted a whole one.
///
/// # Errors
/// As the kernel says.
pub fn finish_accept(socket: &OwnedFd, listener: BorrowedFd<'_>) -> Result<(), Errno> {
    let listener = raw(listener).to_ne_bytes();
    let (option, value) = (SO_UPDATE_ACCEPT_CONTEXT, listener.as_ptr());
    let length = c_int::from(size_of::<SOCKET>() as u8);
    // SAFETY: the socket is open; the kernel reads as many bytes of the listener's number.
    let failed = unsafe { setsockopt(raw(socket.as_fd()), SOL_SOCKET, option, value, length) };
    if failed == 0 { Ok(()) } else { Err(last_error()) }
}

fn raw(fd: BorrowedFd<'_>) -> SOCKET {
    fd.as_raw_fd() as SOCKET
}

/// Gives an operation to the kernel by a call, which says whether it succeeded.
fn begin(
    purpose: Purpose,
    bytes: Vec<u8>,
    call: impl FnOnce(&mut Vec<u8>, *mut OVERLAPPED) -> bool,
) -> Result<(), Errno> {
    let operation = Box::new(Operation { overlapped: OVERLAPPED::default(), purpose, bytes });
    let operation = Box::into_raw(operation);
    // SAFETY: the operation is alive and nobody else's before the call has begun it; the kernel uses
    // no more of it than its OVERLAPPED and what the bytes lie in.
    let done = unsafe { call(&mut (*operation).bytes, &raw mut (*operation).overlapped) };
    // Success, too, is told by a completion.
    if done {
        return Ok(());
    }
    let error = last_error();
    if error.raw_os_error() == WSA_IO_PENDING {
        return Ok(());
    }
    // SAFETY: what could not begin is not completed: nobody else has it.
    drop(unsafe { Box::from_raw(operation) });
    Err(error)
}

impl Operation {
    /// The operation of a completion.
    ///
    /// # Safety
    /// `overlapped` is what a completion brought of an operation that was begun here.
    pub unsafe fn completed(overlapped: *mut OVERLAPPED) -> Self {
        // SAFETY: the OVERLAPPED is the first part of a box that was given to the kernel, which is
        // done with it.
        unsafe { *Box::from_raw(overlapped.cast()) }
    }

    /// Whether it succeeded.
    pub fn has_succeeded(&self) -> bool {
        // An NTSTATUS: this one is success.
        self.overlapped.Internal == 0
    }
}
