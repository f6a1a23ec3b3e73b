//! A client that echoes, on the runtime's protocol core, with a fault or none.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rand::RngCore as _;
use specgen_runtime::protocol::client::{Accepted, Rejected, Request};
use specgen_runtime::protocol::close;
use specgen_runtime::protocol::deflate::{Deflater, Deflaters, Effort, Inflater};
use specgen_runtime::protocol::frame::{Header, Opcode};
use specgen_runtime::protocol::input::Input;
use specgen_runtime::protocol::mask::{self, Key};
use specgen_runtime::protocol::message::Kind;
use specgen_runtime::protocol::receiver::{Accepts, Receiver, Role, Rules, Shared, Step};

/// What a client does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its frames have no masks.
    NoMask,
    /// All its frames have the same mask.
    OneMask,
    /// All its requests have the same key.
    OneKey,
    /// It takes any Sec-WebSocket-Accept.
    AnyAccept,
    /// It takes any status.
    AnyStatus,
    /// It takes extensions that it did not offer.
    AnyExtension,
    /// It takes text that is not UTF-8.
    AnyText,
    /// It does not answer a Close.
    NoClose,
    /// It answers every Close with 1000.
    OneCode,
    /// It ends the TCP connection behind its Close.
    EndsFirst,
    /// It echoes once more behind its Close.
    Talkative,
    /// It answers no Ping.
    NoPong,
    /// It says version 8.
    Version8,
    /// It offers no permessage-deflate.
    Uncompressed,
}

/// Bytes that one read takes.
const READ: usize = 64 << 10;
/// How long the server may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection.
struct Client {
    stream: TcpStream,
    fault: Option<Fault>,
    deflater: Option<Deflater>,
    deflaters: Deflaters,
}

/// The address of the server, and the client's fault.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    pub authority: &'a str,
    pub agent: &'a str,
    pub fault: Option<Fault>,
}

impl Visitor<'_> {
    /// The last message of an address, which is echoed.
    pub fn visit(&self, target: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.authority).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(SILENCE)).unwrap();
        let (accepted, rest) = self.open(&mut stream, target)?;
        let deflater = accepted.compression.as_ref().and_then(Deflater::for_client);
        let deflaters = Deflaters::new(Effort { level: 1, memory_level: 8 });
        let inflater = accepted.compression.as_ref().map(Inflater::for_client);
        Client { stream, fault: self.fault, deflater, deflaters }.run(inflater, rest)
    }

    /// Runs so many cases, several at a time.
    pub fn run_all(&self) {
        let count: usize = self.visit("/getCaseCount").unwrap().parse().unwrap();
        let next = std::sync::atomic::AtomicUsize::new(1);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if number > count {
                            return;
                        }
                        self.visit(&format!("/runCase?case={number}&agent={}", self.agent));
                    }
                });
            }
        });
        self.visit(&format!("/updateReports?agent={}", self.agent));
    }

    fn open(&self, stream: &mut TcpStream, target: &str) -> Option<(Accepted, Vec<u8>)> {
        let mut nonce = *b"another nonce of";
        if self.fault != Some(Fault::OneKey) {
            rand::rng().fill_bytes(&mut nonce);
        }
        let compression = self.fault != Some(Fault::Uncompressed);
        let request =
            Request { host: self.authority, target, nonce, subprotocols: &["v1"], compression, extra_fields: "" };
        let mut head = request.head();
        if self.fault == Some(Fault::Version8) {
            head = head.replace("Version: 13", "Version: 8");
        }
        stream.write_all(head.as_bytes()).ok()?;
        let (head, rest) = read_head(stream)?;
        let nothing = Accepted { subprotocol: None, compression: None };
        let accepted = match (request.check(&head), self.fault) {
            (Err(Rejected::WrongAccept), Some(Fault::AnyAccept)) => nothing,
            (Err(Rejected::Status(_)), Some(Fault::AnyStatus)) => nothing,
            (Err(Rejected::Extension), Some(Fault::AnyExtension)) => nothing,
            (accepted, _) => accepted.ok()?,
        };
        Some((accepted, rest))
    }
}

/// The head of the answer, of 64 KiB at most, and what came behind it.
fn read_head(stream: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    while bytes.len() < 64 << 10 {
        let size = stream.read(&mut buffer).ok().filter(|size| *size > 0)?;
        bytes.extend_from_slice(&buffer[..size]);
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(at + 4);
            return Some((bytes, rest));
        }
        if !b"HTTP/".starts_with(&bytes[..bytes.len().min(5)]) {
            return None;
        }
    }
    None
}

