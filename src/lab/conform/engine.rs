//! All cases against a server, several at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::case::Case;
use super::client::Server;
use super::frame::{Cut, Frame, TEXT};
use super::id::Id;
use super::result::CaseResult;
use super::session::{Allowance, Session};
use super::trial;
use crate::lab::trouble::{Kind, Trouble};

/// After so many cases in a row in which a server says nothing it is asked whether it is there.
const MUTE: usize = 16;
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
    stop: AtomicBool,
    stopped: Mutex<Option<Trouble>>,
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
        stop: AtomicBool::new(false),
        stopped: Mutex::default(),
        done,
    };
    // What needs patience first: it would wait for what needs the processor.
    let (heavy, light): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_heavy());
    run.all(&light, jobs);
    run.all(&heavy, jobs);
    let mut results = run.results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by(|a, b| a.id.cmp(&b.id));
    let stopped = run.stopped.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    Ok(Findings { results, stopped })
}

impl Run<'_> {
    fn all(&self, cases: &[&Case], jobs: usize) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..jobs.min(cases.len()) {
                scope.spawn(|| {
                    while !self.stop.load(Ordering::Relaxed) {
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
        let Ok(mut stopped) = self.stopped.lock() else { return };
        // Somebody else may have asked in the meantime.
        if stopped.is_some() || self.mute.load(Ordering::Relaxed) < MUTE {
            return;
        }
        match probe(self.server) {
            Ok(()) => self.mute.store(0, Ordering::Relaxed),
            Err(trouble) => {
                self.stop.store(true, Ordering::Relaxed);
                let what = format!("the server answers no more, about since case {id}: {trouble}");
                *stopped = Some(Trouble::new(trouble.kind, what, trouble.advice));
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
