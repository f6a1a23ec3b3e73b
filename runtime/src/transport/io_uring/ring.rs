//! The ring, the connections that its requests are for, and their output.

// Requests name memory and descriptors, which have to live until the kernel has completed them.
#![allow(unsafe_code)]

use super::buffers::Buffers;
use crate::server::{Slab, Socket, Token};
use crate::transport::socket::StreamSocket;
use io_uring::squeue::Entry;
use io_uring::types::{CancelBuilder, Fd};
use io_uring::{IoUring, opcode};
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::mem;
use std::os::fd::AsRawFd as _;
use std::rc::Rc;

/// Requests of one submission; more of them take another.
const REQUESTS: u32 = 1024;
/// Completions that wait to be looked at.
const COMPLETIONS: u32 = 8 * REQUESTS;
/// How many unused buffers for output are kept, and the largest of them.
const SPARE_BUFFERS: usize = 64;
const LARGEST_SPARE: usize = 256 << 10;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    Accept,
    Signal,
    Mail,
    Receive,
    Send,
    Room,
    Cancel,
}

const PURPOSES: [Purpose; 7] = [
    Purpose::Accept,
    Purpose::Signal,
    Purpose::Mail,
    Purpose::Receive,
    Purpose::Send,
    Purpose::Room,
    Purpose::Cancel,
];

impl Purpose {
    /// What a request's completion carries.
    pub fn of(self, line: usize) -> u64 {
        (self as u64) << 32 | line as u64
    }

    fn from_data(data: u64) -> (Self, usize) {
        (PURPOSES[(data >> 32) as usize], data as u32 as usize)
    }
}

/// How far the output of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// There is none.
    Idle,
    /// The kernel is being asked to take it.
    Trying,
    /// The kernel has no room.
    Stuck,
}

/// A connection, until its last request is completed.
pub struct Line {
    pub socket: StreamSocket,
    /// `None` once the worker has closed it.
    pub token: Option<Token>,
    /// Requests that are not completed.
    pub requests: u32,
    /// There is a request to receive.
    pub receiving: bool,
    /// The worker wants to read.
    pub wanted: bool,
    /// The peer ended its stream while the worker did not want to read.
    pub ended: bool,
    pub sending: Sending,
    /// The kernel reads it until the request to send is completed.
    pub output: Vec<u8>,
    pub sent: usize,
}

/// The ring, and what its requests refer to.
pub struct Ring {
    pub uring: IoUring,
    pub lines: Slab<Line>,
    /// Unused buffers for output.
    spare: Vec<Vec<u8>>,
}

impl Ring {
    pub fn new() -> io::Result<Self> {
        let uring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_cqsize(COMPLETIONS)
            .build(REQUESTS)?;
        Ok(Self { uring, lines: Slab::new(), spare: Vec::new() })
    }

    /// Adds a request to the next submission.
    pub fn push(&mut self, request: Entry, purpose: Purpose, line: usize) {
        let request = request.user_data(purpose.of(line));
        // SAFETY: what requests refer to (the descriptor and the output of a line, the driver's own
        // descriptors) is kept until they are completed.
        while unsafe { self.uring.submission().push(&request) }.is_err() {
            // The queue is full: it is submitted once more in this turn.
            let _ = self.uring.submit();
        }
    }

    /// Adds a request of a line.
    pub fn request(&mut self, line: usize, purpose: Purpose) {
        let connection = &mut self.lines[line];
        connection.requests += 1;
        let fd = Fd(connection.socket.as_raw_fd());
        let request = match purpose {
            Purpose::Send => {
                let unsent = &connection.output[connection.sent..];
                connection.sending = Sending::Trying;
                opcode::Send::new(fd, unsent.as_ptr(), unsent.len().min(i32::MAX as usize) as u32)
                    .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
                    .build()
            }
            Purpose::Room => opcode::PollAdd::new(fd, libc::POLLOUT as u32).build(),
            _ => {
                connection.receiving = true;
                opcode::RecvMulti::new(fd, Buffers::GROUP).build()
            }
        };
        self.push(request, purpose, line);
    }

    /// Takes output.
    fn write(&mut self, line: usize, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let connection = &mut self.lines[line];
        if connection.sending != Sending::Idle {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        connection.socket.cork();
        let mut output = self.spare.pop().unwrap_or_default();
        for part in parts {
            output.extend_from_slice(part);
        }
        let taken = output.len();
        connection.output = output;
        connection.sent = 0;
        self.request(line, Purpose::Send);
        Ok(taken)
    }

    /// The output of a line is sent.
    pub fn finish_output(&mut self, line: usize) {
        let connection = &mut self.lines[line];
        connection.sending = Sending::Idle;
        connection.sent = 0;
        let mut output = mem::take(&mut connection.output);
        if self.spare.len() < SPARE_BUFFERS && output.capacity() <= LARGEST_SPARE {
            output.clear();
            self.spare.push(output);
        }
    }

    /// Takes back the request to receive.
    pub fn cancel_receive(&mut self, line: usize) {
        let cancel = CancelBuilder::user_data(Purpose::Receive.of(line));
        self.push(opcode::AsyncCancel2::new(cancel).build(), Purpose::Cancel, 0);
    }

    /// The worker has closed a line. Its socket is closed when its requests are completed.
    fn retire(&mut self, line: usize) {
        let connection = &mut self.lines[line];
        connection.token = None;
        if connection.requests == 0 {
            self.lines.remove(line);
            return;
        }
        let cancel = CancelBuilder::fd(Fd(connection.socket.as_raw_fd())).all();
        self.push(opcode::AsyncCancel2::new(cancel).build(), Purpose::Cancel, 0);
    }

    /// A request of a line is completed.
    pub fn complete(&mut self, line: usize) {
        let connection = &mut self.lines[line];
        connection.requests -= 1;
        if connection.requests == 0 && connection.token.is_none() {
            self.lines.remove(line);
        }
    }
}

/// A connection's socket, as the worker has it.
pub struct Handle {
    pub ring: Rc<RefCell<Ring>>,
    pub line: usize,
}

impl Socket for Handle {
    /// Never called: bytes come by themselves.
    #[cfg(feature = "readiness")]
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.ring.borrow_mut().write(self.line, parts)
    }

    fn held(&self) -> usize {
        let ring = self.ring.borrow();
        let line = &ring.lines[self.line];
        line.output.len() - line.sent
    }

    fn is_trying(&self) -> bool {
        self.ring.borrow().lines[self.line].sending == Sending::Trying
    }

    fn shut_down(&mut self) {
        self.ring.borrow().lines[self.line].socket.end();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ring.borrow_mut().retire(self.line);
    }
}

/// One completion: what for, which line, the result, and the flags.
pub type Completion = (Purpose, usize, i32, u32);

/// What the kernel has completed.
pub fn completed(uring: &mut IoUring) -> impl Iterator<Item = Completion> {
    uring.completion().map(|entry| {
        let (purpose, line) = Purpose::from_data(entry.user_data());
        (purpose, line, entry.result(), entry.flags())
    })
}
