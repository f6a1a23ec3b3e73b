//! Short words for what the tables are made of.

use std::time::Duration;

use specgen_runtime::protocol::message::Kind;

use crate::lab::conform::case::{Case, Content, Ending, Event, Exchange, Expected, Overdue, Script, Step, Trial};
use crate::lab::conform::corpus::Corpus;
use crate::lab::conform::frame::{CLOSE, CONTINUATION, Cut, Frame, PING, TEXT};
use crate::lab::conform::id::Id;
use crate::lab::conform::payload::Payload;

/// How long is waited for what a server has to do at once.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How long is waited for the echo of what is large.
pub const LONG: Duration = Duration::from_secs(15);

pub const HELLO: &str = "Hello, world!";

/// A case that runs a script.
pub fn case(id: &[u16], title: impl Into<String>, section: &'static str, script: Script) -> Case {
    Case { id: Id::new(id), title: title.into(), section, trial: Trial::Script(script), inapplicable: None }
}

/// A script that expects these events, and that ending.
pub fn script(steps: Vec<Step>, ok: Vec<Event>, ending: Ending) -> Script {
    let expected = Expected { ok, non_strict: vec![], ending };
    Script { offer: None, steps, expected, limit: PATIENCE, overdue: Overdue::GiveUp, must: true }
}

/// One after which we close, and which expects these events.
pub fn answered(steps: Vec<Step>, ok: Vec<Event>) -> Script {
    script(steps, ok, Ending::by_client())
}

/// One after which the server fails the connection, and says nothing before.
pub fn refused(steps: Vec<Step>, code: u16) -> Script {
    script(steps, vec![], Ending::by_server(code))
}

impl Script {
    /// Waits so long.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Closes without a code when nothing comes.
    #[must_use]
    pub fn overdue_close(self) -> Self {
        Self { overdue: Overdue::Close, ..self }
    }

    /// Takes these events too, as not strict.
    #[must_use]
    pub fn or(mut self, events: Vec<Event>) -> Self {
        self.expected.non_strict.push(events);
        self
    }

    /// Leaves the server a choice.
    #[must_use]
    pub fn may(self) -> Self {
        Self { must: false, ..self }
    }

    /// Offers an extension.
    #[must_use]
    pub fn offer(self, offer: &'static str) -> Self {
        Self { offer: Some(offer), ..self }
    }
}

/// Frames in one write.
pub fn send(frames: impl Into<Vec<Frame>>) -> Step {
    Step::Send(frames.into(), Cut::Nowhere)
}

/// Frames, cut so.
pub fn send_cut(frames: impl Into<Vec<Frame>>, cut: Cut) -> Step {
    Step::Send(frames.into(), cut)
}

pub fn text(payload: impl Into<Payload>) -> Frame {
    Frame::new(TEXT, payload)
}

pub fn continuation(payload: impl Into<Payload>) -> Frame {
    Frame::new(CONTINUATION, payload)
}

pub fn ping(payload: impl Into<Payload>) -> Frame {
    Frame::new(PING, payload)
}

pub fn close(payload: impl Into<Payload>) -> Frame {
    Frame::new(CLOSE, payload)
}

pub fn text_event(payload: impl Into<Payload>) -> Event {
    Event::Message(Kind::Text, payload.into())
}

pub fn binary_event(payload: impl Into<Payload>) -> Event {
    Event::Message(Kind::Binary, payload.into())
}

pub fn pong_event(payload: impl Into<Payload>) -> Event {
    Event::Pong(payload.into())
}

/// The payload of a Close.
pub fn close_payload(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

/// Messages for which compression has something to do.
pub fn compressible() -> Exchange {
    Exchange {
        offer: None,
        acceptable: None,
        kind: Kind::Text,
        content: Content::Corpus(Corpus::Json, 3000),
        count: 30,
        fragment: None,
        cut: Cut::Nowhere,
        limit: Duration::from_secs(10),
    }
}
