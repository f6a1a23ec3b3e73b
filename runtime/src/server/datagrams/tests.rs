use super::*;
use crate::protocol::reliability::header::Acknowledgement;
use crate::server::config::Udp;
use crate::server::tests::CONFIG;
use std::io;
use std::sync::{Arc, Mutex};

const SECOND: Duration = Duration::from_secs(1);

/// What was sent, and how much more the kernel takes.
#[derive(Default)]
struct Kernel {
    sent: Vec<(u16, Vec<u8>)>,
    full: bool,
}

#[derive(Clone, Default)]
struct FakeSocket(Arc<Mutex<Kernel>>);

impl Transmit for FakeSocket {
    fn transmit(&mut self, datagrams: &[Addressed], bytes: &[u8]) -> io::Result<usize> {
        let mut kernel = self.0.lock().unwrap();
        if kernel.full {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (to, range) = &datagrams[0];
        kernel.sent.push((to.port(), bytes[range.clone()].to_vec()));
        Ok(1)
    }
}

/// Echoes; `all …` is broadcast, `fail` and `close` are commands.
#[derive(Default)]
struct App {
    events: Vec<String>,
}

impl BytesHandler for App {
    fn on_open(&mut self, peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        self.events.push(format!("open {}", peer.address()));
        Ok(())
    }

    fn on_message(&mut self, peer: &mut BytesPeer<'_>, message: &[u8]) -> Result<(), HandlerError> {
        match message {
            b"fail" => return Err("asked to".into()),
            b"close" => peer.close(),
            _ if message.starts_with(b"all") => peer.broadcast(message),
            _ => peer.send(message),
        }
        Ok(())
    }

    fn on_close(&mut self, peer: &mut BytesPeer<'_>) {
        self.events.push(format!("close {}", peer.address()));
    }
}

struct Fixture {
    server: DatagramServer<App>,
    outbox: Outbox,
    socket: FakeSocket,
    now: Instant,
}

impl Fixture {
    fn new(udp: Udp) -> Self {
        let config = Config { udp, ..CONFIG };
        let (now, socket) = (Instant::now(), FakeSocket::default());
        let server = DatagramServer::new(&config, App::default(), now);
        Self { server, outbox: Outbox::new(Box::new(socket.clone()), 4), socket, now }
    }

    /// One turn: a datagram each of these ports, and what was sent then.
    fn turn(&mut self, datagrams: &[(u16, &[u8])]) -> Vec<(u16, Vec<u8>)> {
        for (port, datagram) in datagrams {
            let from = SocketAddr::from(([127, 0, 0, 1], *port));
            self.server.receive(from, datagram, &mut self.outbox);
        }
        self.server.settle(&mut self.outbox);
        self.outbox.flush();
        self.server.count_refused(&mut self.outbox);
        self.sent()
    }

    fn sent(&mut self) -> Vec<(u16, Vec<u8>)> {
        std::mem::take(&mut self.socket.0.lock().unwrap().sent)
    }

    /// Lets time pass, and tells what was sent meanwhile.
    fn wait(&mut self, duration: Duration) -> Vec<(u16, Vec<u8>)> {
        let end = self.now + duration;
        while let Some(at) = self.server.next_deadline().filter(|at| *at <= end) {
            self.server.set_time(at);
            self.server.expire(&mut self.outbox);
            self.outbox.flush();
        }
        self.now = end;
        self.server.set_time(end);
        self.sent()
    }

