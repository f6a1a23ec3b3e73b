//! Payloads, and how they are shown.

use std::borrow::Cow;

/// How much of a payload is shown, in bytes.
const SHOWN: usize = 48;

/// Bytes, written out or as what is repeated.
#[derive(Clone, Debug)]
pub enum Payload {
    /// These.
    Bytes(Cow<'static, [u8]>),
    /// A pattern, over and over, up to a length.
    Repeated(&'static [u8], usize),
}

impl Payload {
    /// No bytes.
    pub const EMPTY: Self = Self::Bytes(Cow::Borrowed(b""));

    /// All of it.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
            Self::Repeated(pattern, length) => Cow::Owned(pattern.iter().copied().cycle().take(*length).collect()),
        }
    }

    /// Its length, in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Repeated(_, length) => *length,
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For people.
    pub fn shown(&self) -> String {
        match self {
            Self::Bytes(bytes) => shown(bytes),
            Self::Repeated(pattern, length) => {
                let beginning: Vec<u8> = pattern.iter().copied().cycle().take((*length).min(SHOWN + 1)).collect();
                abridged(&beginning, *length)
            }
        }
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.bytes() == other.bytes()
    }
}

impl Eq for Payload {}

impl From<&'static [u8]> for Payload {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for Payload {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}

/// Bytes for people: text where it is text, hexadecimal digits where not; the beginning of what is long.
pub fn shown(bytes: &[u8]) -> String {
    abridged(bytes, bytes.len())
}

fn abridged(beginning: &[u8], length: usize) -> String {
    let excerpt = &beginning[..beginning.len().min(SHOWN)];
    let dots = if length > excerpt.len() { "…" } else { "" };
    let size = if length > 8 { format!(" ({length} bytes)") } else { String::new() };
    let readable = match std::str::from_utf8(excerpt) {
        Ok(text) => Some(text),
        // The excerpt may end inside of a character.
        Err(error) if error.error_len().is_none() && length > excerpt.len() => {
            std::str::from_utf8(&excerpt[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match readable.filter(|text| !text.chars().any(char::is_control)) {
        Some(text) => format!("“{text}{dots}”{size}"),
        None => {
            let digits: Vec<String> = excerpt.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}{}{dots}{size}", digits.join(" "), if dots.is_empty() { "" } else { " " })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_shown_for_people() {
        assert_eq!(shown(b"Hello"), "“Hello”");
        assert_eq!(shown(b""), "“”");
        assert_eq!(shown(b"\xfe\x00"), "fe 00");
        assert_eq!(shown(&[b'*'; 60]), format!("“{}…” (60 bytes)", "*".repeat(48)));
        let cut = [&[b'a'; 47][..], "κόσμε".as_bytes()].concat();
        assert_eq!(shown(&cut), format!("“{}…” (57 bytes)", "a".repeat(47)));
        assert_eq!(Payload::Repeated(b"ab", 5).shown(), "“ababa”");
    }

    #[test]
    fn repetition_is_equal_to_what_it_stands_for() {
        assert_eq!(Payload::Repeated(b"ab", 3), Payload::from(b"aba"));
        assert_ne!(Payload::Repeated(b"ab", 3), Payload::from(b"abb"));
        assert_ne!(Payload::Repeated(b"ab", 3), Payload::from(b"ab"));
    }
}
