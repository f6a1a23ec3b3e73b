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
/// Of two servers, each is under load for so long at a time: the shorter, the less a machine changes within a pair of slices,
/// and the more pairs there are.
const SLICE: Duration = Duration::from_millis(8);
/// Long runs have longer slices: more pairs than this tell nothing new.
const PAIRS: u32 = 1000;
/// A slice is as long as so many messages take one after the other: filling and emptying the connections is to be a small part of it.
const ROUNDS: u32 = 10;
/// In an open loop about so many messages are due in a slice: its 99th percentile is of several.
const MESSAGES: f64 = 200.0;
/// However few and slow messages are.
const LONGEST: Duration = Duration::from_millis(500);

impl Run<'_> {
    /// Puts load on one server, or on two in turns.
    pub(super) fn load(&mut self, crew: &Crew) {
        let mut usual = Duration::ZERO;
        for server in 0..self.servers.len() {
            if self.plan.warm_up.is_zero() || !self.may_go_on() {
                continue;
            }
            let warm_up = self.plan.warm_up;
            let Some(taken) = self.slice(crew, server, warm_up, interval(warm_up)) else { return };
            usual = usual.max(Duration::from_nanos(taken.latency().percentile(50.0)));
        }
        if self.servers.len() == 1 {
            let duration = self.plan.duration;
            if let (true, Some(taken)) = (self.may_go_on(), self.slice(crew, 0, duration, interval(duration))) {
                self.records[0].keep(&taken, 0.0);
            }
        } else {
            self.take_turns(crew, slice_length(self.plan, usual));
        }
    }

    fn may_go_on(&self) -> bool {
        !self.is_stopped() && self.records.iter().all(|record| record.lost < self.plan.connections)
    }

    fn take_turns(&mut self, crew: &Crew, length: Duration) {
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
            cpu_seconds: self.cpu_time(server).zip(cpu_before).map(|(after, before)| (after - before).max(0.0)),
            tally,
            intervals,
            interval: interval.as_secs_f64(),
            seconds: last.saturating_sub(start) as f64 / 1e9,
        })
    }

    fn cpu_time(&self, server: usize) -> Option<f64> {
        let processes = self.records[server].processes.as_ref().ok();
        processes.and_then(Processes::cpu_time).map(|time| time.as_secs_f64())
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

/// How far points are apart in a load of that length.
fn interval(length: Duration) -> Duration {
    (length / POINTS).max(FINEST).min(length)
}

/// How long a slice is where messages usually take so long.
fn slice_length(plan: &Plan, usual: Duration) -> Duration {
    let enough = match plan.load {
        Load::InFlight(_) => Duration::ZERO,
        Load::Rate(rate) => Duration::from_secs_f64(MESSAGES / (rate * plan.connections as f64)),
    };
    let wanted = usual.saturating_mul(ROUNDS).max(enough).min(LONGEST);
    (plan.duration / (2 * PAIRS)).max(SLICE).max(wanted)
}

fn add(intervals: &mut Vec<Times>, interval: &Interval) {
    let index = usize::try_from(interval.index).unwrap_or(usize::MAX);
    if index >= intervals.len() {
        intervals.resize_with(index.saturating_add(1), Times::default);
    }
    intervals[index].merge(&interval.latency);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::bench::plan::tests::plan;

    fn length(load: Load, seconds: u64, usual_ms: u64) -> u128 {
        let plan = Plan { connections: 100, load, duration: Duration::from_secs(seconds), ..plan() };
        slice_length(&plan, Duration::from_millis(usual_ms)).as_millis()
    }

    #[test]
    fn slices_are_as_short_as_they_may_be() {
        assert_eq!(length(Load::InFlight(1), 10, 0), 8);
        assert_eq!(length(Load::InFlight(1), 60, 0), 30, "a thousand pairs");
        assert_eq!(length(Load::InFlight(1), 10, 3), 30, "ten times the latency");
        assert_eq!(length(Load::Rate(100.0), 10, 0), 20, "200 messages");
        assert_eq!(length(Load::Rate(0.01), 10, 9000), 500);
    }
}