    fn known(&self) -> usize {
        self.server.state.peers.slab.len()
    }
}

fn sent(datagrams: &[(u16, &[u8])]) -> Vec<(u16, Vec<u8>)> {
    datagrams.iter().map(|(port, datagram)| (*port, datagram.to_vec())).collect()
}

const KNOWN_PEERS: Udp =
    Udp { known_peers: Some(3), idle: Some(Duration::from_secs(30)), ..CONFIG.udp };

#[test]
fn behaviour_7_1_echo_knows_nobody() {
    let mut fixture = Fixture::new(CONFIG.udp);
    let datagrams: Vec<(u16, &[u8])> = (1..10).map(|port| (port, &b"x"[..])).collect();
    assert_eq!(fixture.turn(&datagrams), sent(&datagrams));
    assert_eq!((fixture.known(), fixture.server.next_deadline()), (0, None));
    assert_eq!(fixture.turn(&[(1, &[0; 1473]), (1, &[0; 1472])]), sent(&[(1, &[0; 1472])]));
}

#[test]
fn behaviour_7_1_the_table_is_bounded() {
    let mut fixture = Fixture::new(KNOWN_PEERS);
    fixture.turn(&[(1, b"a"), (2, b"b"), (3, b"c"), (1, b"a")]);
    assert_eq!(fixture.turn(&[(4, b"all")]), sent(&[(1, b"all"), (3, b"all")]));
    let events = &fixture.server.app.events;
    assert_eq!(events[3..], ["close 127.0.0.1:2", "open 127.0.0.1:4"]);
    fixture.wait(SECOND * 29);
    assert_eq!(fixture.turn(&[(1, b"all")]).len(), 2);
    fixture.wait(SECOND * 2);
    assert_eq!(fixture.known(), 1);
    fixture.server.finish(&mut fixture.outbox);
    assert_eq!(fixture.server.app.events.last().unwrap(), "close 127.0.0.1:1");
}

#[test]
fn behaviour_7_1_what_the_app_sends_away_is_new_again() {
    let mut fixture = Fixture::new(KNOWN_PEERS);
    for command in [&b"close"[..], b"fail"] {
        fixture.turn(&[(1, command)]);
        assert_eq!(fixture.known(), 0);
    }
    assert_eq!(fixture.server.app.events.len(), 4);
}

#[test]
fn behaviour_7_1_each_peer_has_its_own_bucket() {
    let mut fixture = Fixture::new(Udp { rate_limit: Some(2), ..KNOWN_PEERS });
    assert_eq!(fixture.turn(&[(1, b"a"), (1, b"b"), (1, b"c"), (2, b"d")]).len(), 3);
    fixture.wait(SECOND / 2);
    assert_eq!(fixture.turn(&[(1, b"a"), (1, b"b")]).len(), 1);
}

#[test]
fn behaviour_7_1_what_the_socket_does_not_take_is_dropped() {
    let mut fixture = Fixture::new(CONFIG.udp);
    fixture.socket.0.lock().unwrap().full = true;
    assert_eq!(fixture.turn(&[(1, b"a"), (1, b"b")]), []);
    fixture.socket.0.lock().unwrap().full = false;
    assert_eq!(fixture.turn(&[(1, b"c")]), sent(&[(1, b"c")]));
}

#[test]
fn behaviour_7_2_answers_are_numbered() {
    let mut fixture = Fixture::new(Udp { reliability: Reliability::Sequence, ..KNOWN_PEERS });
    let answers = fixture.turn(&[(1, b"\0\0\0\x01\0\0\0\x05a"), (1, b"\0\0\0\x01\0\0\0\x05a")]);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].1[4..], *b"\0\0\0\0a");
    assert_eq!(fixture.turn(&[(1, b"short")]), []);
}

#[test]
fn behaviour_7_2_one_acknowledgement_a_turn_and_lost_peers() {
    let mut fixture = Fixture::new(Udp { reliability: Reliability::Ack, ..KNOWN_PEERS });
    let data = |number: u8| [&[0, 0, 0, 1, 0, 0, 0, number][..], b"x"].concat();
    let answers = fixture.turn(&[(1, &data(0)), (1, &data(1)), (1, &data(1))]);
    let acknowledgement = Acknowledgement { session: 1, next: 2, map: 0 }.to_bytes().to_vec();
    assert_eq!(answers.len(), 3, "two echoes and one acknowledgement");
    assert_eq!(answers[2].1, acknowledgement);
    assert_eq!(fixture.wait(Duration::from_millis(250)).len(), 2, "both are sent again");
    fixture.wait(SECOND * 25);
    assert_eq!(fixture.known(), 0, "lost before it was idle");
}
