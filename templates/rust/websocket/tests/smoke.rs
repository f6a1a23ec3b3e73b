//! Starts the built server and speaks with it over TCP.

use server::Server;
use specgen_runtime::Accepts;
use specgen_runtime::protocol::client::{Request, masked_frame};
use specgen_runtime::protocol::frame::Opcode;
use std::io::{Read, Write};
//% if tokens_file
use std::path::Path;
//% endif
use std::process::Command;
use stream::Stream;

#[path = "../src/config.rs"]
mod config;
mod server;
mod stream;

const REQUEST: Request<'static> = Request {
    host: "localhost",
    target: match config::CONFIG.websocket.path {
        Some(path) => path,
        None => "/",
    },
    nonce: *b"smoke test nonce",
    subprotocols: config::CONFIG.websocket.subprotocols,
    compression: false,
    extra_fields: TOKEN,
};

/// What shows a token, where one is asked for.
const TOKEN: &str = ""; //= token_field

/// A kind of message that the server takes, and the first byte of a frame that holds a whole one.
const KIND: (Opcode, u8) = match config::CONFIG.websocket.accepts {
    Accepts::Binary => (Opcode::Binary, 0x82),
    Accepts::Any | Accepts::Text => (Opcode::Text, 0x81),
};

/// Where cargo built the server.
const PROGRAM: &str = env!("CARGO_BIN_EXE_server"); //= program

//% if tokens_file
/// Where the server looks for tokens.
const TOKENS_FILE: &str = "tokens"; //= tokens_file_path
//% endif
//% if tokens_variable
/// Where the server looks for tokens, too.
const TOKENS_VARIABLE: &str = "TOKENS"; //= tokens_variable_name
//% endif

fn start() -> Server {
    let mut command = Command::new(PROGRAM);
    //% if tokens_file
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // A file elsewhere is not for tests to write: it has to name this token, too.
    if Path::new(TOKENS_FILE).is_relative() {
        std::fs::write(folder.join(TOKENS_FILE), "smoke\n").expect("a file of tokens");
    }
    command.current_dir(folder);
    //% endif
    //% if tls
    stream::prepare(&mut command);
    //% endif
    //% if tokens_variable
    command.env(TOKENS_VARIABLE, "smoke");
    //% endif
    Server::start(&mut command)
}

struct Client {
    stream: Stream,
}

impl Client {
    fn connect(server: &Server) -> Self {
        let mut stream = stream::connect(server);
        stream
            .write_all(REQUEST.head().as_bytes())
            .expect("a request");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            head.extend(byte);
        }
        REQUEST.check(&head).expect("the handshake");
        Self { stream }
    }

    fn send(&mut self, opcode: Opcode, payload: &[u8]) {
        let mut frame = Vec::new();
        masked_frame(&mut frame, true, false, opcode, payload, *b"mask");
        self.stream.write_all(&frame).expect("a frame is sent");
    }

    /// Reads one short frame: its first byte and its payload.
    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut header = [0; 2];
        self.stream.read_exact(&mut header).expect("a header");
        let mut payload = vec![0; usize::from(header[1])];
        self.stream.read_exact(&mut payload).expect("a payload");
        (header[0], payload)
    }

    /// A Ping and its Pong, which is the next frame but for messages of the handlers' own.
    fn ping(&mut self) {
        self.send(Opcode::Ping, b"");
        while self.receive() != (0x8a, Vec::new()) {}
    }

    /// The closing handshake, up to the end of the stream.
    fn close(mut self) {
        self.send(Opcode::Close, &1000_u16.to_be_bytes());
        assert_eq!(self.receive(), (0x88, vec![0x03, 0xe8]));
        assert_eq!(self.stream.read(&mut [0]).expect("the end"), 0);
        stream::finish(&mut self.stream);
    }
}

//% if echo
#[test]
fn messages_come_back() {
    let server = start();
    let mut client = Client::connect(&server);
    client.send(KIND.0, b"1");
    assert_eq!(client.receive(), (KIND.1, b"1".to_vec()));
    client.ping();
    client.close();
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if broadcast
#[test]
fn messages_go_to_all_others() {
    let server = start();
    let (mut sender, mut receiver) = (Client::connect(&server), Client::connect(&server));
    sender.send(KIND.0, b"1");
    assert_eq!(receiver.receive(), (KIND.1, b"1".to_vec()));
    sender.ping();
    receiver.close();
    sender.close();
    assert_eq!(server.terminate(), Some(0));
}
//% endif
//% if custom
#[test]
fn the_handlers_leave_the_server_alive() {
    let server = start();
    let mut client = Client::connect(&server);
    client.send(KIND.0, b"1");
    client.ping();
    client.close();
    assert_eq!(server.terminate(), Some(0));
}
//% endif
