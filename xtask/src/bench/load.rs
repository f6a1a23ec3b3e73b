//! The load: one thread, epoll, frames made beforehand. Every echo's length is checked, the contents of a sample.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use generated_tests::frame::Frame;
use generated_tests::request::Request;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::time::Timespec;

use super::Row;

/// One echo in so many is compared byte by byte.
const COMPARED: u64 = 64;

pub struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    messages: Messages,
    buffer: Vec<u8>,
}

/// What is sent and what has to come back.
struct Messages {
    /// `in_flight` frames behind each other.
    frames: Vec<u8>,
    /// Bytes of one masked frame.
    sent: usize,
    /// One unmasked frame.
    echo: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of `Messages::frames` still to be sent.
    unsent: usize,
    /// Bytes of the current echo that are here.
    received: usize,
    /// Echoes so far.
    echoes: u64,
    wants_write: bool,
}

impl Load {
    pub fn connect(address: SocketAddr, row: &Row) -> Result<Self> {
        let payload: Vec<u8> = (0..row.size).map(|at| (at * 31 % 251) as u8).collect();
        let frame = Frame::binary(&payload).bytes();
        let messages = Messages {
            sent: frame.len(),
            frames: frame.repeat(row.in_flight),
            echo: Frame::binary(&payload).unmasked().bytes(),
        };
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = vec![];
        for index in 0..row.connections {
            let stream = upgraded(address)?;
            epoll::add(&epoll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
            connections.push(Connection { stream, unsent: 0, received: 0, echoes: 0, wants_write: false });
        }
        let mut load = Self { epoll, connections, messages, buffer: vec![0; 1 << 18] };
        let all = load.messages.frames.len();
        for index in 0..row.connections {
            load.connections[index].unsent = all;
            load.send(index)?;
        }
        Ok(load)
    }

    /// Goes on for `duration`; gives the number of echoes.
    pub fn run(&mut self, duration: Duration) -> Result<u64> {
        let start = Instant::now();
        let before = self.echoes();
        let mut events = Vec::with_capacity(256);
        while start.elapsed() < duration {
            events.clear();
            let timeout = Timespec { tv_sec: 5, tv_nsec: 0 };
            epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout))?;
            ensure!(!events.is_empty(), "the server does not answer any more");
            for event in &events {
                let index = usize::try_from(event.data.u64())?;
                let flags = event.flags;
                if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR) {
                    self.receive(index)?;
                }
                if self.connections[index].unsent > 0 {
                    self.send(index)?;
                }
            }
        }
        Ok(self.echoes() - before)
    }

    fn echoes(&self) -> u64 {
        self.connections.iter().map(|connection| connection.echoes).sum()
    }

    fn receive(&mut self, index: usize) -> Result<()> {
        let connection = &mut self.connections[index];
        let size = match connection.stream.read(&mut self.buffer) {
            Ok(0) => bail!("the server ended the stream"),
            Ok(size) => size,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            Err(error) => return Err(error).context("the connection broke"),
        };
        let finished = connection.check(&self.buffer[..size], &self.messages.echo)?;
        connection.unsent += finished * self.messages.sent;
        Ok(())
    }

    fn send(&mut self, index: usize) -> Result<()> {
        let connection = &mut self.connections[index];
        let messages = &self.messages;
        while connection.unsent > 0 {
            // Never more is unsent than all frames, and what is unsent ends with a whole one.
            let begin = messages.frames.len().saturating_sub(connection.unsent);
            match connection.stream.write(&messages.frames[begin..]) {
                Ok(size) => connection.unsent -= size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("the connection broke"),
            }
        }
        let wants_write = connection.unsent > 0;
        if wants_write != connection.wants_write {
            connection.wants_write = wants_write;
            let out = if wants_write { epoll::EventFlags::OUT } else { epoll::EventFlags::empty() };
            let data = epoll::EventData::new_u64(index as u64);
            epoll::modify(&self.epoll, &connection.stream, data, epoll::EventFlags::IN | out)?;
        }
        Ok(())
    }
}

impl Connection {
    /// Goes over received bytes; gives the number of echoes that ended in them.
    fn check(&mut self, mut bytes: &[u8], echo: &[u8]) -> Result<usize> {
        let mut finished = 0;
        while !bytes.is_empty() {
            let part = bytes.len().min(echo.len() - self.received);
            let expected = &echo[self.received..self.received + part];
            // Beyond the header and the length the contents are compared on a sample.
            let compared = if self.echoes.is_multiple_of(COMPARED) {
                part
            } else {
                part.min(10usize.saturating_sub(self.received))
            };
            ensure!(bytes[..compared] == expected[..compared], "an echo is not what was sent");
            self.received += part;
            bytes = &bytes[part..];
            if self.received == echo.len() {
                self.received = 0;
                self.echoes += 1;
                finished += 1;
            }
        }
        Ok(finished)
    }
}

/// A connection after its handshake.
pub fn upgraded(address: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).context("cannot connect")?;
    stream.set_nodelay(true)?;
    handshake(&mut stream)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// The opening handshake on a blocking socket.
pub fn handshake(stream: &mut TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&Request::new("/").bytes())?;
    let mut head = vec![];
    let mut buffer = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        let size = stream.read(&mut buffer).context("no answer to the handshake")?;
        ensure!(size > 0, "refused: {}", String::from_utf8_lossy(&head));
        head.extend_from_slice(&buffer[..size]);
    }
    ensure!(head.starts_with(b"HTTP/1.1 101"), "refused: {}", String::from_utf8_lossy(&head));
    Ok(())
}
