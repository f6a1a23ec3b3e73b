//! What is kept of a server during a run.

use super::figures::{
    ConnectFigures, Counted, Latency, Measured, Point, Process, ProcessFigures, ServerFigures, distribution, micros,
};
use super::plan::Server;
use super::process::Processes;
use super::sample::{Tally, Times};
use super::target::Look;
use super::versus::Part;
use crate::lab::endpoint::Scheme;
use crate::lab::sockets::Protocol;
use crate::lab::trouble::{Kind, Trouble};

/// Different troubles that are kept: nobody reads more.
const MOST_TROUBLES: usize = 20;

/// What is kept of a server.
pub(super) struct Record {
    url: String,
    pub(super) look: Option<Look>,
    pub(super) connect: Option<ConnectFigures>,
    pub(super) processes: Result<Processes, String>,
    resident_before: u64,
    resident_connected: Option<u64>,
    resident_most: u64,
    troubles: Vec<Counted>,
    /// Connections that are lost.
    pub(super) lost: usize,
    /// Under load so far, planned, in nanoseconds.
    pub(super) loaded: u64,
    seconds: f64,
    latency: Times,
    tally: Tally,
    /// Of the server's processes, as long as all of them are there.
    cpu_seconds: Option<f64>,
    series: Vec<Point>,
    measured: bool,
}

/// What a slice of load gave.
pub(super) struct Taken {
    pub(super) tally: Tally,
    /// Latencies of parts of the slice, in order.
    pub(super) intervals: Vec<Times>,
    /// Length of a part, in seconds.
    pub(super) interval: f64,
    /// Until the last echo, or the end, in seconds.
    pub(super) seconds: f64,
    /// Of the server's processes.
    pub(super) cpu_seconds: Option<f64>,
}

impl Taken {
    /// Latencies of the whole slice.
    pub(super) fn latency(&self) -> Times {
        let mut all = Times::default();
        self.intervals.iter().for_each(|interval| all.merge(interval));
        all
    }

    /// As part of a comparison.
    pub(super) fn part(&self) -> Part {
        let (messages, latency) = (self.tally.counts.echoed as f64, self.latency());
        let positive = |value: f64| Some(value).filter(|value| *value > 0.0);
        let percentile = |percent: f64| positive(messages).map(|_| latency.percentile(percent).max(1) as f64);
        Part {
            messages_per_second: positive(self.seconds).and_then(|seconds| positive(messages / seconds)),
            p50: percentile(50.0),
            p99: percentile(99.0),
            cpu_per_message: self
                .cpu_seconds
                .and_then(positive)
                .and_then(|seconds| Some(seconds / positive(messages)?)),
        }
    }
}

impl Record {
    /// Nothing yet.
    pub(super) fn new(server: &Server) -> Self {
        Self {
            url: server.endpoint.to_string(),
            look: None,
            connect: None,
            processes: Err("it was not looked for".to_owned()),
            resident_before: 0,
            resident_connected: None,
            resident_most: 0,
            troubles: Vec::new(),
            lost: 0,
            loaded: 0,
            seconds: 0.0,
            latency: Times::default(),
            tally: Tally::default(),
            cpu_seconds: Some(0.0),
            series: Vec::new(),
            measured: false,
        }
    }

    /// Looks for the server's processes.
    pub(super) fn find_processes(&mut self, server: &Server) {
        self.processes = match &self.look {
            Some(look) if look.local => {
                let is_udp = server.endpoint.scheme == Scheme::Udp;
                Processes::find(look.address, if is_udp { Protocol::Udp } else { Protocol::Tcp }, server.pid)
            }
            Some(_) => Err("the server is not on this machine".to_owned()),
            None => Err("the server was not reached".to_owned()),
        };
    }

