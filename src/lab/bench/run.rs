//! A run from the first look to the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::crew::Crew;
use super::figures::{ConnectFigures, LoadFigures, Report};
use super::files;
use super::plan::{Load, Plan, Server};
use super::process::Processes;
use super::record::{Record, Taken};
use super::sample::{Interval, Tally, Times};
use super::target::Target;
use super::versus::{Comparison, Part, order};
use super::worker::{Command, Notice, Slice};
use crate::lab::trouble::{Kind, Trouble};

/// How often is looked whether the run is to end.
const GLANCE: Duration = Duration::from_millis(50);
/// How often a server's memory is looked at.
const MEMORY: Duration = Duration::from_millis(500);
/// Latency and throughput over time have about so many points …
const POINTS: u32 = 100;
/// … which are at least so far apart.
const FINEST: Duration = Duration::from_millis(100);
/// Of two servers, each is under load for so long at a time: long beside the change from one to the other, short beside what
/// drifts on a machine.
const SLICE: Range = (Duration::from_millis(20), Duration::from_millis(100));
/// Where messages are few, at most for so long …
const LONGEST_SLICE: Duration = Duration::from_millis(500);
/// … so that each slice has about so many: its 99th percentile is of several.
const MESSAGES: f64 = 500.0;
/// Within these bounds there are so many pairs of slices.
const PAIRS: u32 = 400;

type Range = (Duration, Duration);

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    /// The first connection to a server.
    Looking {
        /// Which one.
        server: usize,
    },
    /// The others.
    Connecting {
        /// To which server.
        server: usize,
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
            self.observer.see(View::Looking { server: index });
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
            self.observer.see(View::Connecting { server, open: opened });
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

    fn load(&mut self, crew: &Crew) {
        for server in 0..self.servers.len() {
            if !self.plan.warm_up.is_zero() && self.may_go_on() {
                self.slice(crew, server, self.plan.warm_up, FINEST);
            }
        }
        if self.servers.len() == 1 {
            let interval = (self.plan.duration / POINTS).max(FINEST).min(self.plan.duration);
            if let (true, Some(taken)) = (self.may_go_on(), self.slice(crew, 0, self.plan.duration, interval)) {
                self.records[0].keep(&taken, 0.0);
            }
        } else {
            self.take_turns(crew);
        }
    }

    fn may_go_on(&self) -> bool {
        !self.is_stopped() && self.records.iter().all(|record| record.lost < self.plan.connections)
    }

    fn take_turns(&mut self, crew: &Crew) {
        let length = slice_length(self.plan);
        let pairs = (self.plan.duration.as_secs_f64() / length.as_secs_f64() / 2.0).round().max(1.0) as usize;
        let mut began = [0.0; 2];
        for pair in 0..pairs {
            let mut parts = [Part::default(), Part::default()];
            for server in order(pair) {
                if !self.may_go_on() {
                    return;
                }
                let Some(taken) = self.slice(crew, server, length, length * 1000) else { return };
                self.latest = summary(&taken.latency(), taken.seconds);
                parts[server] = taken.part();
                self.records[server].keep(&Taken { interval: taken.seconds, ..taken }, began[server]);
                began[server] += length.as_secs_f64();
                self.done += length;
            }
            self.pairs.push(parts);
        }
    }

    /// Puts load on a server; `None` if the load could not be made.
    fn slice(&mut self, crew: &Crew, server: usize, length: Duration, interval: Duration) -> Option<Taken> {
        let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let cpu_before = self.cpu_time(server);
        let (start, before) = (crew.now(), self.records[server].loaded);
        let end = start.saturating_add(nanoseconds(length));
        let slice = Slice { server, start, end, before, interval: nanoseconds(interval) };
        self.records[server].loaded += nanoseconds(length);
        crew.tell(|| Command::Load(slice));
        let (tally, intervals, end) = self.follow(crew, slice)?;
        let last = tally.last_echo.max(end);
        Some(Taken {
            cpu_seconds: self.cpu_time(server).zip(cpu_before).map(|(after, before)| after - before),
            tally,
            intervals,
            interval: interval.as_secs_f64(),
            seconds: last.saturating_sub(start) as f64 / 1e9,
        })
    }

    fn cpu_time(&self, server: usize) -> Option<f64> {
        self.records[server].processes.as_ref().ok().map(|processes| Processes::cpu_time(processes).as_secs_f64())
    }

    /// Listens until all threads are done; also gives when the load ended.
    fn follow(&mut self, crew: &Crew, slice: Slice) -> Option<(Tally, Vec<Times>, u64)> {
        let (mut tally, mut intervals) = (Tally::default(), Vec::new());
        let (mut waiting, mut end, mut memory) = (crew.len(), slice.end, Instant::now());
        while waiting > 0 {
            match crew.listen(GLANCE) {
                Some(Notice::Passed(interval)) => add(&mut intervals, &interval),
                Some(Notice::Over(other)) => {
                    tally.merge(&other);
                    waiting -= 1;
                }
                Some(Notice::Failed(why)) => {
                    self.records[slice.server].trouble(failed(&why));
                    return None;
                }
                Some(other) => self.heard(other),
                None => {}
            }
            if end == slice.end && !self.may_go_on() {
                end = end.min(crew.now());
                crew.tell(|| Command::Stop);
            }
            if memory.elapsed() > MEMORY {
                memory = Instant::now();
                self.records[slice.server].watch_memory();
            }
            self.show(crew, slice, &intervals);
        }
        Some((tally, intervals, end))
    }

    fn show(&mut self, crew: &Crew, slice: Slice, intervals: &[Times]) {
        let now = crew.now();
        let share = if self.servers.len() == 1 {
            now.saturating_sub(slice.start) as f64 / (slice.end - slice.start) as f64
        } else {
            self.done.as_secs_f64() / self.plan.duration.as_secs_f64()
        };
        // The last part is not over yet.
        if let Some(recent) = intervals.len().checked_sub(2).and_then(|index| intervals.get(index)) {
            self.latest = summary(recent, slice.interval as f64 / 1e9);
        }
        let (messages_per_second, p99_us) = self.latest;
        self.observer.see(View::Loading { share: share.min(1.0), messages_per_second, p99_us });
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

/// What is shown of a part of the time.
fn summary(times: &Times, seconds: f64) -> (f64, f64) {
    (times.count() as f64 / seconds.max(f64::EPSILON), times.percentile(99.0) as f64 / 1e3)
}

fn slice_length(plan: &Plan) -> Duration {
    let length = (plan.duration / (2 * PAIRS)).clamp(SLICE.0, SLICE.1);
    match plan.load {
        Load::InFlight(_) => length,
        Load::Rate(rate) => {
            let enough = Duration::from_secs_f64(MESSAGES / (rate * plan.connections as f64));
            length.max(enough.min(LONGEST_SLICE))
        }
    }
}

fn add(intervals: &mut Vec<Times>, interval: &Interval) {
    let index = usize::try_from(interval.index).unwrap_or(usize::MAX);
    if index >= intervals.len() {
        intervals.resize_with(index.saturating_add(1), Times::default);
    }
    intervals[index].merge(&interval.latency);
}

fn failed(why: &str) -> Trouble {
    Trouble::new(
        Kind::Local,
        format!("a thread of the load failed: {why}"),
        "the system's answer to a call of this machine",
    )
}
