//! Plays many streams at one server at once, each cut into pieces that are sent apart.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::answer::{Answer, End};
use crate::server::TestServer;
use crate::variant::Variant;

/// Connections open at once.
const PARALLEL: usize = 192;
/// Between two pieces, so that the server reads them apart.
const GAP: Duration = Duration::from_micros(700);
/// Without any progress for this long a server counts as mute.
const PATIENCE: Duration = Duration::from_secs(12);

/// Who has to end its stream first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The client says nothing more and waits for the server's end.
    Server,
    /// The client shuts its side down after the last piece.
    Client,
}

/// A stream and the places where it is cut.
#[derive(Clone, Debug)]
pub struct Play {
    pub pieces: Vec<Vec<u8>>,
    pub first: First,
}

impl Play {
    /// Cuts `stream` at the given offsets.
    #[must_use]
    pub fn new(stream: &[u8], cuts: &[usize], first: First) -> Self {
        let ends = cuts.iter().copied().chain([stream.len()]);
        let mut begin = 0;
        let pieces = ends.map(|end| stream[std::mem::replace(&mut begin, end)..end].to_vec()).collect();
        Self { pieces, first }
    }
}

/// Plays all streams, as many at once as the server serves, and gives their answers in the same order.
///
/// # Errors
/// When the server takes no connection.
pub fn play(server: &TestServer, plays: &[Play]) -> Result<Vec<Answer>> {
    let at_once = server.variant.map_or(PARALLEL, Variant::at_once).min(PARALLEL);
    let mut answers: Vec<Option<Answer>> = plays.iter().map(|_| None).collect();
    let mut waiting: VecDeque<usize> = (0..plays.len()).collect();
    let mut open: Vec<Connection> = vec![];
    let mut buffer = vec![0; 1 << 16];
    while !waiting.is_empty() || !open.is_empty() {
        while open.len() < at_once
            && let Some(index) = waiting.pop_front()
        {
            open.push(Connection::new(server.address, index, &plays[index])?);
        }
        open.retain_mut(|connection| match connection.step(&mut buffer) {
            None => true,
            Some(end) => {
                answers[connection.index] = Some(Answer::parse(&connection.received, end));
                false
            }
        });
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(answers.into_iter().flatten().collect())
}

struct Connection<'a> {
    index: usize,
    stream: TcpStream,
    play: &'a Play,
    /// The piece that is being sent, and how much of it is gone.
    piece: usize,
    offset: usize,
    received: Vec<u8>,
    next_send: Instant,
    last_progress: Instant,
}

impl<'a> Connection<'a> {
    fn new(address: SocketAddr, index: usize, play: &'a Play) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let now = Instant::now();
        Ok(Self { index, stream, play, piece: 0, offset: 0, received: vec![], next_send: now, last_progress: now })
    }

    /// Sends and receives what is possible now; gives the end when there is one.
    fn step(&mut self, buffer: &mut [u8]) -> Option<End> {
        if let Some(end) = self.receive(buffer) {
            return Some(end);
        }
        let now = Instant::now();
        if self.piece < self.play.pieces.len() && now >= self.next_send {
            self.send(now);
        }
        (now - self.last_progress > PATIENCE).then_some(End::Mute)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<End> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Some(End::Eof),
                Ok(size) => {
                    self.received.extend_from_slice(&buffer[..size]);
                    self.last_progress = Instant::now();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Some(End::Reset),
            }
        }
    }

    /// A failed write is not an end: what the server sent before is still to be read.
    fn send(&mut self, now: Instant) {
        let piece = &self.play.pieces[self.piece];
        match self.stream.write(&piece[self.offset..]) {
            Ok(size) => self.offset += size,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == ErrorKind::Interrupted => return,
            Err(_) => self.offset = piece.len(),
        }
        self.last_progress = now;
        if self.offset < piece.len() {
            return;
        }
        self.piece += 1;
        self.offset = 0;
        self.next_send = now + GAP;
        if self.piece == self.play.pieces.len() && self.play.first == First::Client {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}
