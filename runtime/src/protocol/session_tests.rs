use super::*;
use crate::protocol::client::masked_frame;
#[cfg(feature = "compression")]
use crate::protocol::deflate::{Deflaters, Effort};
#[cfg(feature = "compression")]
use crate::protocol::extension::Wishes;
use crate::protocol::frame::Opcode;
use crate::protocol::link::Outbox;
use crate::protocol::receiver::{Accepts, Role};

const HEAD: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

fn settings() -> Settings {
    Settings {
        policy: Policy {
            #[cfg(feature = "compression")]
            compression: Some(Wishes {
                server_no_context_takeover: false,
                client_no_context_takeover: false,
                server_max_window_bits: 15,
                client_max_window_bits: 15,
            }),
            ..Policy::default()
        },
        max_head: 1024,
        rules: Rules {
            role: Role::Server,
            max_message: 100_000,
            accepts: Accepts::Any,
            validate_utf8: true,
            messages_per_second: None,
            bytes_per_second: None,
        },
    }
}

/// An echo server of one connection, without a socket. `pause` and `close` are commands to it.
struct Echo {
    link: Link,
    outbox: Outbox,
    sent: Vec<u8>,
    events: Vec<String>,
    paused: bool,
}

impl Endpoint for Echo {
    type Sink<'a> = &'a mut Vec<u8>;

    fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    fn outgoing(&mut self) -> (&mut Link, &mut Vec<u8>) {
        (&mut self.link, &mut self.sent)
    }

    fn admit(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    #[cfg(feature = "metrics-page")]
    fn metrics(&mut self) -> String {
        "server_connections 1\n".to_owned()
    }

    fn refused(&mut self, refusal: Refusal) {
        self.events.push(format!("refused {}", refusal.status));
    }

    fn opened(&mut self, _: &Acceptance) {
        self.events.push("opened".to_owned());
    }

    fn message(&mut self, message: Message<'_>) {
        self.events.push(format!("{:?} {}", message.kind(), message.as_bytes().len()));
        match message {
            Message::Text("pause") => self.paused = true,
            Message::Text("close") => self.link.close(4000, "asked to", &mut self.sent),
            _ => {
                let (kind, payload) = (message.kind(), message.as_bytes());
                self.link.message(kind, payload, &mut self.outbox, &mut self.sent);
            }
        }
    }

    fn failed(&mut self, failure: Failure) {
        self.events.push(format!("failed {} {}", failure.code, failure.reason));
    }

    fn closed(&mut self, code: u16, reason: &str) {
        self.events.push(format!("closed {code} {reason}"));
    }

    fn is_paused(&mut self) -> bool {
        self.paused
    }
}

struct Connection {
    session: Session,
    shared: Shared,
    echo: Echo,
    unread: Vec<u8>,
}

impl Connection {
    fn new() -> Self {
        let outbox = Outbox {
            fragment_size: None,
            #[cfg(feature = "compression")]
            threshold: 20,
            #[cfg(feature = "compression")]
            deflaters: Deflaters::new(Effort { level: 6, memory_level: 8 }),
        };
        let (link, sent, events) = (Link::default(), Vec::new(), Vec::new());
        let echo = Echo { link, outbox, sent, events, paused: false };
        Self { session: Session::default(), shared: Shared::default(), echo, unread: Vec::new() }
    }

    /// A connection behind its handshake.
    fn open() -> Self {
        let mut connection = Self::new();
        connection.receive(HEAD.as_bytes());
        assert_eq!(connection.echo.events, ["opened"]);
        assert!(connection.echo.sent.starts_with(b"HTTP/1.1 101 "));
        connection.echo.events.clear();
        connection.echo.sent.clear();
        connection
    }

    fn receive(&mut self, bytes: &[u8]) {
        let mut bytes = [&std::mem::take(&mut self.unread)[..], bytes].concat();
        let mut input = Input::new(&mut bytes);
        let now = Instant::now();
        self.session.receive(&mut input, &settings(), &mut self.shared, now, &mut self.echo);
        self.unread = input.rest().to_vec();
    }
}

fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    masked_frame(&mut bytes, true, false, opcode, payload, [1, 2, 3, 4]);
    bytes
}

#[test]
fn rfc6455_4_2_frames_may_follow_the_head_at_once() {
    let mut connection = Connection::new();
    connection.receive(&[HEAD.as_bytes(), &frame(Opcode::Text, b"hi")].concat());
    assert_eq!(connection.echo.events, ["opened", "Text 2"]);
    assert!(connection.echo.sent.ends_with(b"\r\n\r\n\x81\x02hi"));
}

#[test]
fn a_head_is_limited() {
    let mut connection = Connection::new();
    connection.receive(&[b'a'; 1023]);
    assert_eq!(connection.echo.events, [""; 0]);
    connection.receive(b"a");
    assert_eq!(connection.echo.events, ["refused 431"]);
    connection.receive(HEAD.as_bytes());
    assert_eq!(connection.echo.events.len(), 1);
}

