use super::*;
use crate::protocol::client::masked_frame;
use crate::protocol::frame::Opcode;
use crate::protocol::message::{Kind, Message};
use crate::server::app::HandlerError;
use crate::server::common::Common;
use crate::server::config::Overflow;
use crate::server::handler::{Handler, Peer};
use crate::server::tests::CONFIG;
use crate::server::websocket::WebSocketServer;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "tls")]
#[path = "tls_tests.rs"]
mod tls;

const HEAD: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The kernel's side of a socket: what the peer sent, and what it was sent.
#[derive(Default)]
struct Kernel {
    input: VecDeque<u8>,
    ended: bool,
    output: Vec<u8>,
    /// How many bytes are taken until the socket blocks.
    room: usize,
    writes: usize,
    shut: bool,
}

#[derive(Clone, Default)]
struct FakeSocket(Rc<RefCell<Kernel>>);

impl Socket for FakeSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut kernel = self.0.borrow_mut();
        if kernel.input.is_empty() && !kernel.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = buffer.len().min(kernel.input.len());
        for (byte, read) in buffer.iter_mut().zip(kernel.input.drain(..count)) {
            *byte = read;
        }
        Ok(count)
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut kernel = self.0.borrow_mut();
        kernel.writes += 1;
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let count = bytes.len().min(kernel.room);
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        kernel.room -= count;
        kernel.output.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn shut_down(&mut self) {
        self.0.borrow_mut().shut = true;
    }
}

/// Echoes; `all …` is broadcast, `fail`, `panic` and `close` are commands.
#[derive(Default)]
struct App {
    closed: Vec<(u16, String)>,
}

impl Handler for App {
    fn on_message(
        &mut self,
        peer: &mut Peer<'_>,
        message: Message<'_>,
    ) -> Result<(), HandlerError> {
        match message {
            Message::Text("fail") => return Err("asked to".into()),
            Message::Text("panic") => panic!("asked to"),
            Message::Text("close") => peer.close(4000, "asked to")?,
            Message::Text("close wrongly") => peer.close(1005, "")?,
            Message::Text(text) if text.starts_with("all") => peer.broadcast_text(text),
            message => peer.send(message),
        }
        Ok(())
    }

    fn on_close(&mut self, _: &mut Peer<'_>, code: u16, reason: &str) {
        self.closed.push((code, reason.to_owned()));
    }
}

struct Server {
    worker: Worker<WebSocketServer<App>, FakeSocket>,
    now: Instant,
    buffer: Vec<u8>,
}

impl Server {
    fn new(config: &Config) -> Self {
        Self::with(config, Common::new(config))
    }

    fn with(config: &Config, common: Common<Kind>) -> Self {
        let now = Instant::now();
        let member = Membership::alone(Arc::new(common));
        let worker = Worker::new(config, App::default(), member, now);
        Self { worker, now, buffer: vec![0; config.buffers.receive] }
    }

    fn connect(&mut self) -> (Token, FakeSocket) {
        let socket = FakeSocket::default();
        socket.0.borrow_mut().room = usize::MAX;
        let address = "127.0.0.1:1".parse::<SocketAddr>().unwrap();
        let token = self.worker.accept(socket.clone(), address.into()).unwrap();
        (token, socket)
    }

    fn open(&mut self) -> (Token, FakeSocket) {
        let (token, socket) = self.connect();
        self.send(token, &socket, HEAD.as_bytes());
        assert!(socket.0.borrow().output.starts_with(b"HTTP/1.1 101 "));
        socket.0.borrow_mut().output.clear();
        socket.0.borrow_mut().writes = 0;
        (token, socket)
    }

    /// Lets the peer send `bytes`, and the server read them if it wants to.
    fn send(&mut self, token: Token, socket: &FakeSocket, bytes: &[u8]) {
        socket.0.borrow_mut().input.extend(bytes);
        while !socket.0.borrow().input.is_empty() && self.reads(token) {
            self.worker.readable(token, &mut self.buffer);
        }
    }

    fn end(&mut self, token: Token, socket: &FakeSocket) {
        socket.0.borrow_mut().ended = true;
        self.worker.readable(token, &mut self.buffer);
    }

    /// Lets the peer read `count` bytes.
    fn take(&mut self, token: Token, socket: &FakeSocket, count: usize) {
        socket.0.borrow_mut().room = count;
        self.worker.writable(token);
        while !socket.0.borrow().input.is_empty() && self.reads(token) {
            self.worker.readable(token, &mut self.buffer);
        }
    }

    fn reads(&self, token: Token) -> bool {
        let index = self.worker.hub.connections.find(token);
        index.is_some_and(|index| self.worker.hub.connections[index].wanted().read)
    }

    fn is_alive(&self, token: Token) -> bool {
        self.worker.hub.connections.find(token).is_some()
    }

    fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.worker.next_deadline().filter(|at| *at <= end) {
            self.worker.set_time(at);
            self.worker.expire();
        }
        self.now = end;
        self.worker.set_time(end);
        self.worker.expire();
    }
}

fn text(payload: &str) -> Vec<u8> {
    frame(Opcode::Text, payload.as_bytes())
}

fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    masked_frame(&mut bytes, true, false, opcode, payload, [1, 2, 3, 4]);
    bytes
}

fn output(socket: &FakeSocket) -> Vec<u8> {
    std::mem::take(&mut socket.0.borrow_mut().output)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn one_write_answers_one_read() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    let stream = [text("a"), text("b"), frame(Opcode::Ping, b"p")].concat();
    server.send(token, &socket, &stream);
    assert_eq!(output(&socket), b"\x81\x01a\x81\x01b\x8a\x01p");
    assert_eq!(socket.0.borrow().writes, 1);
}

#[test]
fn a_large_message_is_read_and_written_in_place() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    let payload = vec![b'x'; 1 << 20];
    server.send(token, &socket, &frame(Opcode::Binary, &payload));
    assert_eq!(output(&socket)[10..], payload);
    assert_eq!(socket.0.borrow().writes, 1);
}

#[test]
fn the_peers_close_is_answered_and_its_end_awaited() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    server.send(token, &socket, &frame(Opcode::Close, b"\x03\xe8bye"));
    assert_eq!(output(&socket), b"\x88\x02\x03\xe8");
    assert!(socket.0.borrow().shut);
    assert_eq!(server.worker.app.closed, [(1000, "bye".to_owned())]);
    server.end(token, &socket);
    assert!(!server.is_alive(token));
    assert_eq!((server.worker.app.closed.len(), server.worker.open()), (1, 0));
}

#[test]
fn a_peer_that_lingers_is_closed_in_time() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    server.send(token, &socket, b"\xf1\x80");
    assert!(socket.0.borrow().shut);
    server.wait(SECOND * 4);
    assert!(server.is_alive(token));
    server.wait(SECOND * 2);
    assert!(!server.is_alive(token));
}

#[test]
fn an_end_without_close_is_1006() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    socket.0.borrow_mut().room = 0;
    server.send(token, &socket, &text("owed"));
    server.end(token, &socket);
    assert!(server.is_alive(token), "something is owed");
    server.take(token, &socket, 99);
    assert!(!server.is_alive(token));
    assert_eq!(output(&socket), b"\x81\x04owed");
    assert_eq!(server.worker.app.closed, [(1006, String::new())]);
}

#[test]
fn failing_handlers_close_with_1011() {
    for command in ["fail", "panic", "close wrongly"] {
        let mut server = Server::new(&CONFIG);
        let (token, socket) = server.open();
        server.send(token, &socket, &[text("a"), text(command), text("b")].concat());
        assert_eq!(output(&socket), b"\x81\x01a\x88\x10\x03\xf3internal error");
        server.send(token, &socket, &frame(Opcode::Close, b"\x03\xf3"));
        assert_eq!(server.worker.app.closed, [(1011, String::new())]);
    }
}

#[test]
fn an_own_close_waits_for_the_answer() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    server.send(token, &socket, &text("close"));
    assert_eq!(output(&socket), b"\x88\x0a\x0f\xa0asked to");
    assert!(!socket.0.borrow().shut);
    server.wait(SECOND * 6);
    assert!(socket.0.borrow().shut);
    assert_eq!(server.worker.app.closed, [(1006, String::new())]);
    server.wait(SECOND * 6);
    assert!(!server.is_alive(token));
}

#[test]
fn a_slow_handshake_is_408() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.connect();
    server.send(token, &socket, &HEAD.as_bytes()[..20]);
    server.wait(SECOND * 5);
    assert!(output(&socket).starts_with(b"HTTP/1.1 408 Request Timeout\r\n"));
    assert!(socket.0.borrow().shut);
    server.wait(SECOND * 6);
    assert!(!server.is_alive(token));
}

#[test]
fn a_heartbeat_asks_and_gives_up() {
    let mut server = Server::new(&CONFIG);
    let (token, socket) = server.open();
    server.wait(SECOND * 29);
    server.send(token, &socket, &frame(Opcode::Pong, b""));
    server.wait(SECOND * 29);
    assert_eq!(output(&socket), b"");
    server.wait(SECOND * 2);
    assert_eq!(output(&socket), b"\x89\x00");
    server.wait(SECOND * 10);
    assert_eq!(output(&socket), b"\x88\x0e\x03\xf3ping timeout");
    assert!(!server.is_alive(token));
    assert_eq!(server.worker.app.closed, [(1011, "ping timeout".to_owned())]);
}

#[test]
fn silence_is_closed() {
    let timeouts = super::super::config::Timeouts { idle: Some(SECOND * 7), ..CONFIG.timeouts };
    let mut server = Server::new(&Config { timeouts, heartbeat: None, ..CONFIG });
    let (_, socket) = server.open();
    server.wait(SECOND * 7);
    assert_eq!(output(&socket), b"\x88\x0e\x03\xe9idle timeout");
}

#[test]
fn output_without_progress_is_given_up() {
    let mut server = Server::new(&Config { heartbeat: None, ..CONFIG });
    let (token, socket) = server.open();
    socket.0.borrow_mut().room = 0;
    server.send(token, &socket, &text("a"));
    server.wait(SECOND * 29);
    server.take(token, &socket, 1);
    server.wait(SECOND * 29);
    assert!(server.is_alive(token));
    server.wait(SECOND * 2);
    assert!(!server.is_alive(token));
}

