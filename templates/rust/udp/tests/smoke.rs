//! Starts the built server and speaks with it over UDP.

use server::Server;
use specgen_runtime::Reliability;
use specgen_runtime::protocol::reliability::header;
//% if not custom
use specgen_runtime::protocol::reliability::header::Datagram;
//% endif
//% if broadcast
use std::iter;
//% endif
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

#[path = "../src/config.rs"]
mod config;
mod server;

/// Where cargo built the server.
const PROGRAM: &str = env!("CARGO_BIN_EXE_server"); //= program

/// Whether a header stands in front of each payload.
const NUMBERED: bool = !matches!(config::CONFIG.udp.reliability, Reliability::None);

struct Client {
    socket: UdpSocket,
    next: u32,
}

impl Client {
    /// One that waits so long for a datagram.
    fn open(server: &Server, patience: Duration) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(&server.address).expect("an address");
        socket.set_read_timeout(Some(patience)).expect("a time-out");
        Self { socket, next: 0 }
    }

    fn send(&mut self, payload: &[u8]) {
        let mut datagram = Vec::new();
        if NUMBERED {
            datagram.extend(header::data(1, self.next));
            self.next += 1;
        }
        datagram.extend(payload);
        self.socket.send(&datagram).expect("a datagram is sent");
    }

    //% if not custom
    /// The next payload, if one comes; acknowledgements are passed over.
    fn receive(&self) -> Option<Vec<u8>> {
        let mut buffer = [0; 100];
        while let Ok(size) = self.socket.recv(&mut buffer) {
            let datagram = &buffer[..size];
            if !NUMBERED {
                return Some(datagram.to_vec());
            }
            if let Some(Datagram::Data(_, _, payload)) = header::parse(datagram) {
                return Some(payload.to_vec());
            }
        }
        None
    }

    //% endif
    //% if broadcast
    /// Repeats a payload until another hears it: a datagram that was sent before may be handled
    /// later.
    fn tell(&mut self, other: &Self, payload: &[u8]) {
        let heard = (0..25).any(|_| {
            self.send(payload);
            iter::from_fn(|| other.receive()).any(|heard| heard == payload)
        });
        assert!(heard, "nothing comes");
    }
    //% endif
}

//% if echo
#[test]
fn datagrams_come_back() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let mut client = Client::open(&server, Duration::from_secs(5));
    for payload in [b"1", b"2"] {
        client.send(payload);
        assert_eq!(client.receive().as_deref(), Some(&payload[..]));
    }
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if broadcast
#[test]
fn datagrams_go_to_all_others() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let patience = Duration::from_millis(200);
    let mut first = Client::open(&server, patience);
    let mut second = Client::open(&server, patience);
    first.send(b"here");
    second.tell(&first, b"1");
    first.tell(&second, b"2");
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if custom
#[test]
fn the_handlers_leave_the_server_alive() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let mut client = Client::open(&server, Duration::from_secs(5));
    client.send(b"1");
    client.send(b"2");
    assert_eq!(server.terminate(), Some(0));
}
//% endif
