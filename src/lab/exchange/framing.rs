//! What tells messages of a byte stream apart. An echo server sends back what it received, frame and all.

use std::fmt::{self, Display};
use std::str::FromStr;

/// What tells messages apart, as `tcp.framing` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Nothing: the bytes are to come back.
    #[default]
    None,
    /// These bytes at the end of each message.
    Delimiter(Vec<u8>),
    /// The length in front of each message.
    LengthPrefix {
        /// 1, 2, 4 or 8.
        bytes: usize,
        /// The least significant byte comes first.
        little: bool,
    },
}

/// Not a framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFraming;

impl Display for BadFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of none, lines, delimiter=TEXT, length-prefix=1|2|4|8[le]")
    }
}

impl std::error::Error for BadFraming {}

impl FromStr for Framing {
    type Err = BadFraming;

    fn from_str(text: &str) -> Result<Self, BadFraming> {
        match text.split_once('=') {
            None if text == "none" => Ok(Self::None),
            None if text == "lines" => Ok(Self::Delimiter(b"\n".to_vec())),
            Some(("delimiter", delimiter)) if !delimiter.is_empty() => {
                let unescaped = delimiter.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
                Ok(Self::Delimiter(unescaped.into_bytes()))
            }
            Some(("length-prefix", prefix)) => {
                let (digits, little) = prefix.strip_suffix("le").map_or((prefix, false), |digits| (digits, true));
                let bytes = digits.parse().ok().filter(|bytes| [1, 2, 4, 8].contains(bytes)).ok_or(BadFraming)?;
                Ok(Self::LengthPrefix { bytes, little })
            }
            _ => Err(BadFraming),
        }
    }
}

impl Framing {
    /// A message with its frame; `None` if it is too long for its prefix.
    pub fn frame(&self, payload: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::None => Some(payload.to_vec()),
            Self::Delimiter(delimiter) => Some([payload, delimiter].concat()),
            Self::LengthPrefix { bytes, little } => {
                let length = payload.len() as u64;
                if *bytes < 8 && length >> (8 * bytes) > 0 {
                    return None;
                }
                let prefix = match little {
                    true => length.to_le_bytes()[..*bytes].to_vec(),
                    false => length.to_be_bytes()[8 - bytes..].to_vec(),
                };
                Some([&prefix, payload].concat())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framings_are_read_and_applied() {
        let frame = |text: &str| text.parse::<Framing>().unwrap().frame(b"abc");
        assert_eq!(frame("none").unwrap(), b"abc");
        assert_eq!(frame("lines").unwrap(), b"abc\n");
        assert_eq!(frame("delimiter=\\r\\n").unwrap(), b"abc\r\n");
        assert_eq!(frame("length-prefix=4").unwrap(), b"\0\0\0\x03abc");
        assert_eq!(frame("length-prefix=2le").unwrap(), b"\x03\0abc");
        assert_eq!(Framing::LengthPrefix { bytes: 1, little: false }.frame(&[0; 256]), None);
        for bad in ["", "line", "delimiter=", "length-prefix=3", "length-prefix=le"] {
            assert_eq!(bad.parse::<Framing>(), Err(BadFraming), "{bad}");
        }
    }
}
