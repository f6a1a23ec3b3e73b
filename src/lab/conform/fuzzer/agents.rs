//! The clients that came, and what was seen of each.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use specgen_runtime::protocol::mask;

use super::refusal::Refusal;
use crate::lab::conform::result::CaseResult;
use crate::lab::conform::verdict::Verdict;

/// How many agents there may be.
const MOST: usize = 16;
/// How long the end of a case is waited for by whoever asks how it ended.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many values are remembered, to see whether they are fresh.
const REMEMBERED: usize = 1 << 16;

/// An agent, and what was seen of it.
#[derive(Clone, Debug)]
pub struct Agent {
    /// As it calls itself.
    pub name: String,
    /// Its cases, in the order of their numbers.
    pub results: Vec<CaseResult>,
    /// How many cases it ran.
    pub ran: Ran,
}

/// How many cases an agent ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// All of them.
    All,
    /// So many of so many.
    Some(usize, usize),
}

/// All agents.
#[derive(Debug, Default)]
pub struct Agents {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    agents: BTreeMap<String, Record>,
    /// Whether somebody who ran no case has done with it.
    has_nobody_updated: bool,
    keys: HashSet<Vec<u8>>,
    masks: HashSet<mask::Key>,
}

#[derive(Debug, Default)]
struct Record {
    results: BTreeMap<usize, CaseResult>,
    /// Cases that run, each as often as it does.
    running: BTreeMap<usize, usize>,
    has_updated: bool,
}

/// Whether a value is another one than all before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// There was none before.
    First,
    /// It is.
    Yes,
    /// It was there before.
    No,
}

fn fresh<T: std::hash::Hash + Eq>(seen: &mut HashSet<T>, value: T) -> Fresh {
    let is_first = seen.is_empty();
    let is_new = if seen.len() < REMEMBERED { seen.insert(value) } else { !seen.contains(&value) };
    match (is_first, is_new) {
        (true, _) => Fresh::First,
        (false, true) => Fresh::Yes,
        (false, false) => Fresh::No,
    }
}

impl Agents {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no connection before had that key.
    pub fn note_key(&self, key: &[u8]) -> Fresh {
        fresh(&mut self.state().keys, key.to_vec())
    }

    /// Whether no connection before began with that mask.
    pub fn note_mask(&self, mask: mask::Key) -> Fresh {
        fresh(&mut self.state().masks, mask)
    }

    /// A case begins.
    ///
    /// # Errors
    /// When there are too many agents.
    pub fn begin(&self, agent: &str, case: usize) -> Result<(), Refusal> {
        let mut state = self.state();
        if state.agents.len() >= MOST && !state.agents.contains_key(agent) {
            return Err(Refusal::bad(format!("there are {MOST} agents already")));
        }
        let record = state.agents.entry(agent.to_owned()).or_default();
        record.has_updated = false;
        *record.running.entry(case).or_default() += 1;
        Ok(())
    }

    /// A case has ended.
    pub fn end(&self, agent: &str, case: usize, result: Option<CaseResult>) {
        if let Some(record) = self.state().agents.get_mut(agent) {
            if let Some(running) = record.running.get_mut(&case) {
                *running -= 1;
            }
            record.running.retain(|_, running| *running > 0);
            record.results.extend(result.map(|result| (case, result)));
        }
        self.changed.notify_all();
    }

    /// How a case ended; where it runs, its end is waited for.
    ///
    /// # Errors
    /// When it was not run.
    pub fn verdict(&self, agent: &str, case: usize) -> Result<Verdict, Refusal> {
        let runs = |state: &mut State| state.agents.get(agent).is_some_and(|record| record.running.contains_key(&case));
        let state = self.wait_while(runs);
        let result = state.agents.get(agent).and_then(|record| record.results.get(&case));
        result.map(|result| result.verdict).ok_or_else(|| Refusal::unknown("this agent did not run that case"))
    }

    /// An agent has done with it; its cases are waited for.
    pub fn update(&self, agent: &str) {
        let runs = |state: &mut State| state.agents.get(agent).is_some_and(|record| !record.running.is_empty());
        let mut state = self.wait_while(runs);
        match state.agents.get_mut(agent) {
            Some(record) => record.has_updated = true,
            None => state.has_nobody_updated = true,
        }
    }

    fn wait_while(&self, condition: impl FnMut(&mut State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.state(), PATIENCE, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether all that came have done with it, if only one that ran no case.
    pub fn have_all_updated(&self) -> bool {
        let state = self.state();
        let came = !state.agents.is_empty() || state.has_nobody_updated;
        came && state.agents.values().all(|record| record.has_updated)
    }

    /// Waits until no case runs, or the time is over.
    pub fn wait_idle(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let runs = |state: &mut State| state.agents.values().any(|record| !record.running.is_empty());
        let _ = self.changed.wait_timeout_while(self.state(), left, runs);
    }

    /// What was seen of so many cases.
    pub fn all(&self, cases: usize) -> Vec<Agent> {
        let agent = |(name, record): (&String, &Record)| {
            let results: Vec<CaseResult> = record.results.values().cloned().collect();
            let ran = if results.len() == cases { Ran::All } else { Ran::Some(results.len(), cases) };
            Agent { name: name.clone(), results, ran }
        };
        self.state().agents.iter().map(agent).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::conform::result::Seen;

    fn result(verdict: Verdict) -> CaseResult {
        super::super::cases::all()[0].result(Seen::plain(verdict, String::new()), Duration::ZERO)
    }

    #[test]
    fn results_are_kept_by_agent() {
        let agents = Agents::default();
        agents.begin("a", 0).unwrap();
        agents.end("a", 0, Some(result(Verdict::Ok)));
        agents.begin("b", 0).unwrap();
        agents.end("b", 0, Some(result(Verdict::Failed)));
        assert_eq!(agents.verdict("a", 0), Ok(Verdict::Ok));
        assert_eq!(agents.verdict("b", 0), Ok(Verdict::Failed));
        assert_eq!(agents.verdict("b", 1).unwrap_err().status, "404 Not Found");
        let all = agents.all(2);
        assert_eq!((all[0].name.as_str(), all[0].ran), ("a", Ran::Some(1, 2)));
    }

    #[test]
    fn a_run_has_ended_when_every_agent_says_so() {
        let agents = Agents::default();
        assert!(!agents.have_all_updated());
        agents.update("nobody");
        assert!(agents.have_all_updated());
        for agent in ["a", "b"] {
            agents.begin(agent, 0).unwrap();
            agents.end(agent, 0, None);
        }
        agents.update("a");
        assert!(!agents.have_all_updated());
        agents.update("b");
        assert!(agents.have_all_updated());
    }

    #[test]
    fn agents_are_bounded() {
        let agents = Agents::default();
        for number in 0..MOST {
            agents.begin(&number.to_string(), 0).unwrap();
        }
        assert!(agents.begin("one more", 0).is_err());
        assert!(agents.begin("0", 0).is_ok());
    }

    #[test]
    fn a_value_is_fresh_once() {
        let agents = Agents::default();
        assert_eq!(agents.note_key(b"a"), Fresh::First);
        assert_eq!((agents.note_key(b"b"), agents.note_key(b"a")), (Fresh::Yes, Fresh::No));
    }
}
