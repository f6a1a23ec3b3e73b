//! Starts the built server and speaks with it over TCP.

use server::Server;
use specgen_runtime::protocol::framing::Link;
use std::io::{Read, Write};
use std::process::Command;
//% if broadcast
use std::time::Duration;
//% endif
use stream::Stream;

#[path = "../src/config.rs"]
mod config;
mod server;
mod stream;

/// Where cargo built the server.
const PROGRAM: &str = env!("CARGO_BIN_EXE_server"); //= program

/// A message as it stands in a stream.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut link = Link::default();
    link.open();
    link.message(message, config::CONFIG.tcp.framing, &mut bytes)
        .expect("a short message");
    bytes
}

fn start() -> Server {
    let mut command = Command::new(PROGRAM);
    //% if tls
    stream::prepare(&mut command);
    //% endif
    Server::start(&mut command)
}

struct Client {
    stream: Stream,
}

impl Client {
    fn connect(server: &Server) -> Self {
        Self {
            stream: stream::connect(server),
        }
    }

    fn send(&mut self, message: &[u8]) {
        self.stream
            .write_all(&framed(message))
            .expect("a message is sent");
    }

    //% if broadcast
    /// Has the other repeat a message until it is heard: a connection is known some time after it
    /// was made.
    fn rouse(&mut self, other: &mut Self, message: &[u8]) {
        let mut bytes = vec![0; framed(message).len()];
        stream::set_patience(&self.stream, Duration::from_millis(100));
        let heard = (0..50).any(|_| {
            other.send(message);
            self.stream.read(&mut bytes[..1]).is_ok_and(|size| size > 0)
        });
        assert!(heard, "nothing comes");
        stream::set_patience(&self.stream, Duration::from_secs(5));
        self.stream
            .read_exact(&mut bytes[1..])
            .expect("a whole message");
        assert_eq!(bytes, framed(message));
    }

    //% endif
    //% if echo
    /// The next message is `expected`.
    fn expect(&mut self, expected: &[u8]) {
        let mut bytes = vec![0; framed(expected).len()];
        self.stream.read_exact(&mut bytes).expect("a message");
        assert_eq!(bytes, framed(expected));
    }

    //% endif
    /// Ends the stream, and reads up to the end of the server's: answers are not lost.
    fn close(mut self) -> Vec<u8> {
        stream::finish(&mut self.stream);
        let mut rest = Vec::new();
        let end = self.stream.read_to_end(&mut rest);
        // A server with `socket.linger: 0s` ends connections with a reset.
        let resets = config::CONFIG.socket.linger == Some(0);
        assert!(end.is_ok() || resets, "the end: {end:?}");
        rest
    }
}

//% if echo
#[test]
fn messages_come_back() {
    let server = start();
    let mut client = Client::connect(&server);
    client.send(b"1");
    client.expect(b"1");
    client.send(b"2");
    assert_eq!(client.close(), framed(b"2"));
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if broadcast
#[test]
fn messages_go_to_all_others() {
    let server = start();
    let mut sender = Client::connect(&server);
    let mut receiver = Client::connect(&server);
    receiver.rouse(&mut sender, b"1");
    for again in receiver.close().chunks(framed(b"1").len()) {
        assert_eq!(again, framed(b"1"));
    }
    assert_eq!(sender.close(), b"");
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if custom
#[test]
fn the_handlers_leave_the_server_alive() {
    let server = start();
    for _ in 0..2 {
        let mut client = Client::connect(&server);
        client.send(b"1");
        client.close();
    }
    assert_eq!(server.terminate(), Some(0));
}
//% endif
