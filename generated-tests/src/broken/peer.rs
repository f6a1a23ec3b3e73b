//! One connection, with a thread of its own.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use specgen_runtime::protocol::close;
use specgen_runtime::protocol::handshake::accept_value;
use specgen_runtime::protocol::mask;
use specgen_runtime::protocol::utf8::Validator;

use super::Fault;

/// What is read of a payload at once, in bytes.
const CHUNK: usize = 64 << 10;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// Why a connection ends.
enum End {
    /// It has to be failed, with this code.
    Failed(u16),
    /// The peer closed it, with this payload.
    Closed(Vec<u8>),
    /// It is gone.
    Gone,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// A message whose end has not come.
struct Message {
    opcode: u8,
    payload: Vec<u8>,
    validator: Validator,
}

/// The first bytes of a frame.
struct Header {
    fin: bool,
    rsv: u8,
    opcode: u8,
    length: u64,
    key: mask::Key,
}

struct Peer<'a> {
    input: BufReader<TcpStream>,
    output: TcpStream,
    faults: &'a BTreeSet<Fault>,
    message: Option<Message>,
}

/// Serves a connection to its end.
pub fn serve(stream: TcpStream, faults: &BTreeSet<Fault>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut peer = Peer { input: BufReader::new(stream.try_clone()?), output: stream, faults, message: None };
    peer.upgrade()?;
    let end = loop {
        if let Err(end) = peer.frame() {
            break end;
        }
    };
    peer.end(end)
}

