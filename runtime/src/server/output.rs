//! What a connection still has to send.

use crate::protocol::sink::Sink;
#[cfg(feature = "tls")]
use crate::protocol::tls::Layer;
use std::io::{self, IoSlice};
use std::time::Instant;

/// How many unused queues a worker keeps, and the largest of them.
const SPARE_QUEUES: usize = 8;
const LARGEST_SPARE: usize = 2 << 20;

/// A stream socket that does not block.
pub trait Socket {
    /// Reads into `buffer`; 0 at the end of the peer's stream.
    ///
    /// # Errors
    /// As the kernel says.
    #[cfg(feature = "readiness")]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as much of `parts` as the kernel takes.
    ///
    /// # Errors
    /// As the kernel says.
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Bytes that [`Self::write`] has taken, but not yet the kernel.
    #[inline]
    fn held(&self) -> usize {
        0
    }

    /// Whether it is not known yet if the kernel has room for them.
    #[inline]
    fn is_trying(&self) -> bool {
        false
    }

    /// A turn's output is written.
    fn end_turn(&mut self) {}

    /// Ends the stream to the peer.
    fn shut_down(&mut self);
}

/// Unused queues of a worker.
#[derive(Default)]
pub struct Queues {
    spare: Vec<Vec<u8>>,
}

impl Queues {
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    pub(super) fn give(&mut self, mut queue: Vec<u8>) {
        let fits = (1..=LARGEST_SPARE).contains(&queue.capacity());
        if fits && self.spare.len() < SPARE_QUEUES {
            queue.clear();
            self.spare.push(queue);
        }
    }
}

/// A socket and the bytes that it has not taken yet.
pub struct Output<S> {
    /// The socket.
    pub socket: S,
    pub(super) queue: Vec<u8>,
    /// How much of the queue is written.
    pub(super) written: usize,
    /// The kernel's buffer is full.
    pub blocked: bool,
    /// The connection is broken.
    pub broken: bool,
    /// When the kernel last took something, or the queue began to wait.
    pub progress: Instant,
    /// What encrypts the bytes on their way; `None`: nothing does.
    #[cfg(feature = "tls")]
    pub tls: Option<Box<Layer>>,
    /// Bytes that the socket took since somebody counted them.
    #[cfg(feature = "metrics")]
    pub uncounted: u64,
}

impl<S: Socket> Output<S> {
    /// Nothing to send.
    pub fn new(socket: S, now: Instant) -> Self {
        Self {
            socket,
            queue: Vec::new(),
            written: 0,
            blocked: false,
            broken: false,
            // Nothing waits yet.
            progress: now,
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "metrics")]
            uncounted: 0,
        }
    }

    /// The number of bytes that wait.
    #[inline]
    pub fn unsent(&self) -> usize {
        self.queued() + self.held()
    }

    /// Bytes that left the queue and did not reach the kernel yet.
    #[cfg(not(feature = "tls"))]
    #[inline]
    fn held(&self) -> usize {
        self.socket.held()
    }

    /// Whether there is something to write.
    #[cfg(not(feature = "tls"))]
    #[inline]
    fn is_due(&self) -> bool {
        self.queued() > 0
    }

    #[inline]
    pub(super) fn queued(&self) -> usize {
        self.queue.len() - self.written
    }

    /// Whether the kernel has no room for what waits.
    #[inline]
    pub fn is_stuck(&self) -> bool {
        self.blocked && !self.socket.is_trying()
    }

    /// Writes what waits.
    #[inline]
    pub fn flush(&mut self, queues: &mut Queues, now: Instant) {
        if self.is_due() && !self.blocked {
            self.write_through(&[], &[], queues, now);
        }
    }

    fn append(&mut self, header: &[u8], payload: &[u8], queues: &mut Queues) {
        if self.queue.capacity() == 0 {
            self.queue = queues.take();
        }
        if self.written > self.queue.len() / 2 {
            self.queue.drain(..self.written);
            self.written = 0;
        }
        self.queue.extend_from_slice(header);
        self.queue.extend_from_slice(payload);
    }

    /// Writes what waits and a frame with one system call, the payload from where it lies.
    fn write_through(&mut self, header: &[u8], payload: &[u8], queues: &mut Queues, now: Instant) {
        let unsent = self.queued();
        let total = unsent + header.len() + payload.len();
        #[cfg(feature = "tls")]
        let taken = self.write_secure(header, payload, queues);
        #[cfg(not(feature = "tls"))]
        let taken = self.write(header, payload);
        if taken > 0 || !self.blocked {
            self.progress = now;
        }
        let leftover = taken < total;
        self.blocked = leftover || self.held() > 0;
        self.written += taken.min(unsent);
        let header_taken = taken.saturating_sub(unsent).min(header.len());
        let payload_taken = taken.saturating_sub(unsent + header.len());
        if leftover {
            self.append(&header[header_taken..], &payload[payload_taken..], queues);
        } else {
            self.written = 0;
            queues.give(std::mem::take(&mut self.queue));
        }
    }

    #[cfg(feature = "metrics")]
    #[inline]
    pub(super) fn count(&mut self, taken: usize) {
        self.uncounted += taken as u64;
    }

    /// Has the socket take what waits and a frame; returns how much of that is taken.
    pub(super) fn write(&mut self, header: &[u8], payload: &[u8]) -> usize {
        let waiting = IoSlice::new(&self.queue[self.written..]);
        let parts = [waiting, IoSlice::new(header), IoSlice::new(payload)];
        let parts = if header.is_empty() && payload.is_empty() { &parts[..1] } else { &parts[..] };
        loop {
            match self.socket.write(parts) {
                Ok(taken) => {
                    #[cfg(feature = "metrics")]
                    self.count(taken);
                    return taken;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.broken = error.kind() != io::ErrorKind::WouldBlock;
                    return 0;
                }
            }
        }
    }
}

/// Where the frames of a connection go: collected, and written when there are enough of them.
pub struct Outlet<'a, S> {
    /// The connection's output.
    pub output: &'a mut Output<S>,
    /// The worker's unused queues.
    pub queues: &'a mut Queues,
    /// `buffers.send`.
    pub collect: usize,
    /// The present.
    pub now: Instant,
}

impl<S: Socket> Sink for Outlet<'_, S> {
    #[inline]
    fn send(&mut self, header: &[u8], payload: &[u8]) {
        let output = &mut *self.output;
        let total = output.unsent() + header.len() + payload.len();
        if output.broken {
            // Nobody will read it.
        } else if output.blocked || total < self.collect {
            output.append(header, payload, self.queues);
        } else {
            output.write_through(header, payload, self.queues, self.now);
        }
    }
}