    /// Adds a trouble, or counts it.
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        if let Some(known) = self.troubles.iter_mut().find(|known| known.trouble == trouble) {
            known.count += 1;
        } else if self.troubles.len() < MOST_TROUBLES {
            self.troubles.push(Counted { count: 1, trouble });
        }
    }

    /// Whether all went well so far.
    pub(super) fn is_well(&self) -> bool {
        self.troubles.is_empty()
    }

    /// No connection stands yet.
    pub(super) fn before_connections(&mut self) {
        self.resident_before = self.processes.as_ref().map_or(0, Processes::resident);
        self.resident_most = self.resident_before;
    }

    /// All connections stand.
    pub(super) fn after_connections(&mut self) {
        self.resident_connected = self.processes.as_ref().ok().map(Processes::resident);
        self.watch_memory();
    }

    /// Looks at the memory meanwhile.
    pub(super) fn watch_memory(&mut self) {
        let resident = self.processes.as_ref().map_or(0, Processes::resident);
        self.resident_most = self.resident_most.max(resident);
    }

    /// Keeps a slice.
    pub(super) fn keep(&mut self, taken: &Taken, began: f64) {
        self.measured = true;
        self.seconds += taken.seconds;
        self.tally.merge(&taken.tally);
        self.cpu_seconds = self.cpu_seconds.zip(taken.cpu_seconds).map(|(so_far, more)| so_far + more);
        self.latency.merge(&taken.latency());
        for (index, interval) in taken.intervals.iter().enumerate().filter(|(_, interval)| interval.count() > 0) {
            self.series.push(Point {
                at: began + (index as f64 + 0.5) * taken.interval,
                messages_per_second: interval.count() as f64 / taken.interval,
                p50_us: micros(interval.percentile(50.0)),
                p99_us: micros(interval.percentile(99.0)),
            });
        }
    }

    /// The figures.
    pub(super) fn figures(mut self, threads: usize, connections: usize, open_loop: bool) -> ServerFigures {
        let counts = self.tally.counts;
        if self.measured && counts.due > 0 && counts.echoed == 0 && self.is_well() {
            self.trouble(Trouble::new(
                Kind::TimedOut,
                "no message came back while there was load",
                "the first one did: is the server busy, or does it limit rates (limits.messages_per_second)?",
            ));
        }
        ServerFigures {
            measured: self.measured.then(|| self.measured(threads, open_loop)),
            process: self.process(connections),
            url: self.url,
            look: self.look,
            connect: self.connect,
            troubles: self.troubles,
        }
    }

    fn measured(&self, threads: usize, open_loop: bool) -> Measured {
        let counts = self.tally.counts;
        let seconds = self.seconds.max(f64::EPSILON);
        let busy = |cpu: u64| cpu as f64 / 1e9 / threads.max(1) as f64 / seconds;
        Measured {
            seconds: self.seconds,
            counts,
            unanswered: counts.due.saturating_sub(counts.echoed + counts.lost),
            messages_per_second: counts.echoed as f64 / seconds,
            latency: Latency::of(&self.latency),
            lateness: open_loop.then(|| Latency::of(&self.tally.lateness)),
            busy: self.tally.cpu.map(busy),
            series: self.series.clone(),
            distribution: distribution(&self.latency),
        }
    }

    fn process(&self, connections: usize) -> Process {
        let processes = match &self.processes {
            Ok(processes) => processes,
            Err(why) => return Process::Unseen(why.clone()),
        };
        let echoed = self.tally.counts.echoed;
        let cpu = self.cpu_seconds.filter(|_| self.measured);
        let grown = self.resident_connected.map(|connected| connected as f64 - self.resident_before as f64);
        Process::Seen(ProcessFigures {
            name: processes.name.clone(),
            pids: processes.pids.clone(),
            cpu_us_per_message: cpu.filter(|_| echoed > 0).map(|seconds| seconds * 1e6 / echoed as f64),
            cores: cpu.map(|seconds| seconds / self.seconds.max(f64::EPSILON)),
            resident_before: self.resident_before,
            resident_connected: self.resident_connected,
            resident_most: self.resident_most,
            resident_per_connection: grown.map(|grown| grown.max(0.0) / connections.max(1) as f64),
        })
    }
}
