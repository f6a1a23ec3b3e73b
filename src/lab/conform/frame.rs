//! Frames as they are sent: also those that nobody may send.

use std::fmt::{self, Display};

use specgen_runtime::protocol::mask;

use super::payload::Payload;

/// A frame (RFC 6455 §5.2), right or wrong.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whether it ends its message.
    pub fin: bool,
    /// RSV1 to RSV3 as a number: 4, 2 and 1.
    pub rsv: u8,
    /// 0 to 15.
    pub opcode: u8,
    /// Without its mask.
    pub payload: Payload,
    /// Whether it is masked, as those of clients have to be.
    pub masked: bool,
    /// How its length is written.
    pub length: Length,
}

/// How a length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// In the shortest form, as it has to be.
    Shortest,
    /// In 16 bits.
    Bits16,
    /// In 64 bits.
    Bits64,
    /// In the shortest form, and untrue.
    Announced(u64),
}

/// Where writes end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All frames of the step at once.
    Nowhere,
    /// Behind each frame.
    Frames,
    /// Behind every so many bytes.
    Bytes(usize),
    /// Once, behind so many bytes, and with a moment between.
    Once(usize),
}

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

impl Frame {
    /// A whole frame as a client has to send it.
    pub fn new(opcode: u8, payload: impl Into<Payload>) -> Self {
        let payload = payload.into();
        Self { fin: true, rsv: 0, opcode, payload, masked: true, length: Length::Shortest }
    }

    /// One that does not end its message.
    #[must_use]
    pub fn unfinished(self) -> Self {
        Self { fin: false, ..self }
    }

    /// With these RSV bits.
    #[must_use]
    pub fn rsv(self, rsv: u8) -> Self {
        Self { rsv, ..self }
    }

    /// Without a mask.
    #[must_use]
    pub fn unmasked(self) -> Self {
        Self { masked: false, ..self }
    }

    /// With its length written so.
    #[must_use]
    pub fn length(self, length: Length) -> Self {
        Self { length, ..self }
    }

    /// Its header, with the key in the end where it is masked.
    pub fn header(&self, key: mask::Key) -> Vec<u8> {
        let masked = if self.masked { 0x80 } else { 0 };
        let length = match self.length {
            Length::Announced(untrue) => untrue,
            _ => self.payload.len() as u64,
        };
        let mut header = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        let form = match (self.length, length) {
            (Length::Bits16, _) => 126,
            (Length::Bits64, _) => 127,
            (_, 0..=125) => length as u8,
            (_, 126..=0xffff) => 126,
            _ => 127,
        };
        header.push(masked | form);
        match form {
            126 => header.extend((length as u16).to_be_bytes()),
            127 => header.extend(length.to_be_bytes()),
            _ => {}
        }
        if self.masked {
            header.extend(key);
        }
        header
    }

    /// Appends it as it stands on the wire.
    pub fn write(&self, out: &mut Vec<u8>, key: mask::Key) {
        out.extend(self.header(key));
        let start = out.len();
        out.extend_from_slice(&self.payload.bytes());
        if self.masked {
            mask::apply(&mut out[start..], key, 0);
        }
    }
}

/// The name of an opcode.
pub fn opcode_name(opcode: u8) -> String {
    match opcode {
        CONTINUATION => "Continuation".to_owned(),
        TEXT => "Text".to_owned(),
        BINARY => "Binary".to_owned(),
        CLOSE => "Close".to_owned(),
        PING => "Ping".to_owned(),
        PONG => "Pong".to_owned(),
        other => format!("opcode {other}"),
    }
}

impl Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&opcode_name(self.opcode))?;
        if !self.fin {
            f.write_str(", FIN 0")?;
        }
        if self.rsv != 0 {
            write!(f, ", RSV {:03b}", self.rsv)?;
        }
        if !self.masked {
            f.write_str(", not masked")?;
        }
        match self.length {
            Length::Shortest => {}
            Length::Bits16 => f.write_str(", length in 16 bits")?,
            Length::Bits64 => f.write_str(", length in 64 bits")?,
            Length::Announced(length) => write!(f, ", announced length {length}")?,
        }
        write!(f, ": {}", self.payload.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: mask::Key = [0x37, 0xfa, 0x21, 0x3d];

    fn wire(frame: &Frame) -> Vec<u8> {
        let mut out = Vec::new();
        frame.write(&mut out, KEY);
        out
    }

    #[test]
    fn rfc6455_5_7_examples() {
        let hello = Frame::new(TEXT, "Hello");
        assert_eq!(wire(&hello), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(wire(&hello.clone().unmasked()), b"\x81\x05Hello");
        assert_eq!(wire(&Frame::new(TEXT, "Hel").unfinished().unmasked()), b"\x01\x03Hel");
        assert_eq!(Frame::new(BINARY, Payload::Repeated(b"x", 256)).unmasked().header(KEY), b"\x82\x7e\x01\x00");
    }

    #[test]
    fn what_nobody_may_send() {
        let frame = Frame::new(TEXT, "a").unmasked();
        assert_eq!(wire(&frame.clone().rsv(5)), b"\xd1\x01a");
        assert_eq!(wire(&frame.clone().length(Length::Bits16)), b"\x81\x7e\x00\x01a");
        assert_eq!(wire(&frame.clone().length(Length::Bits64)), b"\x81\x7f\0\0\0\0\0\0\0\x01a");
        let announced = |length| wire(&frame.clone().length(Length::Announced(length)));
        assert_eq!(announced(1 << 63), b"\x81\x7f\x80\0\0\0\0\0\0\0a");
        assert_eq!(announced(65_536), b"\x81\x7f\0\0\0\0\0\x01\0\0a");
        assert_eq!(announced(65_535), b"\x81\x7e\xff\xffa");
        assert_eq!(announced(126), b"\x81\x7e\x00\x7ea");
        assert_eq!(announced(125), b"\x81\x7da");
        assert_eq!(wire(&Frame::new(13, "").unmasked()), b"\x8d\x00");
    }

    #[test]
    fn frames_are_shown_for_people() {
        assert_eq!(Frame::new(TEXT, "Hello").unfinished().rsv(4).to_string(), "Text, FIN 0, RSV 100: “Hello”");
        assert_eq!(Frame::new(11, "").unmasked().to_string(), "opcode 11, not masked: “”");
    }
}