#[test]
fn rfc6455_5_5_1_close_is_answered() {
    let mut connection = Connection::open();
    connection.receive(&[frame(Opcode::Text, b"a"), frame(Opcode::Close, b"\x0f\xa1x")].concat());
    assert_eq!(connection.echo.events, ["Text 1", "closed 4001 x"]);
    assert_eq!(connection.echo.sent, b"\x81\x01a\x88\x02\x0f\xa1");
    assert_eq!(connection.echo.link.phase(), Phase::Lingering);
    connection.receive(b"\xff\xff not judged any more");
    assert_eq!(connection.echo.sent.len(), 7);
}

#[test]
fn rfc6455_5_5_1_an_invalid_close_fails_the_connection() {
    let mut connection = Connection::open();
    connection.receive(&frame(Opcode::Close, b"\x03"));
    assert_eq!(connection.echo.events, ["failed 1002 invalid close frame"]);
    assert_eq!(connection.echo.sent, b"\x88\x15\x03\xeainvalid close frame");
}

#[test]
fn rfc6455_5_5_3_one_pong_a_ping() {
    let mut connection = Connection::open();
    connection.receive(&[frame(Opcode::Ping, b"1"), frame(Opcode::Ping, b"")].concat());
    assert_eq!(connection.echo.sent, b"\x8a\x011\x8a\x00");
}

#[test]
fn rfc6455_7_1_7_what_is_owed_goes_out_before_a_failure() {
    let mut connection = Connection::open();
    connection.receive(&[frame(Opcode::Text, b"owed"), vec![0xf1, 0x80]].concat());
    assert_eq!(connection.echo.events, ["Text 4", "failed 1002 reserved bit set"]);
    assert_eq!(connection.echo.sent, b"\x81\x04owed\x88\x12\x03\xeareserved bit set");
}

#[test]
fn rfc6455_7_1_2_frames_behind_an_own_close_are_dropped() {
    let mut connection = Connection::open();
    let stream = [
        frame(Opcode::Text, b"close"),
        frame(Opcode::Text, b"late"),
        frame(Opcode::Ping, b"late"),
        vec![0xff, 0x00],
    ];
    connection.receive(&stream.concat());
    assert_eq!(connection.echo.events, ["Text 5"]);
    assert_eq!(connection.echo.sent, b"\x88\x0a\x0f\xa0asked to");
    connection.receive(&frame(Opcode::Close, b"\x0f\xa0fine"));
    assert_eq!(connection.echo.events, ["Text 5", "closed 4000 fine"]);
    assert_eq!(connection.echo.link.phase(), Phase::Lingering);
}

#[test]
fn a_paused_connection_keeps_what_it_has_not_handled() {
    let mut connection = Connection::open();
    let stream = [frame(Opcode::Text, b"pause"), frame(Opcode::Text, b"kept")].concat();
    connection.receive(&stream);
    assert_eq!(connection.echo.sent, b"");
    assert_eq!(connection.unread, stream[11..]);
    connection.echo.paused = false;
    connection.receive(b"");
    assert_eq!(connection.echo.sent, b"\x81\x04kept");
}

#[cfg(feature = "compression")]
#[test]
fn rfc7692_7_2_compressed_messages() {
    let mut connection = Connection::open();
    let mut stream = Vec::new();
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    masked_frame(&mut stream, true, true, Opcode::Text, hello, [9; 4]);
    masked_frame(&mut stream, false, true, Opcode::Text, b"\xf2\x00", [9; 4]);
    masked_frame(&mut stream, true, false, Opcode::Continuation, b"\x11\x00\x00", [9; 4]);
    connection.receive(&stream);
    assert_eq!(connection.echo.events, ["Text 5", "Text 5"]);
    assert_eq!(connection.echo.sent, b"\x81\x05Hello\x81\x05Hello");
    let mut long = Vec::new();
    masked_frame(&mut long, true, false, Opcode::Binary, &[7; 1000], [9; 4]);
    connection.echo.sent.clear();
    connection.receive(&long);
    assert_eq!(connection.echo.sent[0], 0xc2);
    assert!(connection.echo.sent.len() < 40);
}

proptest::proptest! {
    #[test]
    fn the_answers_do_not_depend_on_cuts(
        choices in proptest::collection::vec(0usize..8, 0..8),
        cuts in proptest::collection::vec(1usize..200, 1..20),
        change: Option<(usize, u8)>,
    ) {
        let parts = [
            frame(Opcode::Text, "grün €".as_bytes()),
            frame(Opcode::Binary, &[5; 300]),
            frame(Opcode::Ping, b"ping"),
            frame(Opcode::Pong, b""),
            frame(Opcode::Text, b"close"),
            frame(Opcode::Close, b"\x03\xe8bye"),
            b"\x01\x82\0\0\0\0ab\x80\x81\0\0\0\0c".to_vec(),
            b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00".to_vec(),
        ];
        let mut stream = HEAD.as_bytes().to_vec();
        for choice in choices {
            stream.extend(&parts[choice]);
        }
        if let Some((at, change)) = change {
            let at = at % stream.len();
            stream[at] ^= change;
        }
        let mut whole = Connection::new();
        whole.receive(&stream);
        let mut cut_up = Connection::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, next) = rest.split_at((*cut).min(rest.len()));
            cut_up.receive(part);
            rest = next;
        }
        assert_eq!(cut_up.echo.events, whole.echo.events);
        assert_eq!(cut_up.echo.sent, whole.echo.sent);
    }
}
