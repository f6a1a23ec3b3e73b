//! Starts the built server and speaks with it over UDP.

use server::Server;
use specgen_runtime::Reliability;
use specgen_runtime::protocol::reliability::header;
//% if not custom
use specgen_runtime::protocol::reliability::header::Datagram;
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
    fn open(server: &Server) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(&server.address).expect("an address");
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("a time-out");
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
    /// The next payload; acknowledgements are passed over.
    fn receive(&self) -> Vec<u8> {
        let mut buffer = [0; 100];
        loop {
            let size = self.socket.recv(&mut buffer).expect("a datagram");
            let datagram = &buffer[..size];
            if !NUMBERED {
                return datagram.to_vec();
            }
            if let Some(Datagram::Data(_, _, payload)) = header::parse(datagram) {
                return payload.to_vec();
            }
        }
    }
    //% endif
}

//% if echo
#[test]
fn datagrams_come_back() {
    let server = Server::start(&mut Command::new(PROGRAM));
    let mut client = Client::open(&server);
    for payload in [b"1", b"2"] {
        client.send(payload);
        assert_eq!(client.receive(), payload);
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
    // Another worker may read the next datagram.
    std::thread::sleep(Duration::from_millis(100));
    second.send(b"1");
    assert_eq!(first.receive(), b"1");
    first.send(b"2");
    assert_eq!(second.receive(), b"2");
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
