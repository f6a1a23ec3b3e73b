//! What a client does behind an answer that is none.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use crate::lab::conform::frame::{CLOSE, Frame, PING, TEXT};
use crate::lab::conform::payload::shown;
use crate::lab::conform::reader::Reader;
use crate::lab::conform::role::Role;
use crate::lab::connection::Connection;

/// How long a client may take to judge the answer, before it is tempted.
const MOMENT: Duration = Duration::from_millis(60);
/// The longest frame that is read, in bytes.
const MOST: usize = 64 << 10;

/// What a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It ended the connection.
    End,
    /// Nothing in time.
    Nothing,
    /// It sent a Close first.
    Close(String),
    /// It sent something else.
    Frame(String),
}

impl Sign {
    /// For people.
    pub fn shown(&self) -> String {
        match self {
            Self::End => "the client ended the TCP connection".to_owned(),
            Self::Nothing => "the connection stayed open".to_owned(),
            Self::Close(frame) | Self::Frame(frame) => frame.clone(),
        }
    }
}

/// Waits for a sign, for so long; a message and a Ping tempt a client that takes the answer for an acceptance.
pub fn watch(connection: &mut Connection, came: Vec<u8>, patience: Duration) -> Sign {
    let start = Instant::now();
    let mut reader = Reader::new(Role::Server, came, MOST);
    if let Some(sign) = next(connection, &mut reader, start + MOMENT) {
        return sign;
    }
    connection.set_deadline(start + patience);
    let _ = connection.write_all(&temptation());
    match next(connection, &mut reader, start + patience) {
        Some(sign) => sign,
        None if reader.rest().is_empty() => Sign::Nothing,
        None => Sign::Frame(shown(reader.rest())),
    }
}

fn temptation() -> Vec<u8> {
    let mut wire = Vec::new();
    for frame in [Frame::new(TEXT, "Hello"), Frame::new(PING, "Hello")] {
        frame.sent_by(Role::Server).write(&mut wire, [0; 4]);
    }
    wire
}

fn next(connection: &mut Connection, reader: &mut Reader, until: Instant) -> Option<Sign> {
    let mut buffer = [0; 4096];
    loop {
        match reader.next() {
            Ok(Some(frame)) if frame.opcode == CLOSE => return Some(Sign::Close(frame.shown())),
            Ok(Some(frame)) => return Some(Sign::Frame(frame.shown())),
            Err(endless) => return Some(Sign::Frame(format!("a frame of {} bytes", endless.0))),
            Ok(None) => {}
        }
        connection.set_deadline(until);
        match connection.read(&mut buffer) {
            Ok(size @ 1..) => reader.push(&buffer[..size]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return None,
            _ => return Some(Sign::End),
        }
    }
}
