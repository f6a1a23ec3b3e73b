//! Answers to a request, right and wrong, and what a client makes of them.

mod reply;
mod sign;

use std::io::Write as _;
use std::time::{Duration, Instant};

pub use reply::{Edit, Reply};

use super::acceptance::names_client_window;
use super::probe::is_echoed;
use super::request::Request;
use super::visit::Visitor;
use crate::lab::conform::case::Ending;
use crate::lab::conform::frame::{Cut, Frame, TEXT};
use crate::lab::conform::result::Seen;
use crate::lab::conform::role::Role;
use crate::lab::conform::session::{Allowance, Session};
use crate::lab::conform::trial;
use crate::lab::conform::verdict::{End, Verdict};
use sign::Sign;

/// How long an answer may take to be sent, and to be echoed to.
const LIMIT: Duration = Duration::from_secs(8);
/// How long a client may take to end the connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long one may wait for more of an ordinary answer's body; then we end the connection.
const BODY: Duration = Duration::from_millis(500);
const HELLO: &str = "Hello";

/// An answer, and what a client has to make of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// In what it differs from a correct one.
    pub edits: Vec<Edit>,
    /// What the client has to do.
    pub wanted: Wanted,
    /// Whether the RFCs leave no choice.
    pub must: bool,
    /// What the request has to have, so that it says anything.
    pub needs: Needs,
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It opens the connection, and echoes.
    Opens,
    /// It ends the connection.
    Fails,
}

/// What a request has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// An offer of permessage-deflate.
    Compression,
    /// No offer of `client_max_window_bits`.
    NoClientWindow,
    /// Subprotocols.
    Subprotocols,
    /// No subprotocols.
    NoSubprotocols,
}

impl Needs {
    /// Why the case says nothing.
    fn lacks(self, request: &Request) -> Option<&'static str> {
        let offers = request.offers();
        let compresses = super::acceptance::accept(&offers, &[super::acceptance::PLAIN]).is_some();
        let has_subprotocols = !request.subprotocols().is_empty();
        match self {
            Self::Compression if !compresses => Some("the client does not offer permessage-deflate"),
            Self::NoClientWindow if !compresses => Some("the client does not offer permessage-deflate"),
            Self::NoClientWindow if names_client_window(&offers) => Some("the client offers client_max_window_bits"),
            Self::Subprotocols if !has_subprotocols => Some("the client offers no subprotocols"),
            Self::NoSubprotocols if has_subprotocols => Some("the client offers subprotocols"),
            _ => None,
        }
    }
}

impl Answer {
    /// What is expected, for people.
    pub fn expected(&self) -> Vec<String> {
        let otherwise = if self.must { "" } else { " (the RFCs leave a choice)" };
        vec![match self.wanted {
            Wanted::Opens => format!("an open connection, an echo, and the closing handshake{otherwise}"),
            Wanted::Fails => format!("the end of the connection, and not a single frame{otherwise}"),
        }]
    }

    /// Answers so.
    pub fn run(&self, mut visitor: Visitor<'_>) -> Seen {
        if let Some(why) = self.needs.lacks(&visitor.request) {
            visitor.close(Verdict::Skipped, vec![]);
            return Seen::skipped(why.to_owned());
        }
        let reply = Reply::edited(&visitor.request, &self.edits);
        visitor.connection.set_deadline(Instant::now() + LIMIT);
        let late = reply.send(&mut visitor.connection);
        let mut seen = match self.wanted {
            Wanted::Opens => self.opens(visitor, late),
            Wanted::Fails => self.fails(visitor, reply.is_ordinary()),
        };
        seen.sent.splice(0..0, reply.lines());
        seen
    }

    /// A message there and back; it is sent already, up to what is late, where the answer says so.
    fn opens(&self, mut visitor: Visitor<'_>, late: Option<Vec<u8>>) -> Seen {
        // Before anything is answered: a Pong may not stand inside of the message. Whether it arrived, the echo tells.
        let _ = visitor.connection.write_all(late.as_deref().unwrap_or_default());
        let upgraded = visitor.upgraded(None, String::new());
        let mut session = Session::new(upgraded, Instant::now() + LIMIT, Allowance::echoes(1, HELLO.len()));
        if late.is_none() {
            session.send(&[Frame::new(TEXT, HELLO).sent_by(Role::Server)], Cut::Nowhere);
        }
        let why = if is_echoed(&mut session, HELLO.as_bytes()) { vec![] } else { vec![NOT_OPENED.to_owned()] };
        session.close(&1000_u16.to_be_bytes());
        session.finish();
        let has_choice = !self.must && session.faults.is_empty();
        let verdict = if why.is_empty() { Verdict::Ok } else { Verdict::Failed };
        let seen = trial::finish(session, verdict, why, &Ending::by_client());
        let verdict = if has_choice { seen.verdict.min(Verdict::NonStrict) } else { seen.verdict };
        Seen { verdict, ..seen }
    }

    fn fails(&self, mut visitor: Visitor<'_>, is_ordinary: bool) -> Seen {
        let patience = if is_ordinary { BODY } else { PATIENCE };
        let sign = sign::watch(&mut visitor.connection, std::mem::take(&mut visitor.request.rest), patience);
        let otherwise = if self.must { Verdict::Failed } else { Verdict::NonStrict };
        let (verdict, end, why) = match &sign {
            Sign::End => (Verdict::Ok, End::Ok, ""),
            // An ordinary answer may have a body that goes on.
            Sign::Nothing if is_ordinary => (Verdict::Ok, End::Ok, ""),
            Sign::Nothing => (Verdict::NonStrict, End::FailedByClient, "the client leaves the TCP connection open"),
            Sign::Close(_) => (
                Verdict::NonStrict,
                End::Ok,
                "the client sends a Close on a connection that was never opened (RFC 6455 §7.1.7)",
            ),
            Sign::Frame(_) => (otherwise, End::Failed, "the client takes the answer for an acceptance"),
        };
        let why = Some(why.to_owned()).filter(|why| !why.is_empty()).into_iter().collect();
        Seen { end: Some(end), why, seen: vec![sign.shown()], ..Seen::plain(verdict, String::new()) }
    }
}

const NOT_OPENED: &str = "no echo came: the client does not take the answer for an acceptance";
