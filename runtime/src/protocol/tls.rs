//! The server's side of TLS on one connection: encrypted bytes in, bytes out, and the other way.

use rustls::server::{ServerConfig, ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
    WriteTraffic,
};
use std::mem;
use std::sync::Arc;

/// RFC 8446 §5.1: the header of a record, and where its length stands.
const HEADER: usize = 5;
/// The payload of the largest record that is sent.
const FRAGMENT: usize = 1 << 14;
/// More than a record adds to its payload.
const OVERHEAD: usize = 64;

/// The handshake failed, the peer broke the protocol, or somebody tampered with a record. The alert
/// is among the outgoing bytes; nothing else goes in or out any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

type Traffic<'a> = WriteTraffic<'a, ServerConnectionData>;

/// How far a connection's TLS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Handshake,
    Established,
    /// This side has sent its `close_notify`.
    Closed,
    Failed,
}

/// The TLS of one connection.
pub struct Layer {
    connection: UnbufferedServerConnection,
    stage: Stage,
    /// The peer has sent its `close_notify`.
    ended: bool,
    /// The beginning of a record, or of a handshake message.
    incomplete: Vec<u8>,
    /// Encrypted bytes for the peer.
    outgoing: Vec<u8>,
    /// So many of them are gone.
    sent: usize,
}

impl Layer {
    /// A connection whose handshake has not begun.
    ///
    /// # Errors
    /// [`Failed`] if the configuration is of no use.
    pub fn new(config: Arc<ServerConfig>) -> Result<Self, Failed> {
        let connection = UnbufferedServerConnection::new(config).map_err(|_| Failed)?;
        Ok(Self {
            connection,
            stage: Stage::Handshake,
            ended: false,
            incomplete: Vec::new(),
            outgoing: Vec::new(),
            sent: 0,
        })
    }

