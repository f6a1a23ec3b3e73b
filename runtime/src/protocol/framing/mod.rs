//! Messages on a stream of bytes without a protocol of its own: framings.
//!
//! A [`Receiver`] takes bytes as they come and finds the messages in them. One that lies whole in
//! the input stays there; any other is collected.

mod receiver;
mod sender;

pub use receiver::{Failure, Place, Receiver, Rules, Step};
pub use sender::{Link, Unfit};

/// How messages are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Not at all: a message is what one read gives.
    None,
    /// By a line feed; a carriage return directly before it is not part of the message.
    Lines,
    /// By these bytes.
    Delimiter(&'static [u8]),
    /// By the payload's length in front of it.
    LengthPrefix(Prefix),
}

/// The number in front of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// 1, 2, 4 or 8.
    bytes: usize,
    endian: Endian,
}

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endian {
    /// The most significant byte first.
    Big,
    /// The least significant byte first.
    Little,
}

/// The largest prefix, in bytes.
const MAX_PREFIX: usize = 8;

impl Prefix {
    /// A number of 1, 2, 4 or 8 bytes, the most significant one first.
    #[must_use]
    pub const fn big(bytes: usize) -> Self {
        Self { bytes, endian: Endian::Big }
    }

    /// A number of 1, 2, 4 or 8 bytes, the least significant one first.
    #[must_use]
    pub const fn little(bytes: usize) -> Self {
        Self { bytes, endian: Endian::Little }
    }

    /// The number that `bytes` hold.
    fn read(self, bytes: &[u8]) -> u64 {
        let mut number = [0; MAX_PREFIX];
        match self.endian {
            Endian::Big => {
                number[MAX_PREFIX - self.bytes..].copy_from_slice(bytes);
                u64::from_be_bytes(number)
            }
            Endian::Little => {
                number[..self.bytes].copy_from_slice(bytes);
                u64::from_le_bytes(number)
            }
        }
    }

    /// The prefix of a payload: the first `self.bytes` of what is returned.
    fn write(self, length: u64) -> Result<[u8; MAX_PREFIX], Unfit> {
        if length.checked_shr(self.bytes as u32 * 8).unwrap_or(0) > 0 {
            return Err(Unfit);
        }
        Ok(match self.endian {
            Endian::Big => (length << (64 - self.bytes * 8)).to_be_bytes(),
            Endian::Little => length.to_le_bytes(),
        })
    }
}

#[cfg(test)]
mod tests;
