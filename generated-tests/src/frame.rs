//! Frames as a client sends them, correct or broken on purpose, and as a server must send them.

/// RFC 6455 §5.2.
pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// How the length is written.
#[derive(Clone, Copy, Debug)]
enum Length {
    Shortest,
    Sixteen(u16),
    SixtyFour(u64),
}

/// A frame under construction.
#[derive(Clone, Debug)]
pub struct Frame {
    first: u8,
    mask: Option<[u8; 4]>,
    length: Length,
    payload: Vec<u8>,
}

impl Frame {
    #[must_use]
    pub fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self { first: FIN | opcode, mask: Some(KEY), length: Length::Shortest, payload: payload.as_ref().to_vec() }
    }

    #[must_use]
    pub fn text(payload: impl AsRef<[u8]>) -> Self {
        Self::new(TEXT, payload)
    }

    #[must_use]
    pub fn binary(payload: impl AsRef<[u8]>) -> Self {
        Self::new(BINARY, payload)
    }

    #[must_use]
    pub fn continuation(payload: impl AsRef<[u8]>) -> Self {
        Self::new(CONTINUATION, payload)
    }

    #[must_use]
    pub fn ping(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PING, payload)
    }

    #[must_use]
    pub fn pong(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PONG, payload)
    }

    /// A Close with a code and a reason.
    #[must_use]
    pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Self {
        Self::new(CLOSE, [&code.to_be_bytes()[..], reason.as_ref()].concat())
    }

    /// More frames of this message follow.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.first &= !FIN;
        self
    }

    /// Sets reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[must_use]
    pub fn reserved(mut self, bits: u8) -> Self {
        self.first |= bits << 4;
        self
    }

    /// RSV1: the first frame of a compressed message.
    #[must_use]
    pub fn compressed(self) -> Self {
        self.reserved(4)
    }

    #[must_use]
    pub fn unmasked(mut self) -> Self {
        self.mask = None;
        self
    }

    #[must_use]
    pub fn masked_with(mut self, key: [u8; 4]) -> Self {
        self.mask = Some(key);
        self
    }

    /// Writes the 16-bit length form with this value, whatever the payload is.
    #[must_use]
    pub fn length16(mut self, length: u16) -> Self {
        self.length = Length::Sixteen(length);
        self
    }

    /// Writes the 64-bit length form with this value, whatever the payload is.
    #[must_use]
    pub fn length64(mut self, length: u64) -> Self {
        self.length = Length::SixtyFour(length);
        self
    }

    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.header();
        match self.mask {
            None => out.extend_from_slice(&self.payload),
            Some(key) => {
                out.extend_from_slice(&key);
                out.extend(self.payload.iter().zip(key.iter().cycle()).map(|(byte, mask)| byte ^ mask));
            }
        }
        out
    }

    fn header(&self) -> Vec<u8> {
        let mask = if self.mask.is_some() { MASKED } else { 0 };
        let mut out = vec![self.first];
        match (self.length, self.payload.len()) {
            (Length::Shortest, short @ 0..=125) => out.push(mask | u8::try_from(short).unwrap_or(0)),
            (Length::Shortest, middle @ 126..=0xffff) => {
                out.push(mask | 126);
                out.extend_from_slice(&u16::try_from(middle).unwrap_or(u16::MAX).to_be_bytes());
            }
            (Length::Shortest, long) => {
                out.push(mask | 127);
                out.extend_from_slice(&(long as u64).to_be_bytes());
            }
            (Length::Sixteen(value), _) => {
                out.push(mask | 126);
                out.extend_from_slice(&value.to_be_bytes());
            }
            (Length::SixtyFour(value), _) => {
                out.push(mask | 127);
                out.extend_from_slice(&value.to_be_bytes());
            }
        }
        out
    }
}

/// A frame that a server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub fin: bool,
    pub reserved: u8,
    pub opcode: u8,
    pub payload: Vec<u8>,
}

/// Takes the first frame off `bytes`.
///
/// # Errors
/// Says what a server must never send, or that the rest is no complete frame.
pub fn take(bytes: &mut &[u8]) -> Result<Received, String> {
    let cut = || format!("an incomplete frame: {}", hex(bytes));
    let [first, second, ..] = **bytes else { return Err(cut()) };
    if second & MASKED != 0 {
        return Err(format!("a masked frame: {}", hex(bytes)));
    }
    let (header, length): (usize, usize) = match second {
        126 => (4, number(bytes.get(2..4).ok_or_else(cut)?)),
        127 => (10, number(bytes.get(2..10).ok_or_else(cut)?)),
        short => (2, usize::from(short)),
    };
    if (header == 4 && length < 126) || (header == 10 && length <= 0xffff) {
        return Err(format!("a length that is not minimal: {}", hex(bytes)));
    }
    let payload = bytes.get(header..header.saturating_add(length)).ok_or_else(cut)?.to_vec();
    *bytes = &bytes[header + length..];
    Ok(Received { fin: first & FIN != 0, reserved: first >> 4 & 7, opcode: first & 15, payload })
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

/// The first bytes in hexadecimal; long data ends with its full length.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 160;
    let mut text: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN {
        text += &format!("… ({} bytes)", bytes.len());
    }
    text
}
