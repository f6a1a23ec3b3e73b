//! Datagrams to be sent, collected.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

/// Where a datagram goes, and where it lies.
pub type Addressed = (SocketAddr, Range<usize>);

/// A socket that sends datagrams.
pub trait Transmit: Send {
    /// Sends datagrams that lie in `bytes`; as many of them as are returned, at least one.
    ///
    /// # Errors
    /// That of the first.
    fn transmit(&mut self, datagrams: &[Addressed], bytes: &[u8]) -> io::Result<usize>;
}

/// Datagrams to be sent by a worker's socket.
pub struct Outbox {
    socket: Box<dyn Transmit>,
    /// How many are sent at once.
    batch: usize,
    datagrams: Vec<Addressed>,
    bytes: Vec<u8>,
    /// How many the socket did not take.
    pub refused: u64,
    /// Bytes that were sent since somebody counted them.
    #[cfg(feature = "metrics")]
    pub uncounted: u64,
}

impl Outbox {
    /// Nothing to send.
    pub fn new(socket: Box<dyn Transmit>, batch: usize) -> Self {
        Self {
            socket,
            batch,
            // They grow to what a batch takes, and stay.
            datagrams: Vec::new(),
            bytes: Vec::new(),
            refused: 0,
            #[cfg(feature = "metrics")]
            uncounted: 0,
        }
    }

    /// Queues a datagram; a batch is sent.
    #[inline]
    pub fn push(&mut self, to: SocketAddr, header: &[u8], payload: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(header);
        self.bytes.extend_from_slice(payload);
        self.datagrams.push((to, start..self.bytes.len()));
        if self.datagrams.len() >= self.batch {
            self.flush();
        }
    }

    /// Sends what is queued. What the socket does not take is dropped.
    pub fn flush(&mut self) {
        let mut rest = &self.datagrams[..];
        while !rest.is_empty() {
            match self.socket.transmit(rest, &self.bytes) {
                Ok(taken) => {
                    #[cfg(feature = "metrics")]
                    count(&mut self.uncounted, &rest[..taken]);
                    rest = &rest[taken..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let full = error.kind() == io::ErrorKind::WouldBlock;
                    let refused = if full { rest.len() } else { 1 };
                    self.refused += refused as u64;
                    rest = &rest[refused..];
                }
            }
        }
        self.datagrams.clear();
        self.bytes.clear();
    }
}

#[cfg(feature = "metrics")]
fn count(bytes: &mut u64, sent: &[Addressed]) {
    *bytes += sent.iter().map(|(_, place)| place.len() as u64).sum::<u64>();
}
