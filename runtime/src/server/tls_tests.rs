//! Behaviour §11, without sockets: a worker and rustls' own client.

use super::*;
use crate::server::Tls;
use crate::server::credentials::Credentials;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::io::{Read as _, Write as _};

/// A server with a certificate of its own, and what its clients trust.
fn server(config: &Config) -> (Server, Arc<ClientConfig>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| -> &'static str {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned().leak()
    };
    let tls = Tls {
        certificate: file("certificate.pem", certificate.pem()),
        key: file("key.pem", key.serialize_pem()),
        client_ca: None,
        alpn: &["http/1.1"],
    };
    let credentials = Arc::new(Credentials::read(&tls).unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let common = Common::new(config).with_credentials(credentials);
    (Server::with(config, common), Arc::new(client))
}

/// One client, and the server's end of its connection.
struct Client {
    connection: ClientConnection,
    token: Token,
    socket: FakeSocket,
    plain: Vec<u8>,
}

impl Client {
    fn connect(server: &mut Server, config: &Arc<ClientConfig>) -> Self {
        let (token, socket) = server.connect();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
        Self { connection, token, socket, plain: Vec::new() }
    }

    fn open(server: &mut Server, config: &Arc<ClientConfig>) -> Self {
        let mut client = Self::connect(server, config);
        client.send(server, HEAD.as_bytes());
        assert!(client.plain.starts_with(b"HTTP/1.1 101 "));
        client.plain.clear();
        client
    }

    /// Records that are to be sent.
    fn records(&mut self) -> Vec<u8> {
        let mut records = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut records).unwrap();
        }
        records
    }

    /// Reads what the server sent; whether it ended its stream politely.
    fn read(&mut self) -> bool {
        let records = output(&self.socket);
        let mut records = &records[..];
        while !records.is_empty() {
            self.connection.read_tls(&mut records).unwrap();
            self.connection.process_new_packets().unwrap();
            // The end of the stream, or nothing more at present.
            let _ = self.connection.reader().read_to_end(&mut self.plain);
        }
        self.connection.reader().read(&mut [0]).is_ok()
    }

    fn send(&mut self, server: &mut Server, bytes: &[u8]) {
        self.connection.writer().write_all(bytes).unwrap();
        loop {
            let records = self.records();
            if records.is_empty() {
                return;
            }
            server.send(self.token, &self.socket, &records);
            self.read();
        }
    }
}

#[test]
fn behaviour_11_records_come_in_any_pieces() {
    let (mut server, config) = server(&CONFIG);
    let mut client = Client::open(&mut server, &config);
    client.connection.writer().write_all(&text("a").repeat(3)).unwrap();
    let mut records = client.records();
    client.connection.writer().write_all(&frame(Opcode::Binary, &vec![7; 40_000])).unwrap();
    records.extend(client.records());
    for piece in records.chunks(7) {
        server.send(client.token, &client.socket, piece);
    }
    client.read();
    let answers =
        [b"\x81\x01a\x81\x01a\x81\x01a\x82\x7e\x9c\x40".to_vec(), vec![7; 40_000]].concat();
    assert_eq!(client.plain, answers);
}

/// The peer's end comes in the read that pauses the connection: what came before it is answered.
#[test]
fn behaviour_11_the_end_waits_for_what_is_kept() {
    let buffers = crate::server::Buffers { high_watermark: 100, ..CONFIG.buffers };
    let (mut server, config) = server(&Config { buffers, ..CONFIG });
    let mut client = Client::open(&mut server, &config);
    client.socket.0.borrow_mut().room = 10;
    client.send(&mut server, &text(&"x".repeat(200)));
    client.connection.writer().write_all(&text("y").repeat(50)).unwrap();
    client.connection.send_close_notify();
    let records = client.records();
    server.send(client.token, &client.socket, &records);
    // What the paused server does not read, the kernel keeps.
    assert!(server.is_alive(client.token));
    server.take(client.token, &client.socket, usize::MAX);
    assert!(client.read(), "no close_notify");
    let long = [&b"\x81\x7e\x00\xc8"[..], &[b'x'; 200]].concat();
    assert_eq!(client.plain, [long, b"\x81\x01y".repeat(50)].concat());
    assert!(!server.is_alive(client.token));
}

