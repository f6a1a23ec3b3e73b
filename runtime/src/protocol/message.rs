//! Messages as an app sees them.

/// Text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text message.
    Text,
    /// A binary message.
    Binary,
}

/// A whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A text message of a server generated with `validate_utf8: false`: it may not be UTF-8.
    Unchecked(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The payload.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match *self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Unchecked(bytes) => bytes,
        }
    }

    /// Text or binary.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) | Self::Unchecked(_) => Kind::Text,
            Self::Binary(_) => Kind::Binary,
        }
    }
}
