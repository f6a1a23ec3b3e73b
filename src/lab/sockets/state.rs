//! The states of TCP.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::text::quote;

/// A state of a TCP socket, by Linux' names (RFC 9293 §3.3.2 has them with other spellings).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are TCP's own")]
pub enum State {
    Listen,
    SynSent,
    SynRecv,
    Established,
    CloseWait,
    LastAck,
    FinWait1,
    FinWait2,
    Closing,
    TimeWait,
    Close,
}

impl State {
    /// All of them, in the order of a connection's life.
    pub const ALL: [Self; 11] = [
        Self::Listen,
        Self::SynSent,
        Self::SynRecv,
        Self::Established,
        Self::CloseWait,
        Self::LastAck,
        Self::FinWait1,
        Self::FinWait2,
        Self::Closing,
        Self::TimeWait,
        Self::Close,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::FinWait1 => "FIN_WAIT1",
            Self::FinWait2 => "FIN_WAIT2",
            Self::Closing => "CLOSING",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for State {
    type Err = String;

    /// Takes the names without regard to case, and with hyphens.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.replace('-', "_").to_ascii_uppercase();
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("there is no state {}; states: {all}", quote(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_people_write_them() {
        for text in ["CLOSE_WAIT", "close_wait", "close-wait", "Close-Wait"] {
            assert_eq!(text.parse(), Ok(State::CloseWait));
        }
        let refusal = "waiting\u{1b}[2J".parse::<State>().unwrap_err();
        assert!(refusal.starts_with("there is no state `waiting\\u{1b}[2J`; states: LISTEN, SYN_SENT,"), "{refusal}");
    }
}
