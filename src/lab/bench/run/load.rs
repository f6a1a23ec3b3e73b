//! Load, slice by slice.

use std::time::{Duration, Instant};

use super::{GLANCE, Run, View, failed};
use crate::lab::bench::crew::Crew;
use crate::lab::bench::plan::{Load, Plan};
use crate::lab::bench::process::Processes;
use crate::lab::bench::record::Taken;
use crate::lab::bench::sample::{Interval, Tally, Times};
use crate::lab::bench::versus::{Part, order};
use crate::lab::bench::worker::{Command, Notice, Slice};

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

impl Run<'_> {
    /// Puts load on one server, or on two in turns.
    pub(super) fn load(&mut self, crew: &Crew) {
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
