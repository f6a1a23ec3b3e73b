//! recvfrom(2) and sendto(2): where no system call takes many datagrams, a batch is as many calls.

use crate::server::Addressed;
use crate::transport::system::{SENDING, receive_from};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::net::SendFlags;
use std::net::SocketAddr;

/// How `SOCKET_DEBUG` names receiving.
pub const RECEIVE: &str = "recvfrom";
/// How `SOCKET_DEBUG` names sending.
pub const SEND: &str = "sendto";

/// Room for datagrams that come.
pub struct Incoming {
    /// Of one datagram.
    room: usize,
    bytes: Vec<u8>,
    /// Who sent each, and its length.
    found: Vec<(Option<SocketAddr>, usize)>,
    batch: usize,
}

impl Incoming {
    /// Room for `batch` datagrams; those longer than `room` are cut.
    pub fn new(_: impl AsFd, batch: usize, room: usize) -> Self {
        let batch = batch.max(1);
        Self { room, bytes: vec![0; batch * room], found: Vec::with_capacity(batch), batch }
    }

    /// How many fit.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Receives what there is, without waiting for it.
    ///
    /// # Errors
    /// That of the first call.
    pub fn receive(&mut self, fd: BorrowedFd<'_>) -> Result<usize, Errno> {
        self.found.clear();
        for room in self.bytes.chunks_exact_mut(self.room) {
            match receive_from(fd, room) {
                Ok(found) => self.found.push(found),
                Err(error) if self.found.is_empty() => return Err(error),
                // It comes again with the next call, or it was an ICMP error.
                Err(_) => break,
            }
        }
        Ok(self.found.len())
    }

    /// One of the datagrams that came last, and who sent it.
    pub fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let (from, length) = self.found[index];
        let start = index * self.room;
        Some((from?, &self.bytes[start..start + length]))
    }
}

/// How datagrams are sent: one by one.
#[derive(Clone)]
pub struct Outgoing {
    flags: SendFlags,
}

impl Outgoing {
    /// For a socket.
    pub fn new(_: impl AsFd) -> Self {
        Self { flags: SENDING }
    }

    /// Sends datagrams that lie in `bytes`; gives the number of those that were sent.
    ///
    /// # Errors
    /// That of the first datagram.
    pub fn send(
        &mut self,
        fd: BorrowedFd<'_>,
        datagrams: &[Addressed],
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        for (sent, (to, range)) in datagrams.iter().enumerate() {
            match rustix::net::sendto(fd, &bytes[range.clone()], self.flags, to) {
                Ok(_) => {}
                Err(error) if sent == 0 => return Err(error),
                Err(_) => return Ok(sent),
            }
        }
        Ok(datagrams.len())
    }
}