impl Peer<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn upgrade(&mut self) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.input.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("Sec-WebSocket-Key").then(|| value.trim().to_owned())
        });
        let accept = accept_value(key.unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.output.write_all(answer.as_bytes())
    }

    fn frame(&mut self) -> Result<(), End> {
        let header = self.header()?;
        self.judge(&header)?;
        match header.opcode {
            0..=2 => self.data(&header),
            8..=10 => self.control(&header),
            _ => self.payload(&header, |_| Ok(())),
        }
    }

    fn header(&mut self) -> Result<Header, End> {
        let mut first = [0; 2];
        self.input.read_exact(&mut first)?;
        let extended = match first[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mut rest = [0; 12];
        self.input.read_exact(&mut rest[..extended + 4])?;
        let length = match extended {
            0 => u64::from(first[1] & 0x7f),
            _ => rest[..extended].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        let key = [rest[extended], rest[extended + 1], rest[extended + 2], rest[extended + 3]];
        Ok(Header { fin: first[0] & 0x80 != 0, rsv: first[0] >> 4 & 7, opcode: first[0] & 15, length, key })
    }

    fn judge(&self, header: &Header) -> Result<(), End> {
        let is_control = header.opcode >= 8;
        let wrong = [
            (header.rsv != 0, Fault::AnyRsv),
            (matches!(header.opcode, 3..=7 | 11..), Fault::AnyOpcode),
            (is_control && header.length > 125, Fault::LongControl),
            (is_control && !header.fin, Fault::FragmentedControl),
            (header.opcode == 0 && self.message.is_none(), Fault::AnyFragment),
            (matches!(header.opcode, 1 | 2) && self.message.is_some(), Fault::AnyFragment),
        ];
        let fails = wrong.iter().any(|(found, fault)| *found && !self.has(*fault));
        if fails { Err(End::Failed(1002)) } else { Ok(()) }
    }

    /// Reads the payload, a piece at a time.
    fn payload(&mut self, header: &Header, mut each: impl FnMut(&[u8]) -> Result<(), End>) -> Result<(), End> {
        let mut at = 0;
        let mut piece = vec![0; CHUNK];
        while at < header.length {
            let most = usize::try_from(header.length - at).unwrap_or(CHUNK).min(CHUNK);
            let size = self.input.read(&mut piece[..most])?;
            if size == 0 {
                return Err(End::Gone);
            }
            mask::apply(&mut piece[..size], header.key, at as usize);
            each(&piece[..size])?;
            at += size as u64;
        }
        Ok(())
    }

    fn data(&mut self, header: &Header) -> Result<(), End> {
        let begun = self.message.take();
        let mut message = match (header.opcode, begun) {
            (0, Some(message)) => message,
            (0, None) => return self.payload(header, |_| Ok(())),
            (opcode, _) => Message { opcode, payload: vec![], validator: Validator::default() },
        };
        let early = message.opcode == TEXT && !self.has(Fault::AnyText) && !self.has(Fault::LateText);
        self.payload(header, |piece| {
            message.payload.extend_from_slice(piece);
            if early && message.validator.feed(piece).is_err() { Err(End::Failed(1007)) } else { Ok(()) }
        })?;
        if !header.fin {
            self.message = Some(message);
            return Ok(());
        }
        let is_wrong = message.opcode == TEXT && std::str::from_utf8(&message.payload).is_err();
        if is_wrong && !self.has(Fault::AnyText) {
            return Err(End::Failed(1007));
        }
        self.echo(message)
    }

    fn echo(&mut self, mut message: Message) -> Result<(), End> {
        if self.has(Fault::Truncates) && message.payload.len() >= CHUNK {
            message.payload.pop();
        }
        let opcode = if self.has(Fault::Binary) { 2 } else { message.opcode };
        let rsv = if self.has(Fault::SendsRsv) { 0x40 } else { 0 };
        self.send(opcode | rsv, &message.payload)
    }

    fn control(&mut self, header: &Header) -> Result<(), End> {
        let mut payload = Vec::new();
        self.payload(header, |piece| {
            payload.extend_from_slice(piece);
            Ok(())
        })?;
        match header.opcode {
            PING if self.has(Fault::NoPong) => Ok(()),
            PING if self.has(Fault::EmptyPong) => self.send(10, b""),
            PING => self.send(10, &payload),
            CLOSE => Err(self.closed(payload)),
            _ => Ok(()),
        }
    }

    fn closed(&self, payload: Vec<u8>) -> End {
        match close::parse(&payload) {
            Err(failure) if !self.has(Fault::AnyClose) => End::Failed(failure.code),
            _ => End::Closed(payload),
        }
    }

    fn send(&mut self, first: u8, payload: &[u8]) -> Result<(), End> {
        let mut frame = vec![0x80 | first];
        let masked = if self.has(Fault::Masks) { 0x80 } else { 0 };
        match payload.len() {
            length @ 0..=125 if !self.has(Fault::LongLengths) => frame.push(masked | length as u8),
            length @ 0..=0xffff => {
                frame.push(masked | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(masked | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        if masked != 0 {
            // A key of zeros changes nothing.
            frame.extend([0; 4]);
        }
        frame.extend_from_slice(payload);
        Ok(self.output.write_all(&frame)?)
    }

    fn end(&mut self, end: End) -> io::Result<()> {
        let payload = match end {
            End::Failed(_) if self.has(Fault::OneCode) => 1011_u16.to_be_bytes().to_vec(),
            End::Failed(code) => code.to_be_bytes().to_vec(),
            End::Closed(payload) => payload,
            End::Gone => return Ok(()),
        };
        if !self.has(Fault::NoClose) {
            let _ = self.send(CLOSE, &payload);
        }
        if self.has(Fault::Talkative) {
            self.output.set_read_timeout(Some(Duration::from_millis(200)))?;
            while self.frame().is_ok() {}
        }
        if self.has(Fault::Lingers) {
            std::thread::sleep(Duration::from_secs(20));
        }
        self.drain()
    }

    /// What is still on its way is read, so that no reset eats the Close.
    fn drain(&mut self) -> io::Result<()> {
        self.output.shutdown(Shutdown::Write)?;
        self.output.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut rest = [0; 4096];
        while matches!(self.input.read(&mut rest), Ok(1..)) {}
        Ok(())
    }
}