/// Something that a server did.
enum Event {
    Message(Kind, Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Vec<u8>),
}

impl Client {
    fn run(mut self, inflater: Option<Inflater>, mut bytes: Vec<u8>) -> Option<String> {
        let rules = Rules {
            role: Role::Client,
            max_message: 32 << 20,
            accepts: Accepts::Any,
            validate_utf8: self.fault != Some(Fault::AnyText),
            messages_per_second: None,
            bytes_per_second: None,
        };
        let mut receiver = Receiver::new(&rules, Instant::now());
        if let Some(inflater) = inflater {
            receiver = receiver.with_inflater(inflater);
        }
        let (mut shared, mut last) = (Shared::default(), None);
        let mut buffer = vec![0; READ];
        loop {
            let mut input = Input::new(&mut bytes);
            while let Some(event) = match next(&mut receiver, &mut input, &rules, &mut shared) {
                Ok(event) => event,
                Err(code) => return self.end(&code.to_be_bytes(), last),
            } {
                match event {
                    Event::Message(kind, message) => {
                        self.echo(kind, &message);
                        last = String::from_utf8(message).ok();
                    }
                    Event::Ping(payload) if self.fault != Some(Fault::NoPong) => {
                        self.frame(Opcode::Pong, &payload, false)
                    }
                    Event::Ping(_) | Event::Pong => {}
                    Event::Close(payload) => return self.end(&payload, last),
                }
            }
            let size = self.stream.read(&mut buffer).unwrap_or(0);
            if size == 0 {
                return last;
            }
            bytes = buffer[..size].to_vec();
        }
    }

    fn echo(&mut self, kind: Kind, message: &[u8]) {
        let opcode = if kind == Kind::Text { Opcode::Text } else { Opcode::Binary };
        match &mut self.deflater {
            Some(deflater) => {
                let payload = deflater.deflate(message, &mut self.deflaters).to_vec();
                self.frame(opcode, &payload, true);
            }
            None => self.frame(opcode, message, false),
        }
    }

    /// Sends a Close, and waits for the server to end the connection.
    fn end(mut self, payload: &[u8], last: Option<String>) -> Option<String> {
        let payload = match self.fault {
            Some(Fault::OneCode) => &1000_u16.to_be_bytes()[..],
            _ => payload.get(..2).unwrap_or(payload),
        };
        if self.fault != Some(Fault::NoClose) {
            self.frame(Opcode::Close, payload, false);
        }
        if self.fault == Some(Fault::Talkative) {
            self.frame(Opcode::Text, b"more", false);
        }
        if self.fault != Some(Fault::EndsFirst) {
            let _ = std::io::copy(&mut self.stream, &mut std::io::sink());
        }
        last
    }

    fn frame(&mut self, opcode: Opcode, payload: &[u8], compressed: bool) {
        let key = match self.fault {
            Some(Fault::NoMask) => None,
            Some(Fault::OneMask) => Some([1, 2, 3, 4]),
            _ => Some(random()),
        };
        let header = Header::new(true, compressed, opcode, payload.len(), key);
        let mut frame = [header.as_bytes(), payload].concat();
        if let Some(key) = key {
            let start = header.as_bytes().len();
            mask::apply(&mut frame[start..], key, 0);
        }
        // A server that is gone is seen when it is read from.
        let _ = self.stream.write_all(&frame);
    }
}

fn random() -> Key {
    let mut key = [0; 4];
    rand::rng().fill_bytes(&mut key);
    key
}

/// The next event, or the code to fail with.
fn next(
    receiver: &mut Receiver,
    input: &mut Input<'_>,
    rules: &Rules,
    shared: &mut Shared,
) -> Result<Option<Event>, u16> {
    let step = receiver.advance(input, rules, shared, Instant::now()).map_err(|failure| failure.code)?;
    let (event, place) = match step {
        Step::Starved => return Ok(None),
        Step::Message(kind, place) => {
            let message = receiver.message(kind, &place, input, rules).map_err(|failure| failure.code)?;
            (Event::Message(kind, message.as_bytes().to_vec()), place)
        }
        Step::Ping(place) => (Event::Ping(receiver.payload(&place, input).to_vec()), place),
        Step::Pong(place) => (Event::Pong, place),
        Step::Close(place) => {
            let payload = receiver.payload(&place, input).to_vec();
            close::parse(&payload).map_err(|failure| failure.code)?;
            (Event::Close(payload), place)
        }
    };
    receiver.release(&place, shared);
    Ok(Some(event))
}
