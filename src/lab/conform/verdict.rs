//! What is thought of what was seen.

use std::fmt::{self, Display};

use super::case::{Ending, Side, Strictness};
use super::role::Role;
use super::session::Session;

/// What a case says of a server. Ordered: the worst is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Verdict {
    /// As it has to be.
    Ok,
    /// The RFCs say nothing about it: what was seen is shown.
    Informational,
    /// The server does not have what the case asks for, and need not.
    Unimplemented,
    /// The case says nothing about this server.
    Skipped,
    /// Within the letter of the RFCs, but not as a careful server does it.
    NonStrict,
    /// Against the RFCs.
    Failed,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Informational, Self::Unimplemented, Self::Skipped, Self::NonStrict, Self::Failed];

    /// As it is printed; the names are those of the Autobahn suite where it has them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Informational => "INFORMATIONAL",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Skipped => "SKIPPED",
            Self::NonStrict => "NON-STRICT",
            Self::Failed => "FAILED",
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is thought of the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As it has to be.
    Ok,
    /// Nothing is asked for.
    Informational,
    /// The server's Close has another code.
    WrongCode,
    /// We had to end the TCP connection.
    FailedByClient,
    /// A Close is missing.
    Unclean,
    /// The wrong side ended the connection.
    Failed,
}

impl End {
    /// As it is printed; the names are those of the Autobahn suite.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Informational => "INFORMATIONAL",
            Self::WrongCode => "WRONG CODE",
            Self::FailedByClient => "FAILED BY CLIENT",
            Self::Unclean => "UNCLEAN",
            Self::Failed => "FAILED",
        }
    }

    /// What it makes of the case as a whole.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Ok | Self::Informational => Verdict::Ok,
            // RFC 6455 §7.1.7 and §7.4.1: codes are a SHOULD; so is in §7.1.1 who ends TCP.
            Self::WrongCode | Self::FailedByClient => Verdict::NonStrict,
            // RFC 6455 §5.5.1: a Close MUST be answered. §7.1.7: a connection that has to be failed may not stay.
            Self::Unclean | Self::Failed => Verdict::Failed,
        }
    }
}

impl serde::Serialize for End {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What is thought of how the connection ended, and why.
pub fn judge_end(session: &Session, ending: &Ending) -> (End, String) {
    let codes: Vec<String> = ending.codes.iter().map(u16::to_string).collect();
    let codes = codes.join(" or ");
    let peer = session.role.peer();
    let wrong = |seen: &str| (End::WrongCode, format!("{peer}'s Close has {seen}, not {codes}"));
    if session.closed_by_us != (ending.by == Side::Client) {
        let why = match ending.by {
            Side::Client => format!("{peer} ended the connection, although nothing was wrong"),
            Side::Server => format!("{peer} did not end the connection, although it has to"),
        };
        return (End::Failed, why);
    }
    if ending.clean && !session.clean {
        return (End::Unclean, "the closing handshake was not completed".to_owned());
    }
    match session.code {
        Some(code) if !ending.codes.contains(&code) => return wrong(&format!("code {code}")),
        None if ending.strict == Strictness::Presence => return wrong("no code, or was not sent"),
        _ => {}
    }
    if session.dropped_by_us && session.role == Role::Client {
        return (End::FailedByClient, "the server did not end the TCP connection behind the Closes".to_owned());
    }
    (End::Ok, String::new())
}

/// What the ending makes of the case itself.
pub fn with_end(behaviour: Verdict, end: End, session: &Session, ending: &Ending) -> (Verdict, End) {
    let wrong_side = session.closed_by_us != (ending.by == Side::Client);
    match ending.strict {
        Strictness::Open => (Verdict::Informational, End::Informational),
        Strictness::Code if end == End::WrongCode => (Verdict::Failed, end),
        Strictness::Side if wrong_side => (Verdict::Failed, end),
        _ => (behaviour, end),
    }
}
