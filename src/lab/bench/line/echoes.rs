//! Whether what comes back is what was sent.
//!
//! As long as echoes are the frames that are to be expected, they are compared where they were read. Anything else (a Ping,
//! fragments, a compressed echo, a Close) goes to the protocol core until the next message is whole.

use specgen_runtime::protocol::close;
use specgen_runtime::protocol::input::Input;
use specgen_runtime::protocol::receiver::{Receiver, Step};

use super::Desk;
use crate::lab::bench::messages::Messages;
use crate::lab::bench::target::not_an_echo;
use crate::lab::trouble::Trouble;
use crate::lab::websocket::closed;

/// One echo in so many is compared byte by byte.
const SAMPLE: u64 = 64;
/// Of the others, so many bytes of the contents.
const COMPARED: usize = 16;

/// The echoes of a connection.
pub(super) struct Echoes {
    /// Messages that came back.
    number: u64,
    /// Bytes that are here of the next one.
    at: usize,
    /// For WebSocket; `None` where an echo is the same bytes.
    receiver: Option<Receiver>,
    /// The receiver is within a message.
    received_apart: bool,
}

/// What the server wants besides.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A Pong with this payload.
    Pong(Vec<u8>),
}

impl Echoes {
    /// No echo yet.
    pub(super) fn new(receiver: Option<Receiver>) -> Self {
        Self { number: 0, at: 0, receiver, received_apart: false }
    }

    /// How many messages came back.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Goes over the first `size` bytes of the desk's buffer.
    ///
    /// # Errors
    /// When they are something else than echoes, or break the protocol.
    pub(super) fn take(
        &mut self,
        size: usize,
        messages: &Messages,
        desk: &mut Desk,
        requests: &mut Vec<Request>,
    ) -> Result<(), Trouble> {
        let mut handled = 0;
        while handled < size {
            handled += if self.received_apart {
                self.apart(handled, size, messages, desk, requests)?
            } else {
                self.in_place(&desk.buffer[handled..size], messages)?
            };
            if handled < size && !self.received_apart {
                self.set_apart(messages, desk)?;
            }
        }
        Ok(())
    }

    /// Compares as long as frames look as expected; gives how many bytes did.
    fn in_place(&mut self, bytes: &[u8], messages: &Messages) -> Result<usize, Trouble> {
        let header = messages.header();
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.at < header.len() {
                let part = rest.len().min(header.len() - self.at);
                if rest[..part] != header[self.at..self.at + part] {
                    return Ok(bytes.len() - rest.len());
                }
                self.at += part;
                rest = &rest[part..];
            }
            let payload = messages.payload(self.number);
            let within = self.at - header.len().min(self.at);
            let part = rest.len().min(payload.len() - within);
            let compared =
                if self.number.is_multiple_of(SAMPLE) { part } else { part.min(COMPARED.saturating_sub(within)) };
            if rest[..compared] != payload[within..within + compared] {
                return Err(not_an_echo(payload, None));
            }
            self.at += part;
            rest = &rest[part..];
            if self.at == header.len() + payload.len() {
                (self.at, self.number) = (0, self.number + 1);
            }
        }
        Ok(bytes.len())
    }

    /// Hands what matched so far to the protocol core, which goes on from there.
    fn set_apart(&mut self, messages: &Messages, desk: &mut Desk) -> Result<(), Trouble> {
        let Some(receiver) = &mut self.receiver else {
            return Ok(());
        };
        let mut matched = messages.header()[..self.at].to_vec();
        (self.at, self.received_apart) = (0, true);
        let step =
            receiver.advance(&mut Input::new(&mut matched), &desk.rules, &mut desk.shared, std::time::Instant::now());
        step.map(|_| ()).map_err(Trouble::from_failure)
    }

    /// Lets the protocol core read up to the end of a message, or of the bytes; gives how many it took.
    fn apart(
        &mut self,
        from: usize,
        to: usize,
        messages: &Messages,
        desk: &mut Desk,
        requests: &mut Vec<Request>,
    ) -> Result<usize, Trouble> {
        let Some(receiver) = &mut self.receiver else {
            return Ok(to - from);
        };
        let mut input = Input::new(&mut desk.buffer[from..to]);
        while self.received_apart {
            let step = receiver.advance(&mut input, &desk.rules, &mut desk.shared, std::time::Instant::now());
            let place = match step.map_err(Trouble::from_failure)? {
                Step::Starved => return Ok(to - from),
                Step::Message(kind, place) => {
                    let message = receiver.message(kind, &place, &input, &desk.rules).map_err(Trouble::from_failure)?;
                    let expected = messages.payload(self.number);
                    if message.as_bytes() != expected {
                        return Err(not_an_echo(expected, Some(message.as_bytes())));
                    }
                    (self.number, self.received_apart) = (self.number + 1, false);
                    place
                }
                Step::Ping(place) => {
                    requests.push(Request::Pong(receiver.payload(&place, &input).to_vec()));
                    place
                }
                Step::Pong(place) => place,
                Step::Close(place) => {
                    let (code, reason) =
                        close::parse(receiver.payload(&place, &input)).map_err(Trouble::from_failure)?;
                    return Err(closed(code, reason));
                }
            };
            receiver.release(&place, &mut desk.shared);
        }
        Ok(to - from - input.rest().len())
    }
}