    /// Whether the handshake is not over.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.stage == Stage::Handshake
    }

    /// Whether the peer has said that nothing more comes.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Handles encrypted bytes, and appends to `plain` what they hold.
    ///
    /// # Errors
    /// [`Failed`], once; `plain` holds what came before.
    pub fn receive(&mut self, bytes: &mut [u8], plain: &mut Vec<u8>) -> Result<(), Failed> {
        let mut rest = bytes;
        while !self.incomplete.is_empty() && !rest.is_empty() {
            // What is begun is copied, and what follows it decrypted where it lies.
            let missing = missing(&self.incomplete).min(rest.len());
            let (next, others) = mem::take(&mut rest).split_at_mut(missing);
            let mut joined = mem::take(&mut self.incomplete);
            joined.extend_from_slice(next);
            self.process(&mut joined, plain)?;
            rest = others;
        }
        if rest.is_empty() { Ok(()) } else { self.process(rest, plain) }
    }

    /// Handles records from their beginning on; keeps what is not complete.
    fn process(&mut self, records: &mut [u8], plain: &mut Vec<u8>) -> Result<(), Failed> {
        if self.ended || self.stage == Stage::Failed {
            return Ok(());
        }
        let mut handled = 0;
        loop {
            let UnbufferedStatus { discard, state } =
                self.connection.process_tls_records(&mut records[handled..]);
            let mut waits = false;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        plain.extend_from_slice(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    append(&mut self.outgoing, OVERHEAD, |room| data.encode(room));
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.ended = true,
                Ok(_) => waits = true,
                Err(_) => return self.fail(&mut records[handled + discard..]),
            }
            handled += discard;
            if self.stage == Stage::Handshake && !self.connection.is_handshaking() {
                self.stage = Stage::Established;
            }
            if waits {
                self.incomplete = records[handled..].to_vec();
                return Ok(());
            }
        }
    }

    /// Encodes the alert. Behind it there is nothing that rustls could be asked for.
    fn fail(&mut self, records: &mut [u8]) -> Result<(), Failed> {
        self.stage = Stage::Failed;
        while self.connection.wants_write() {
            let state = self.connection.process_tls_records(records).state;
            let Ok(ConnectionState::EncodeTlsData(mut data)) = state else { break };
            append(&mut self.outgoing, OVERHEAD, |room| data.encode(room));
        }
        Err(Failed)
    }

    /// Encrypts; nothing before the handshake is over, and nothing behind the end.
    ///
    /// # Errors
    /// [`Failed`] if the keys are used up.
    pub fn send(&mut self, plain: &[u8]) -> Result<(), Failed> {
        if self.stage != Stage::Established || plain.is_empty() {
            return Ok(());
        }
        let records = plain.len().div_ceil(FRAGMENT);
        self.write(plain.len() + records * OVERHEAD, |traffic, room| traffic.encrypt(plain, room))
    }

    /// Says that nothing more comes from this side, if that was not said yet.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn close(&mut self) -> Result<(), Failed> {
        if self.stage != Stage::Established {
            return Ok(());
        }
        self.stage = Stage::Closed;
        self.write(OVERHEAD, notify)
    }

    fn write(
        &mut self,
        room: usize,
        mut encode: impl FnMut(&mut Traffic<'_>, &mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<(), Failed> {
        loop {
            // What is incomplete is not complete now: rustls only says what can be written.
            match self.connection.process_tls_records(&mut self.incomplete).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    let done = append(&mut self.outgoing, room, |room| encode(&mut traffic, room));
                    return if done { Ok(()) } else { Err(Failed) };
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    append(&mut self.outgoing, OVERHEAD, |room| data.encode(room));
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                _ => return Err(Failed),
            }
        }
    }

    /// The encrypted bytes that are not sent yet.
    #[inline]
    #[must_use]
    pub fn outgoing(&self) -> &[u8] {
        &self.outgoing[self.sent..]
    }

    /// So many of them are sent. What they lay in is given back when all are.
    #[inline]
    pub fn advance(&mut self, count: usize) -> Option<Vec<u8>> {
        self.sent += count;
        if self.sent < self.outgoing.len() {
            return None;
        }
        self.sent = 0;
        Some(mem::take(&mut self.outgoing))
    }

    /// Lends memory for what goes out next.
    pub fn lend(&mut self, memory: impl FnOnce() -> Vec<u8>) {
        if self.outgoing.capacity() == 0 {
            self.outgoing = memory();
        }
    }
}

/// RFC 8446 §6.1.
fn notify(traffic: &mut Traffic<'_>, room: &mut [u8]) -> Result<usize, EncryptError> {
    traffic.queue_close_notify(room)
}

/// How many bytes are missing from the last of these records; of one that is longer than any, some.
fn missing(records: &[u8]) -> usize {
    let mut rest = records;
    loop {
        let [_, _, _, high, low, ..] = *rest else { return HEADER - rest.len() };
        let size = HEADER + usize::from(u16::from_be_bytes([high, low]));
        match rest.get(size..) {
            Some(next) => rest = next,
            None => return size - rest.len(),
        }
    }
}

/// What rustls says of room that does not suffice.
trait Shortage {
    fn required(self) -> Option<usize>;
}

impl Shortage for EncodeError {
    fn required(self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(required_size),
            Self::AlreadyEncoded => None,
        }
    }
}

impl Shortage for EncryptError {
    fn required(self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(required_size),
            Self::EncryptExhausted => None,
        }
    }
}

/// Has something written behind `bytes`; `false` if that cannot be.
fn append<E: Shortage>(
    bytes: &mut Vec<u8>,
    room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> bool {
    let start = bytes.len();
    let mut required = Some(room);
    while let Some(room) = required {
        bytes.resize(start + room, 0);
        match write(&mut bytes[start..]) {
            Ok(written) => {
                bytes.truncate(start + written);
                return true;
            }
            Err(error) => required = error.required(),
        }
    }
    bytes.truncate(start);
    false
}
