//! Behaviour §6.1, written once more from its words: what an echo server of type tcp sends for a stream.

/// How messages are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Lines,
    Delimiter(&'static [u8]),
    Prefix { bytes: usize, little: bool },
}

impl Framing {
    /// A message as it is sent.
    #[must_use]
    pub fn framed(self, message: impl AsRef<[u8]>) -> Vec<u8> {
        let message = message.as_ref();
        match self {
            Self::None => message.to_vec(),
            Self::Lines => [message, b"\n"].concat(),
            Self::Delimiter(delimiter) => [message, delimiter].concat(),
            Self::Prefix { .. } => [&self.prefix(message.len() as u64), message].concat(),
        }
    }

    /// A prefix with this number, as far as it has room for it.
    #[must_use]
    pub fn prefix(self, number: u64) -> Vec<u8> {
        match self {
            Self::Prefix { bytes, little: true } => number.to_le_bytes()[..bytes].to_vec(),
            Self::Prefix { bytes, little: false } => number.to_be_bytes()[8 - bytes..].to_vec(),
            _ => vec![],
        }
    }

    /// The complete messages of a stream, up to the first that is longer than `limit`.
    #[must_use]
    pub fn messages(self, mut stream: &[u8], limit: usize) -> Vec<Vec<u8>> {
        let mut messages = vec![];
        while let Some((message, rest)) = self.first(stream, limit) {
            messages.push(message.to_vec());
            stream = rest;
        }
        messages
    }

    /// What an echo server answers to a stream.
    #[must_use]
    pub fn echo(self, stream: &[u8], limit: usize) -> Vec<u8> {
        match self {
            Self::None => stream.to_vec(),
            _ => self.messages(stream, limit).iter().flat_map(|message| self.framed(message)).collect(),
        }
    }

    /// The first message that is complete and not too long, and what is behind it.
    fn first(self, stream: &[u8], limit: usize) -> Option<(&[u8], &[u8])> {
        let (message, rest) = match self {
            Self::None => return None,
            Self::Lines => {
                let (line, rest) = split_once(stream, b"\n")?;
                (line.strip_suffix(b"\r").unwrap_or(line), rest)
            }
            Self::Delimiter(delimiter) => split_once(stream, delimiter)?,
            Self::Prefix { bytes, little } => {
                let (prefix, rest) = stream.split_at_checked(bytes)?;
                let number = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
                let length = if little { prefix.iter().rev().fold(0, number) } else { prefix.iter().fold(0, number) };
                rest.split_at_checked(usize::try_from(length).ok().filter(|length| *length <= limit)?)?
            }
        };
        (message.len() <= limit).then_some((message, rest))
    }
}

fn split_once<'a>(stream: &'a [u8], end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = stream.windows(end.len()).position(|window| window == end)?;
    Some((&stream[..at], &stream[at + end.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples() {
        assert_eq!(Framing::Lines.echo(b"a\r\n\n\r\r\nrest", 9), b"a\n\n\r\n");
        assert_eq!(Framing::Delimiter(b"\r\n\r").echo(b"\r\n\r\n\ra\r\r\n\r", 9), b"\r\n\r\n\ra\r\r\n\r");
        let little = Framing::Prefix { bytes: 2, little: true };
        assert_eq!(little.echo(b"\x01\x00a\x00\x00\x05\x00abc", 4), b"\x01\x00a\x00\x00");
    }
}
