//! Connections, as a completion port has them.

use super::operation;
use super::port::Port;
use crate::server::{Slab, Socket, Token};
use crate::transport::socket::StreamSocket;
use crate::transport::system;
use rustix::fd::AsFd as _;
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;

/// Output that is sent in one operation. Of a larger one nobody would know whether it goes on.
const OUTPUT: usize = 64 << 10;

/// A connection, until its last operation is completed.
pub struct Line {
    pub socket: StreamSocket,
    /// `None` once the worker has closed it.
    pub token: Option<Token>,
    /// Operations that are not completed.
    operations: u32,
    /// One of them waits for input.
    receiving: bool,
    /// The worker wants to read.
    pub wanted: bool,
    /// Bytes of the operation that sends.
    held: usize,
}

/// All connections of a worker.
pub type Lines = Rc<RefCell<Slab<Line>>>;

impl Line {
    fn new(socket: StreamSocket) -> Self {
        Self { socket, token: None, operations: 0, receiving: false, wanted: true, held: 0 }
    }

    /// Takes output: as much as the kernel takes at once, and some of what is left.
    fn write(&mut self, index: usize, parts: &[IoSlice<'_>]) -> Result<usize, Errno> {
        if self.held > 0 {
            return Err(Errno::AGAIN);
        }
        let result = system::send(self.socket.as_fd(), parts);
        self.socket.trace("write", &result);
        let sent = match result {
            Ok(sent) => sent,
            Err(Errno::AGAIN) => 0,
            Err(error) => return Err(error),
        };
        let rest = behind(parts, sent);
        if rest.is_empty() {
            return Ok(sent);
        }
        let length = rest.len();
        operation::send(self.socket.as_fd(), index, rest)?;
        self.operations += 1;
        self.held = length;
        Ok(sent + length)
    }

    /// Waits for input, if the worker wants it and nobody does yet.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn feed(&mut self, index: usize) -> Result<(), Errno> {
        if self.receiving || !self.wanted {
            return Ok(());
        }
        operation::receive(self.socket.as_fd(), index)?;
        self.operations += 1;
        self.receiving = true;
        Ok(())
    }

    /// The wait for input is over.
    pub fn received(&mut self) {
        self.receiving = false;
    }

    /// The operation that sends is over.
    pub fn sent(&mut self) {
        self.socket.trace("write", &Ok(self.held));
        self.held = 0;
    }
}

/// What lies behind the first bytes of some parts, up to the most that is sent at once.
fn behind(parts: &[IoSlice<'_>], mut skipped: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    for part in parts {
        let left = &part[skipped.min(part.len())..];
        skipped -= part.len() - left.len();
        let room = OUTPUT - rest.len();
        rest.extend_from_slice(&left[..left.len().min(room)]);
    }
    rest
}

/// An operation of a line is completed.
pub fn complete(lines: &Lines, index: usize) {
    let mut lines = lines.borrow_mut();
    let line = &mut lines[index];
    line.operations -= 1;
    if line.operations == 0 && line.token.is_none() {
        lines.remove(index);
    }
}

/// A connection's socket, as the worker has it.
pub struct Handle {
    lines: Lines,
    pub index: usize,
}

impl Handle {
    /// A connection whose operations complete at `port`.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn new(lines: &Lines, port: &Port, socket: StreamSocket) -> Result<Self, Errno> {
        port.attach(socket.as_fd())?;
        let index = lines.borrow_mut().insert(Line::new(socket)).index as usize;
        Ok(Self { lines: Rc::clone(lines), index })
    }
}

impl Socket for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let socket = &self.lines.borrow()[self.index].socket;
        let received = rustix::net::recv(socket.as_fd(), buffer, RecvFlags::empty());
        let result = received.map(|(_, count)| count);
        socket.trace("read", &result);
        Ok(result?)
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.lines.borrow_mut()[self.index].write(self.index, parts)?)
    }

    fn held(&self) -> usize {
        self.lines.borrow()[self.index].held
    }

    fn shut_down(&mut self) {
        self.lines.borrow()[self.index].socket.end();
    }
}

impl Drop for Handle {
    /// The worker has closed the line. Its socket is closed when its operations are completed.
    fn drop(&mut self) {
        let mut lines = self.lines.borrow_mut();
        let line = &mut lines[self.index];
        line.token = None;
        if line.operations == 0 {
            lines.remove(self.index);
        } else {
            operation::cancel(line.socket.as_fd());
        }
    }
}
