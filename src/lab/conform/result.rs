//! What a case gave.

use std::fmt::{self, Display};
use std::time::Duration;

use serde::Serialize;

use super::case::{Case, Event, Exchange, Script, Side, Strictness, Trial};
use super::id::Id;
use super::verdict::{End, Verdict};
use crate::lab::trouble::Trouble;

/// What was seen, and what is thought of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Of the events.
    pub behaviour: Verdict,
    /// Of the end of the connection, where there was one.
    pub end: Option<End>,
    /// Of both.
    pub verdict: Verdict,
    /// Reasons.
    pub why: Vec<String>,
    /// What was sent.
    pub sent: Vec<String>,
    /// What came back.
    pub seen: Vec<String>,
    /// Whether the server said nothing at all.
    pub mute: bool,
    /// Whether the server itself broke the protocol.
    pub is_faulty: bool,
}

impl Seen {
    /// A case that was not run.
    pub fn skipped(why: String) -> Self {
        Self::plain(Verdict::Skipped, why)
    }

    /// The server refused the upgrade, where it could have declined an extension.
    pub fn refused(trouble: &Trouble) -> Self {
        let why = format!("the server refused the upgrade in place of the offer alone: {trouble}");
        Self { end: Some(End::Ok), ..Self::plain(Verdict::NonStrict, why) }
    }

    /// Where the RFCs leave a choice, what would be wrong otherwise is not strict; a fault of the server's own is one all the same.
    pub fn not_strictly(mut self) -> Self {
        if self.verdict == Verdict::Failed && !self.is_faulty {
            self.verdict = Verdict::NonStrict;
            self.why.push("the RFCs leave a choice".to_owned());
        }
        self
    }

    /// There was no connection, or no upgrade.
    pub fn no_connection(trouble: &Trouble) -> Self {
        let why = format!("{trouble}; {}", trouble.advice);
        Self { end: Some(End::Failed), mute: true, ..Self::plain(Verdict::Failed, why) }
    }

    /// A verdict with its reason alone.
    pub fn plain(verdict: Verdict, why: String) -> Self {
        let (sent, seen) = (vec![], vec![]);
        Self { behaviour: verdict, end: None, verdict, why: vec![why], sent, seen, mute: false, is_faulty: false }
    }
}

/// What a case gave.
#[derive(Clone, Debug, Serialize)]
pub struct CaseResult {
    /// Its number.
    pub id: Id,
    /// The first part of its number.
    pub group: u16,
    /// What was done.
    pub title: String,
    /// The rule that decides.
    pub section: &'static str,
    /// The verdict as a whole.
    pub verdict: Verdict,
    /// That on the events alone, as the Autobahn suite counts it.
    pub behaviour: Verdict,
    /// That on the end of the connection alone.
    pub end: Option<End>,
    /// Reasons.
    pub why: Vec<String>,
    /// What was sent, abridged.
    pub sent: Vec<String>,
    /// What is expected.
    pub expected: Vec<String>,
    /// What came back, abridged.
    pub seen: Vec<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Whether the server said nothing at all.
    #[serde(skip)]
    pub mute: bool,
}

impl CaseResult {
    /// The result of a case.
    pub fn new(case: &Case, seen: Seen, time: Duration) -> Self {
        Self {
            id: case.id.clone(),
            group: case.id.group(),
            title: case.title.clone(),
            section: case.section,
            verdict: seen.verdict,
            behaviour: seen.behaviour,
            end: seen.end,
            why: seen.why,
            sent: seen.sent,
            expected: expected(case),
            seen: seen.seen,
            milliseconds: time.as_millis() as u64,
            mute: seen.mute,
        }
    }
}

/// What is expected, for people.
fn expected(case: &Case) -> Vec<String> {
    match &case.trial {
        Trial::Script(script) => of_script(script),
        Trial::Exchange(Exchange { count, content, .. }) => {
            vec![format!("the echoes of {count} messages: {}", content.shown()), closing(Side::Client, "1000")]
        }
        Trial::Handshake(handshake) => handshake.expected(),
    }
}

fn of_script(script: &Script) -> Vec<String> {
    let list = |events: &[Event]| {
        let events: Vec<String> = events.iter().map(Event::to_string).collect();
        if events.is_empty() { "nothing".to_owned() } else { events.join(", ") }
    };
    let mut lines = vec![list(&script.expected.ok)];
    lines.extend(script.expected.non_strict.iter().map(|events| format!("or, not strictly: {}", list(events))));
    let ending = &script.expected.ending;
    let codes: Vec<String> = ending.codes.iter().map(u16::to_string).collect();
    lines.push(match ending.strict {
        Strictness::Open => "any end of the connection".to_owned(),
        _ => closing(ending.by, &codes.join(" or ")),
    });
    lines.extend((!script.must).then(|| "(the RFCs leave a choice)".to_owned()));
    lines
}

fn closing(by: Side, codes: &str) -> String {
    match by {
        Side::Client => format!("then the server answers our Close with {codes} and ends the TCP connection"),
        Side::Server => format!("then the server fails the connection with {codes}"),
    }
}

impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(kind, payload) => write!(f, "{kind:?} {}", payload.shown()),
            Self::Pong(payload) => write!(f, "Pong {}", payload.shown()),
            Self::Quiet => f.write_str("an open connection"),
        }
    }
}
