//! What a case for clients is.

use std::time::Duration;

use super::acceptance::Wish;
use super::answer::Answer;
use super::probe::Probe;
use super::rule::Rule;
use crate::lab::conform::case::{self, Exchange, Script, Step};
use crate::lab::conform::id::Id;
use crate::lab::conform::result::{self, CaseResult, Seen};
use crate::lab::conform::role::Role;

/// One behaviour of clients that is looked at.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number: Autobahn's for groups 1 to 13, our own above.
    pub id: Id,
    /// What is done.
    pub title: String,
    /// The rule that decides: `RFC 6455 §5.2`.
    pub section: &'static str,
    /// How it is looked at.
    pub(super) trial: Trial,
}

/// How a behaviour is looked at.
#[derive(Clone, Debug)]
pub(super) enum Trial {
    /// Frames are sent, and what comes back is compared; with a wish, what was agreed on is part of it.
    Script(Script, Vec<Wish>),
    /// Messages are sent, each when the echo of the one before has come.
    Exchange(Exchange, Vec<Wish>),
    /// The request is judged.
    Request(Rule),
    /// It is answered so, and what the client makes of that is judged.
    Answer(Answer),
    /// Something else is looked at on a connection.
    Probe(Probe),
}

impl Case {
    /// A case for servers, as it is one for clients.
    pub(super) fn of(case: case::Case, wishes: &[Wish]) -> Option<Self> {
        let case::Case { id, title, section, trial, .. } = case;
        let wishes = wishes.to_vec();
        let trial = match trial {
            case::Trial::Script(script) => Trial::Script(sent_by_server(script), wishes),
            case::Trial::Exchange(exchange) => Trial::Exchange(exchange, wishes),
            case::Trial::Handshake(_) => return None,
        };
        Some(Self { id, title, section, trial })
    }

    /// Whether it takes much memory and time.
    pub fn is_heavy(&self) -> bool {
        const HEAVY: usize = 1 << 20;
        match &self.trial {
            Trial::Script(script, _) => script.payload_bytes() > HEAVY,
            Trial::Exchange(exchange, _) => exchange.content.length() * exchange.count > HEAVY,
            _ => false,
        }
    }

    /// What is expected, for people.
    fn expected(&self) -> Vec<String> {
        match &self.trial {
            Trial::Script(script, _) => result::of_script(script, Role::Server),
            Trial::Exchange(exchange, _) => result::of_exchange(exchange, Role::Server),
            Trial::Request(_) => vec!["a request as the section asks for".to_owned()],
            Trial::Answer(answer) => answer.expected(),
            Trial::Probe(probe) => probe.expected(),
        }
    }

    /// The result of it.
    pub(super) fn result(&self, seen: Seen, time: Duration) -> CaseResult {
        CaseResult {
            id: self.id.clone(),
            group: self.id.group(),
            title: self.title.clone(),
            section: self.section,
            verdict: seen.verdict,
            behaviour: seen.behaviour,
            end: seen.end,
            why: seen.why,
            sent: seen.sent,
            expected: self.expected(),
            seen: seen.seen,
            milliseconds: time.as_millis() as u64,
            mute: seen.mute,
        }
    }
}

/// RFC 6455 §5.1: the frames of a server have no masks.
fn sent_by_server(mut script: Script) -> Script {
    for step in &mut script.steps {
        match step {
            Step::Send(frames, _) => frames.iter_mut().for_each(|frame| frame.masked = false),
            Step::Part(frame, ..) => frame.masked = false,
            Step::Close(_) | Step::Pause(_) => {}
        }
    }
    script
}