fn with_overflow(overflow: Overflow) -> Server {
    let buffers =
        super::super::config::Buffers { send: 64, high_watermark: 100, overflow, ..CONFIG.buffers };
    Server::new(&Config { buffers, heartbeat: None, ..CONFIG })
}

#[test]
fn pause_keeps_input_until_half_the_watermark() {
    let mut server = with_overflow(Overflow::Pause);
    let (token, socket) = server.open();
    socket.0.borrow_mut().room = 0;
    let ten = text("12345678").repeat(20);
    server.send(token, &socket, &ten);
    assert!(!server.reads(token));
    let unsent = |server: &Server| server.worker.hub.connections[0].output.unsent();
    assert_eq!(unsent(&server), 110, "the eleventh message is above the watermark");
    server.take(token, &socket, 50);
    assert!(!server.reads(token));
    server.take(token, &socket, 10);
    assert_eq!(output(&socket), b"\x81\x0812345678".repeat(6));
    assert!(!server.reads(token), "the rest is above again");
    server.take(token, &socket, 1000);
    assert_eq!(output(&socket), b"\x81\x0812345678".repeat(14));
    assert!(server.reads(token));
}

#[test]
fn pause_stops_the_sender_of_a_broadcast() {
    let mut server = with_overflow(Overflow::Pause);
    let (sender, from) = server.open();
    let (receiver, to) = server.open();
    to.0.borrow_mut().room = 0;
    for _ in 0..30 {
        server.send(sender, &from, &text("all 1234"));
    }
    assert!(!server.reads(sender) && server.reads(receiver));
    server.take(receiver, &to, 1000);
    assert!(server.reads(sender));
    server.send(sender, &from, b"");
    assert_eq!(output(&to), b"\x81\x08all 1234".repeat(30));
    to.0.borrow_mut().room = 0;
    for _ in 0..30 {
        server.send(sender, &from, &text("all 1234"));
    }
    assert!(!server.reads(sender));
    server.end(receiver, &to);
    server.wait(SECOND * 40);
    assert!(!server.is_alive(receiver) && server.reads(sender));
}

#[test]
fn close_gives_up_on_a_slow_peer() {
    let mut server = with_overflow(Overflow::Close);
    let (token, socket) = server.open();
    socket.0.borrow_mut().room = 0;
    server.send(token, &socket, &text("12345678").repeat(20));
    server.take(token, &socket, 1000);
    let mut expected = b"\x81\x0812345678".repeat(11);
    expected.extend(b"\x88\x0a\x03\xf5too slow");
    assert_eq!(output(&socket), expected);
}

#[test]
fn drop_drops_messages_but_no_pongs() {
    let mut server = with_overflow(Overflow::Drop);
    let (token, socket) = server.open();
    socket.0.borrow_mut().room = 0;
    let stream = [text("12345678").repeat(20), frame(Opcode::Ping, b"p")].concat();
    server.send(token, &socket, &stream);
    assert!(server.reads(token));
    server.take(token, &socket, 1000);
    let mut expected = b"\x81\x0812345678".repeat(11);
    expected.extend(b"\x8a\x01p");
    assert_eq!(output(&socket), expected);
    socket.0.borrow_mut().room = 0;
    server.send(token, &socket, &frame(Opcode::Ping, b"flood").repeat(1000));
    assert!(server.reads(token), "only `timeouts.write` ends a flood of Pings");
}

#[test]
fn limits_on_connections() {
    let limits = super::super::config::Limits {
        connections: 2,
        connections_per_client: Some(1),
        ..CONFIG.limits
    };
    let listen = super::super::config::Listen { backlog: 1, ..CONFIG.listen };
    let mut server = Server::new(&Config { listen, limits, ..CONFIG });
    let (first, socket) = server.open();
    let (second, other) = server.connect();
    server.send(second, &other, HEAD.as_bytes());
    assert!(output(&other).starts_with(b"HTTP/1.1 429 Too Many Requests\r\n"));
    server.connect();
    let address = "127.0.0.1:2".parse::<SocketAddr>().unwrap();
    assert!(server.worker.accept(FakeSocket::default(), address.into()).is_none());
    server.end(first, &socket);
    server.end(second, &other);
    server.open();
}

#[test]
fn a_drain_closes_everyone() {
    let mut server = Server::new(&CONFIG);
    let (waiting, _) = server.connect();
    let (token, socket) = server.open();
    server.worker.drain();
    assert!(!server.is_alive(waiting));
    assert_eq!(output(&socket), b"\x88\x16\x03\xe9server shutting down");
    server.send(token, &socket, &frame(Opcode::Close, b"\x03\xe9"));
    assert!(!server.worker.is_drained());
    server.end(token, &socket);
    assert!(server.worker.is_drained());
}

#[test]
fn a_connection_is_small() {
    let size = size_of::<Connection<WebSocketServer<App>, std::os::fd::OwnedFd>>();
    assert!(size <= 768, "{size}");
}
