//! The rules for every connection of a server.

/// Which side of a connection receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It takes masked frames only (RFC 6455 §5.1).
    #[default]
    Server,
    /// It takes unmasked frames only.
    Client,
}

/// The messages that an app takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accepts {
    /// Text and binary messages.
    #[default]
    Any,
    /// Text messages; binary ones are 1003.
    Text,
    /// Binary messages; text ones are 1003.
    Binary,
}

/// The rules for every connection of a server.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The receiving side.
    pub role: Role,
    /// The largest message, in bytes after decompression.
    pub max_message: usize,
    /// The messages that are taken.
    pub accepts: Accepts,
    /// Whether text has to be UTF-8.
    pub validate_utf8: bool,
    /// Messages a second.
    pub messages_per_second: Option<u32>,
    /// Payload bytes a second.
    pub bytes_per_second: Option<u32>,
}
