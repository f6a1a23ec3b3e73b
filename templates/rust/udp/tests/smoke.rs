//! Starts the built server and speaks with it over UDP.

use server::Server;
use specgen_runtime::Reliability;
use specgen_runtime::protocol::reliability::header;
//% if not custom
use specgen_runtime::protocol::reliability::header::Datagram;
//% endif
use std::net::UdpSocket;
use std::process::Command;
//% if not custom
use std::time::Duration;
//% endif

#[path = "../src/config.rs"]
mod config;
mod server;

/// Where cargo built the server.
const PROGRAM: &str = env!("CARGO_BIN_EXE_server"); //= program

/// Whether a header stands in front of each payload.
const NUMBERED: bool = !matches!(config::CONFIG.udp.reliability, Reliability::None);

//% if not custom
/// For how long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(200);

//% endif
struct Client {
    socket: UdpSocket,
    next: u32,
}

impl Client {
    fn open(server: &Server) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(&server.address).expect("an address");
        //% if not custom
        socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        //% endif
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
    /// Repeats a payload until another hears it: a datagram that was sent before may be handled
    /// later.
    fn tell(&mut self, other: &UdpSocket, payload: &[u8]) {
        let heard = (0..25).any(|_| {
            self.send(payload);
            hears(other, payload)
        });
        assert!(heard, "nothing comes");
    }
    //% endif
}

//% if not custom
/// Whether a payload comes; acknowledgements, and others, are passed over.
fn hears(socket: &UdpSocket, payload: &[u8]) -> bool {
    let mut buffer = [0; 100];
    while let Ok(size) = socket.recv(&mut buffer) {
        let datagram = &buffer[..size];
        let found = match header::parse(datagram) {
            Some(Datagram::Data(_, _, found)) if NUMBERED => found,
            _ => datagram,
        };
        if found == payload {
            return true;
        }
    }
    false
}
//% endif
//% if echo
#[test]
fn datagrams_come_back() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let mut client = Client::open(&server);
    for payload in [b"1", b"2"] {
        let socket = client.socket.try_clone().expect("a socket");
        client.tell(&socket, payload);
    }
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if broadcast
#[test]
fn datagrams_go_to_all_others() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let (mut first, mut second) = (Client::open(&server), Client::open(&server));
    first.send(b"here");
    second.tell(&first.socket, b"1");
    first.tell(&second.socket, b"2");
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if custom
#[test]
fn the_handlers_leave_the_server_alive() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let mut client = Client::open(&server);
    client.send(b"1");
    client.send(b"2");
    assert_eq!(server.terminate(), Some(0));
}
//% endif
