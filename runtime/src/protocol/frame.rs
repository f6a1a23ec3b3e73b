//! The header of a frame (RFC 6455 §5.2).

use super::mask::Key;

/// The longest header: two bytes, a 64-bit length, a masking key.
pub const MAX_HEADER: usize = 14;
/// The longest payload of a control frame (RFC 6455 §5.5).
pub const MAX_CONTROL: usize = 125;

pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const RSV2_RSV3: u8 = 0x30;
pub(crate) const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// The next fragment of a message.
    Continuation = 0x0,
    /// A text message, or its first fragment.
    Text = 0x1,
    /// A binary message, or its first fragment.
    Binary = 0x2,
    /// The closing handshake.
    Close = 0x8,
    /// A question for a sign of life.
    Ping = 0x9,
    /// The answer to a Ping.
    Pong = 0xa,
}

impl Opcode {
    /// The opcode in a header's first byte; `None` for the reserved ones.
    #[inline]
    #[must_use]
    pub fn of(first: u8) -> Option<Self> {
        match first & 0x0f {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xa => Some(Self::Pong),
            _ => None,
        }
    }

    /// Whether this is a control frame's opcode (RFC 6455 §5.5).
    #[inline]
    #[must_use]
    pub fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

/// How many bytes of extended length follow a header's second byte.
#[inline]
pub(crate) fn extended_length(second: u8) -> usize {
    match second & LENGTH {
        LENGTH_16 => 2,
        LENGTH_64 => 8,
        _ => 0,
    }
}

/// The size of the header that begins with these two bytes.
#[inline]
pub(crate) fn header_size(second: u8) -> usize {
    2 + extended_length(second) + if second & MASKED == 0 { 0 } else { 4 }
}

/// The payload length that a header (at least two bytes and the extended length) announces.
#[inline]
pub(crate) fn payload_length(header: &[u8]) -> u64 {
    match header[1] & LENGTH {
        LENGTH_16 => u64::from(u16::from_be_bytes([header[2], header[3]])),
        LENGTH_64 => {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&header[2..10]);
            u64::from_be_bytes(bytes)
        }
        short => u64::from(short),
    }
}

/// Whether `length` is in the shortest of the three forms.
#[inline]
pub(crate) fn is_minimal(second: u8, length: u64) -> bool {
    match second & LENGTH {
        LENGTH_16 => length > 125,
        LENGTH_64 => length > 0xffff,
        _ => true,
    }
}

/// The masking key at the end of a complete header; zeros if there is none.
#[inline]
pub(crate) fn masking_key(header: &[u8]) -> Key {
    if header[1] & MASKED == 0 {
        return [0; 4];
    }
    let at = 2 + extended_length(header[1]);
    [header[at], header[at + 1], header[at + 2], header[at + 3]]
}

/// A header to be sent, in the shortest form.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    bytes: [u8; MAX_HEADER],
    length: u8,
}

impl Header {
    /// The header of a frame with `payload` bytes. A client passes its masking key.
    #[inline]
    #[must_use]
    pub fn new(
        fin: bool,
        compressed: bool,
        opcode: Opcode,
        payload: usize,
        key: Option<Key>,
    ) -> Self {
        let mut header = Self { bytes: [0; MAX_HEADER], length: 2 };
        header.bytes[0] =
            opcode as u8 | if fin { FIN } else { 0 } | if compressed { RSV1 } else { 0 };
        header.bytes[1] = match payload {
            0..=125 => payload as u8,
            126..=0xffff => LENGTH_16,
            _ => LENGTH_64,
        };
        match header.bytes[1] {
            LENGTH_16 => header.append((payload as u16).to_be_bytes()),
            LENGTH_64 => header.append((payload as u64).to_be_bytes()),
            _ => {}
        }
        if let Some(key) = key {
            header.bytes[1] |= MASKED;
            header.append(key);
        }
        header
    }

    #[inline]
    fn append<const N: usize>(&mut self, bytes: [u8; N]) {
        let at = usize::from(self.length);
        self.bytes[at..at + N].copy_from_slice(&bytes);
        self.length += N as u8;
    }

    /// The bytes on the wire.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(payload: usize, key: Option<Key>) -> Vec<u8> {
        Header::new(true, false, Opcode::Binary, payload, key).as_bytes().to_vec()
    }

    #[test]
    fn rfc6455_5_2_shortest_length_form() {
        assert_eq!(header(0, None), [0x82, 0]);
        assert_eq!(header(125, None), [0x82, 125]);
        assert_eq!(header(126, None), [0x82, 126, 0, 126]);
        assert_eq!(header(65_535, None), [0x82, 126, 0xff, 0xff]);
        assert_eq!(header(65_536, None), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn rfc6455_5_2_what_is_written_is_read() {
        for payload in [0, 1, 125, 126, 65_535, 65_536, 1 << 40] {
            for key in [None, Some([1, 2, 3, 4])] {
                let bytes = header(payload, key);
                assert_eq!(header_size(bytes[1]), bytes.len());
                assert_eq!(payload_length(&bytes), payload as u64);
                assert!(is_minimal(bytes[1], payload as u64));
                assert_eq!(masking_key(&bytes), key.unwrap_or_default());
            }
        }
    }

    #[test]
    fn rfc6455_5_7_first_fragment_of_compressed_text() {
        let header = Header::new(false, true, Opcode::Text, 3, None);
        assert_eq!(header.as_bytes(), [0x41, 3]);
    }
}
