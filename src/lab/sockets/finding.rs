//! What is wrong with sockets: data, without words for a terminal.

use serde::Serialize;

use super::Socket;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Clients notice it, or will.
    Problem,
    /// It may be as it should.
    Note,
}

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The application does not close what its peers have closed.
    CloseWait,
    /// Connections wait to be accepted, or were dropped for it.
    AcceptQueue,
    /// The application does not read.
    ReceiveQueue,
    /// A peer does not read.
    SendQueue,
    /// Many connections were closed from this side.
    TimeWait,
    /// Many connections are half open.
    SynRecv,
    /// Much is sent again.
    Retransmits,
    /// Round-trip times vary much.
    RoundTripVariance,
    /// Datagrams were dropped.
    DatagramDrops,
    /// The kernel does not let the accept queue be longer.
    BacklogLimit,
}

/// Something that was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind it is.
    pub rule: Rule,
    /// How much it weighs.
    pub weight: Weight,
    /// What was seen, with its numbers.
    pub what: String,
    /// What that means.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// The spec's fields that have to do with it.
    pub fields: &'static [&'static str],
    /// The sockets that it was seen at.
    pub count: usize,
    /// A few of them: own address, and the peer's.
    pub examples: Vec<String>,
}

/// What a rule says wherever it applies.
pub(super) struct Advice {
    pub rule: Rule,
    pub weight: Weight,
    pub why: &'static str,
    pub remedy: &'static str,
    pub fields: &'static [&'static str],
}

impl Advice {
    /// The finding, with what was seen.
    pub fn at(&self, sockets: &[&Socket], what: String) -> Finding {
        /// Sockets that a finding names.
        const MOST_EXAMPLES: usize = 3;
        let &Self { rule, weight, why, remedy, fields } = self;
        let examples = sockets.iter().take(MOST_EXAMPLES).map(|socket| example(socket)).collect();
        Finding { rule, weight, what, why, remedy, fields, count: sockets.len(), examples }
    }
}

fn example(socket: &Socket) -> String {
    match socket.remote {
        Some(remote) => format!("{} → {remote}", socket.local),
        None => socket.local.to_string(),
    }
}
