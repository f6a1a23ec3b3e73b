//! All cases against a server, several at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::case::Case;
use super::client::Server;
use super::frame::{Cut, Frame, TEXT};
use super::id::Id;
use super::profile::Profile;
use super::result::CaseResult;
use super::session::{Allowance, Session};
use super::trial;
use crate::lab::trouble::{Kind, Trouble};

/// After so many cases in a row in which a server says nothing it is asked whether it is there.
const MUTE: usize = 16;
/// Cases that are run at a time on any machine: most of them wait.
const FEWEST: usize = 8;
const HELLO: &str = "Hello";
/// How long its echo may take.
const ECHO: Duration = Duration::from_secs(8);

/// What was found out.
#[derive(Clone, Debug)]
pub struct Findings {
    /// In the order of their numbers.
    pub results: Vec<CaseResult>,
    /// Why not all cases were run.
    pub stopped: Option<Trouble>,
}

/// Cases that are being run.
struct Run<'a> {
    server: &'a Server,
    results: Mutex<Vec<CaseResult>>,
    /// Cases in a row in which nothing came.
    mute: AtomicUsize,
    /// Held by whoever asks whether the server is still there.
    asking: Mutex<()>,
    stopped: OnceLock<Trouble>,
    done: &'a (dyn Fn(&CaseResult) + Sync),
}

/// Runs the cases, `jobs` at a time, and tells of each that is done.
///
/// # Errors
/// When there is no server that accepts a connection and answers at all.
pub fn run(
    server: &Server,
    cases: &[Case],
    jobs: usize,
    done: &(dyn Fn(&CaseResult) + Sync),
) -> Result<Findings, Trouble> {
    probe(server)?;
    let run = Run {
        server,
        results: Mutex::default(),
        mute: AtomicUsize::new(0),
        asking: Mutex::default(),
        stopped: OnceLock::new(),
        done,
    };
    // What needs patience first: it would wait for what needs the processor.
    let (heavy, light): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_heavy());
    run.all(&light, jobs);
    run.all(&heavy, jobs);
    let mut results = run.results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Findings { results, stopped: run.stopped.into_inner() })
}

/// How many cases are run at a time: as many as are `asked` for, or two for each core and 8 at least; no more than the server takes.
pub fn jobs(asked: Option<usize>, profile: &Profile) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let wanted = asked.unwrap_or((cores * 2).max(FEWEST));
    // A server may count a connection for a while behind its end.
    let most = profile.connections.map_or(usize::MAX, |connections| connections / 2);
    wanted.min(most).max(1)
}

impl Run<'_> {
    fn all(&self, cases: &[&Case], jobs: usize) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..jobs.min(cases.len()) {
                scope.spawn(|| {
                    while self.stopped.get().is_none() {
                        let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                        self.one(case);
                    }
                });
            }
        });
    }

    fn one(&self, case: &Case) {
        let result = trial::run(case, self.server);
        (self.done)(&result);
        let mute = if result.mute { self.mute.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        if mute == 0 {
            self.mute.store(0, Ordering::Relaxed);
        }
        let id = result.id.clone();
        if let Ok(mut results) = self.results.lock() {
            results.push(result);
        }
        if mute >= MUTE {
            self.ask(&id);
        }
    }

    /// Whether the server is still there: it may leave unanswered what it was asked.
    fn ask(&self, id: &Id) {
        let Ok(_asking) = self.asking.lock() else { return };
        // Somebody else may have asked in the meantime.
        if self.stopped.get().is_some() || self.mute.load(Ordering::Relaxed) < MUTE {
            return;
        }
        match probe(self.server) {
            Ok(()) => self.mute.store(0, Ordering::Relaxed),
            Err(trouble) => {
                let what = format!("the server answers no more, about since case {id}: {trouble}");
                let _ = self.stopped.set(Trouble::new(trouble.kind, what, trouble.advice));
            }
        }
    }
}

/// Whether a server is there, accepts a connection, and answers a message with anything.
///
/// # Errors
/// When it does not.
pub fn probe(server: &Server) -> Result<(), Trouble> {
    let upgraded = server.upgrade(None).map_err(|none| none.trouble)?;
    let until = Instant::now() + ECHO;
    let mut session = Session::new(upgraded, until, Allowance::echoes(1, HELLO.len()));
    session.send(&[Frame::new(TEXT, HELLO)], Cut::Nowhere);
    let answered = session.next(until).is_some() || !session.faults.is_empty() || session.end.is_some();
    session.close(&1000_u16.to_be_bytes());
    if answered {
        return Ok(());
    }
    Err(Trouble::new(
        Kind::TimedOut,
        format!("the server accepted the connection, and did not answer a text message within {} s", ECHO.as_secs()),
        "conform sends messages and wants them back: the server has to be one that echoes",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_no_more_than_a_server_takes() {
        let within = |connections| Profile { connections: Some(connections), ..Profile::default() };
        assert_eq!(jobs(Some(3), &Profile::default()), 3);
        assert!(jobs(None, &Profile::default()) >= 8);
        assert_eq!(jobs(Some(200), &within(10)), 5);
        assert_eq!((jobs(None, &within(1)), jobs(Some(4), &within(0))), (1, 1));
        assert_eq!(jobs(Some(4), &within(10_000)), 4);
    }
}
