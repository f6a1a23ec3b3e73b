//! A run from the first look to the figures.

mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::crew::Crew;
use super::figures::{ConnectFigures, LoadFigures, Report};
use super::files;
use super::plan::{Load, Plan, Server};
use super::record::Record;
use super::target::Target;
use super::versus::{Comparison, Part};
use super::worker::{Command, Notice};
use crate::lab::trouble::{Kind, Trouble};

/// How often is looked whether the run is to end.
const GLANCE: Duration = Duration::from_millis(50);
/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    /// The first connection to a server.
    Looking,
    /// The others.
    Connecting {
        /// How many stand.
        open: usize,
    },
    /// Load.
    Loading {
        /// Of the time, 0–1.
        share: f64,
        /// That came back lately.
        messages_per_second: f64,
        /// Of the latency lately, in microseconds.
        p99_us: f64,
    },
}

/// Who watches.
pub trait Observer {
    /// Is told a few times a second, and when something else begins.
    fn see(&mut self, view: View);
}

struct Run<'a> {
    plan: &'a Plan,
    servers: &'a [Server],
    stop: &'a AtomicBool,
    observer: &'a mut dyn Observer,
    records: Vec<Record>,
    pairs: Vec<[Part; 2]>,
    /// Load that was put on all servers, of the planned.
    done: Duration,
    /// Messages a second and the 99th percentile in microseconds, of the last part of the time that is over.
    latest: (f64, f64),
}

/// Measures one server, or two in turns, until done or until `stop` is set. Whatever goes wrong stands in the report.
pub fn run(plan: &Plan, servers: &[Server], stop: &AtomicBool, observer: &mut dyn Observer) -> Report {
    files::raise_limit();
    let records = servers.iter().map(Record::new).collect();
    let mut run =
        Run { plan, servers, stop, observer, records, pairs: Vec::new(), done: Duration::ZERO, latest: (0.0, 0.0) };
    let threads = run.measure();
    run.report(threads)
}

impl Run<'_> {
    /// Gives how many threads made the load.
    fn measure(&mut self) -> usize {
        let Some(targets) = self.look() else { return 0 };
        let crew = match Crew::start(self.plan, &targets) {
            Ok(crew) => crew,
            Err(error) => {
                self.records[0].trouble(Trouble::from_io(&error, "starting the threads of the load"));
                return 0;
            }
        };
        let threads = crew.len();
        if (0..self.servers.len()).all(|server| self.open(&crew, server)) {
            self.load(&crew);
        }
        crew.dismiss();
        threads
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn is_well(&self) -> bool {
        self.records.iter().all(Record::is_well)
    }

    /// A first look at all servers.
    fn look(&mut self) -> Option<Vec<Arc<Target>>> {
        let mut targets = Vec::new();
        for (index, server) in self.servers.iter().enumerate() {
            self.observer.see(View::Looking);
            let record = &mut self.records[index];
            match Target::look(server, self.plan) {
                Ok((target, look)) => {
                    record.look = Some(look);
                    targets.push(Arc::new(target));
                }
                Err(trouble) => record.trouble(trouble),
            }
            record.find_processes(server);
        }
        (targets.len() == self.servers.len()).then_some(targets)
    }

    /// Makes all connections to a server; whether they stand.
    fn open(&mut self, crew: &Crew, server: usize) -> bool {
        self.records[server].before_connections();
        let (began, mut last, mut opened) = (Instant::now(), Instant::now(), 0);
        let (mut waiting, mut stopping) = (crew.len(), false);
        crew.tell(|| Command::Open(server));
        while waiting > 0 {
            match crew.listen(GLANCE) {
                Some(Notice::Opened) => (opened, last) = (opened + 1, Instant::now()),
                Some(Notice::AllOpened) => waiting -= 1,
                Some(Notice::Failed(why)) => {
                    self.records[server].trouble(failed(&why));
                    break;
                }
                Some(other) => self.heard(other),
                None => {}
            }
            self.observer.see(View::Connecting { open: opened });
            if self.is_stopped() && !stopping {
                stopping = true;
                crew.tell(|| Command::Stop);
            }
        }
        let seconds = (last - began).as_secs_f64();
        let per_second = opened as f64 / seconds.max(1e-6);
        self.records[server].connect = Some(ConnectFigures { opened, seconds, per_second });
        self.records[server].after_connections();
        !stopping && opened == self.plan.connections && self.is_well()
    }

    /// What is told at any time.
    fn heard(&mut self, notice: Notice) {
        // What ends the run may end the server too: what it does then is nobody's fault.
        if let (Notice::Lost(server, trouble), false) = (notice, self.is_stopped()) {
            self.records[server].lost += 1;
            self.records[server].trouble(trouble);
        }
    }

    fn report(self, threads: usize) -> Report {
        let Plan { connections, load, duration, warm_up, size, .. } = *self.plan;
        let comparison = (self.servers.len() == 2).then(|| Comparison::of(&self.pairs));
        let interrupted = self.is_stopped();
        let open_loop = matches!(load, Load::Rate(_));
        let servers: Vec<_> =
            self.records.into_iter().map(|record| record.figures(threads, connections, open_loop)).collect();
        Report {
            success: servers.iter().all(|server| server.troubles.is_empty() && server.measured.is_some()),
            interrupted,
            load: LoadFigures {
                connections,
                messages_per_second: if let Load::Rate(rate) = load { Some(rate) } else { None },
                in_flight: if let Load::InFlight(count) = load { Some(count) } else { None },
                size,
                compression: self.plan.opening.compression,
                duration: duration.as_secs_f64(),
                warm_up: warm_up.as_secs_f64(),
                threads,
            },
            servers,
            comparison,
        }
    }
}

fn failed(why: &str) -> Trouble {
    Trouble::new(
        Kind::Local,
        format!("a thread of the load failed: {why}"),
        "the system's answer to a call of this machine",
    )
}