/// As above, in one read.
#[test]
fn behaviour_11_the_end_in_the_read_that_pauses() {
    let buffers = crate::server::Buffers { send: 10, high_watermark: 100, ..CONFIG.buffers };
    let (mut server, config) = server(&Config { buffers, ..CONFIG });
    let mut client = Client::open(&mut server, &config);
    client.socket.0.borrow_mut().room = 10;
    client.connection.writer().write_all(&text("z").repeat(100)).unwrap();
    client.connection.send_close_notify();
    let records = client.records();
    server.send(client.token, &client.socket, &records);
    let index = server.worker.hub.connections.find(client.token).unwrap();
    assert!(!server.worker.hub.connections[index].unread.is_empty(), "not paused");
    server.take(client.token, &client.socket, usize::MAX);
    assert!(client.read(), "no close_notify");
    assert_eq!(client.plain, b"\x81\x01z".repeat(100));
    assert!(!server.is_alive(client.token));
}

/// Encrypted bytes that trickle into the kernel are progress.
#[test]
fn behaviour_11_a_slow_peer_is_no_lost_peer() {
    let (mut server, config) = server(&Config { heartbeat: None, ..CONFIG });
    let mut client = Client::open(&mut server, &config);
    client.socket.0.borrow_mut().room = 0;
    client.send(&mut server, &frame(Opcode::Binary, &[7; 1000]));
    for _ in 0..8 {
        server.wait(20 * SECOND);
        server.take(client.token, &client.socket, 100);
    }
    assert!(server.is_alive(client.token));
    server.wait(30 * SECOND);
    assert!(!server.is_alive(client.token));
}

#[test]
fn behaviour_11_close_notify_comes_before_the_fin() {
    let (mut server, config) = server(&CONFIG);
    let mut client = Client::open(&mut server, &config);
    client.socket.0.borrow_mut().room = 10;
    client.send(&mut server, &frame(Opcode::Close, &1000_u16.to_be_bytes()));
    assert!(!client.socket.0.borrow().shut, "with output that waits");
    server.take(client.token, &client.socket, usize::MAX);
    assert!(client.socket.0.borrow().shut && client.read());
    assert_eq!(client.plain, b"\x88\x02\x03\xe8");
}

#[test]
fn behaviour_11_a_failed_handshake_is_answered_by_an_alert() {
    let (mut server, config) = server(&CONFIG);
    let client = Client::connect(&mut server, &config);
    server.send(client.token, &client.socket, HEAD.as_bytes());
    // RFC 8446 §5.1: an alert of two bytes, the first of which says that it is fatal.
    assert!(output(&client.socket).starts_with(&[21, 3, 3, 0, 2, 2]));
    assert!(client.socket.0.borrow().shut && server.is_alive(client.token));
    // Nothing else that comes is looked at.
    server.send(client.token, &client.socket, HEAD.as_bytes());
    assert_eq!(output(&client.socket), b"");
}

#[test]
fn behaviour_11_a_slow_handshake_is_not_answered() {
    let (mut server, config) = server(&CONFIG);
    let mut client = Client::connect(&mut server, &config);
    let hello = client.records();
    server.send(client.token, &client.socket, &hello[..20]);
    server.wait(CONFIG.timeouts.handshake);
    assert_eq!((server.is_alive(client.token), output(&client.socket)), (false, Vec::new()));
    // One that came to its end leaves a WebSocket's handshake, which is answered.
    let mut client = Client::connect(&mut server, &config);
    client.send(&mut server, b"GET");
    server.wait(CONFIG.timeouts.handshake);
    client.read();
    assert!(client.plain.starts_with(b"HTTP/1.1 408 "));
}
