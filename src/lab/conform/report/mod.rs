//! What was found out, in all forms.

mod html;
mod junit;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use super::cases::group_name;
use super::engine::Findings;
use super::result::CaseResult;
use super::verdict::Verdict;
use crate::lab::trouble::Trouble;

pub use html::{html, html_of_clients};
pub use junit::{junit, junit_of_clients};
pub use text::text;

/// A run against a server.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The server, as it was named.
    pub server: String,
    /// In all.
    pub counts: Counts,
    /// By group.
    pub groups: Vec<Group>,
    /// Why not all cases were run.
    pub stopped: Option<Trouble>,
    /// Every case.
    pub results: Vec<CaseResult>,
    /// Where the Autobahn suite says something else, if it was asked.
    pub autobahn: Option<Vec<Difference>>,
}

/// How many cases there are of each verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<Verdict, usize>);

/// The cases of a group.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The first part of their numbers.
    pub number: u16,
    /// What they are about.
    pub name: &'static str,
    /// How they ended.
    pub counts: Counts,
}

/// A case that two suites judge differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its number.
    pub id: String,
    /// Our verdicts, `events / ending`.
    pub ours: String,
    /// The Autobahn suite's.
    pub theirs: String,
}

impl Counts {
    fn of<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut counts = Self::default();
        for result in results {
            *counts.0.entry(result.verdict).or_default() += 1;
        }
        counts
    }

    /// How many there are of one.
    pub fn get(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or_default()
    }

    /// For people: `515 OK, 2 INFORMATIONAL`.
    pub fn shown(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        if parts.is_empty() { "no case".to_owned() } else { parts.join(", ") }
    }
}

impl Report {
    /// The report on a run.
    pub fn new(server: String, findings: Findings) -> Self {
        let Findings { results, stopped } = findings;
        let mut groups: Vec<u16> = results.iter().map(|result| result.id.group()).collect();
        groups.dedup();
        let group = |number: u16| {
            let own = results.iter().filter(|result| result.id.group() == number);
            Group { number, name: group_name(number), counts: Counts::of(own) }
        };
        let groups = groups.into_iter().map(group).collect();
        Self { server, counts: Counts::of(&results), groups, stopped, results, autobahn: None }
    }

    /// Whether the server is as it has to be; `strict` takes nothing else.
    pub fn passes(&self, strict: bool) -> bool {
        let tolerated = if strict { Verdict::Skipped } else { Verdict::NonStrict };
        self.stopped.is_none() && self.results.iter().all(|result| result.verdict <= tolerated)
    }
}

impl CaseResult {
    /// The verdicts on events and ending, as the Autobahn suite writes them.
    pub fn pair(&self) -> String {
        let end = self.end.map_or("none", super::verdict::End::name);
        format!("{} / {end}", self.behaviour)
    }
}
