//! Frames as they come from the other end: nothing is hidden, nothing is forgiven.

use specgen_runtime::protocol::mask;

use super::frame::{Length, opcode_name};
use super::payload::shown;
use super::role::Role;

/// A frame, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Whether it ends its message.
    pub fin: bool,
    /// RSV1 to RSV3 as a number.
    pub rsv: u8,
    /// 0 to 15.
    pub opcode: u8,
    /// Its payload, without a mask.
    pub payload: Vec<u8>,
    /// What it was masked with.
    pub key: Option<mask::Key>,
    /// What is wrong with the frame by itself.
    pub faults: Vec<&'static str>,
}

impl Received {
    /// For people.
    pub fn shown(&self) -> String {
        let fin = if self.fin { "" } else { ", FIN 0" };
        let rsv = if self.rsv == 0 { String::new() } else { format!(", RSV {:03b}", self.rsv) };
        let name = opcode_name(self.opcode);
        match (self.opcode, self.payload.get(..2)) {
            (8, Some(code)) => {
                let (code, reason) = (u16::from_be_bytes([code[0], code[1]]), &self.payload[2..]);
                let reason = if reason.is_empty() { String::new() } else { format!(" {}", shown(reason)) };
                format!("{name}{fin}{rsv}: {code}{reason}")
            }
            _ => format!("{name}{fin}{rsv}: {}", shown(&self.payload)),
        }
    }
}

/// A payload of a length that nobody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless(pub u64);

/// Cuts a stream into frames.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    start: usize,
    role: Role,
    most: usize,
}

/// The header of a frame.
struct Header {
    size: usize,
    payload: u64,
    form: Length,
    key: Option<mask::Key>,
}

impl Reader {
    /// A reader of that end, which has these bytes already, and takes payloads of `most` bytes.
    pub fn new(role: Role, buffer: Vec<u8>, most: usize) -> Self {
        Self { buffer, start: 0, role, most }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// What came and is no whole frame.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The next frame, once it is whole.
    ///
    /// # Errors
    /// [`Endless`] as soon as the header says so; there is no way to find the next frame then.
    pub fn next(&mut self) -> Result<Option<Received>, Endless> {
        let bytes = &self.buffer[self.start..];
        let Some(header) = header(bytes) else { return Ok(None) };
        let length = usize::try_from(header.payload).ok().filter(|length| *length <= self.most);
        let length = length.ok_or(Endless(header.payload))?;
        let end = header.size + length;
        if bytes.len() < end {
            return Ok(None);
        }
        let mut payload = bytes[header.size..end].to_vec();
        if let Some(key) = header.key {
            mask::apply(&mut payload, key, 0);
        }
        let (fin, opcode) = (bytes[0] & 0x80 != 0, bytes[0] & 0x0f);
        let faults = faults(self.role, fin, opcode, &header);
        let received = Received { fin, rsv: bytes[0] >> 4 & 7, opcode, payload, key: header.key, faults };
        self.start += end;
        Ok(Some(received))
    }
}

fn header(bytes: &[u8]) -> Option<Header> {
    let second = *bytes.get(1)?;
    let (form, extended) = match second & 0x7f {
        126 => (Length::Bits16, 2),
        127 => (Length::Bits64, 8),
        _ => (Length::Shortest, 0),
    };
    let number = bytes.get(2..2 + extended)?;
    let number = number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let payload = if extended == 0 { u64::from(second & 0x7f) } else { number };
    let size = 2 + extended;
    if second & 0x80 == 0 {
        return Some(Header { size, payload, form, key: None });
    }
    let key = bytes.get(size..size + 4)?.try_into().ok()?;
    Some(Header { size: size + 4, payload, form, key: Some(key) })
}

fn faults(role: Role, fin: bool, opcode: u8, header: &Header) -> Vec<&'static str> {
    let shortest = match header.payload {
        0..=125 => Length::Shortest,
        126..=0xffff => Length::Bits16,
        _ => Length::Bits64,
    };
    let control = opcode >= 8;
    let masked = header.key.is_some();
    [
        (masked && role == Role::Client, "a server's frame is masked (RFC 6455 §5.1)"),
        (!masked && role == Role::Server, "a client's frame is not masked (RFC 6455 §5.1)"),
        (header.form != shortest, "a length is not in its shortest form (RFC 6455 §5.2)"),
        (control && !fin, "a control frame is fragmented (RFC 6455 §5.5)"),
        (
            control && header.form != Length::Shortest,
            "the length of a control frame stands in more than seven bits (RFC 6455 §5.5)",
        ),
    ]
    .into_iter()
    .filter_map(|(found, fault)| found.then_some(fault))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(role: Role, bytes: &[u8]) -> Vec<Received> {
        let mut reader = Reader::new(role, vec![], 1000);
        let mut found = Vec::new();
        // One byte at a time: the cut makes no difference.
        for byte in bytes {
            reader.push(&[*byte]);
            found.extend(reader.next().unwrap());
        }
        assert_eq!(reader.rest(), b"");
        found
    }

    #[test]
    fn frames_are_found_wherever_the_stream_is_cut() {
        let frames = all(Role::Client, b"\x81\x05Hello\x01\x03Hel\x80\x02lo\x88\x02\x03\xe8");
        let shown: Vec<String> = frames.iter().map(Received::shown).collect();
        assert_eq!(shown, ["Text: “Hello”", "Text, FIN 0: “Hel”", "Continuation: “lo”", "Close: 1000"]);
        assert!(frames.iter().all(|frame| frame.faults.is_empty()));
    }

    #[test]
    fn every_fault_of_a_frame_is_named() {
        let faults = |bytes: &[u8]| all(Role::Client, bytes).remove(0).faults.join(" ");
        assert!(faults(b"\x81\x81\x01\x02\x03\x04`").contains("masked"));
        assert!(faults(b"\x81\x7e\x00\x01a").contains("shortest"));
        assert!(faults(b"\x81\x7f\0\0\0\0\0\0\0\x01a").contains("shortest"));
        assert!(faults(b"\x09\x00").contains("fragmented"));
        assert!(faults(&[&b"\x89\x7e\x00\x7e"[..], &[0; 126]].concat()).contains("seven bits"));
    }

    #[test]
    fn rfc6455_5_1_a_client_masks() {
        let frames = all(Role::Server, b"\x81\x81\x01\x02\x03\x04`\x81\x01a");
        assert_eq!((frames[0].key, frames[0].payload.as_slice()), (Some([1, 2, 3, 4]), &b"a"[..]));
        assert!(frames[0].faults.is_empty());
        assert_eq!(frames[1].faults, ["a client's frame is not masked (RFC 6455 §5.1)"]);
    }

    #[test]
    fn a_length_that_nobody_sent_ends_the_reading() {
        let mut reader = Reader::new(Role::Client, b"\x82\x7f\x00\x00\x00\x02\x54\x0b\xe4\x00".to_vec(), 1000);
        assert_eq!(reader.next(), Err(Endless(10_000_000_000)));
    }
}
