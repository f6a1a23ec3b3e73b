//! What a run found.

use serde::Serialize;

use super::sample::{Counts, Times};
use super::target::Look;
use crate::lab::trouble::Trouble;

/// Percentiles that are reported.
const REPORTED: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// Everything about a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every connection stood and every answer was an echo.
    pub success: bool,
    /// It was ended before its time.
    pub interrupted: bool,
    /// What was done.
    pub load: LoadFigures,
    /// One or two servers.
    pub servers: Vec<ServerFigures>,
    /// The first server beside the second.
    pub comparison: Option<super::versus::Comparison>,
}

/// The load.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadFigures {
    /// Connections to each server.
    pub connections: usize,
    /// In an open loop, for each connection.
    pub messages_per_second: Option<f64>,
    /// In a closed loop, on each connection.
    pub in_flight: Option<u32>,
    /// Bytes of a message.
    pub size: usize,
    /// permessage-deflate was offered.
    pub compression: bool,
    /// Asked for, in seconds.
    pub duration: f64,
    /// Before that, in seconds.
    pub warm_up: f64,
    /// That make it.
    pub threads: usize,
}

/// What was found of a server.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFigures {
    /// Where it is.
    pub url: String,
    /// What the first connection saw.
    pub look: Option<Look>,
    /// How connections were made.
    pub connect: Option<ConnectFigures>,
    /// What was measured.
    pub measured: Option<Measured>,
    /// Its process, or why there are no figures of it.
    pub process: Process,
    /// What went wrong, each kind once.
    pub troubles: Vec<Counted>,
}

/// A trouble, and how many connections had it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// What.
    #[serde(flatten)]
    pub trouble: Trouble,
}

/// How connections were made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectFigures {
    /// How many stood.
    pub opened: usize,
    /// From the first to the last, handshakes included.
    pub seconds: f64,
    /// Of that time.
    pub per_second: f64,
}

/// What was measured under load.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Until the last echo, or the end of the load.
    pub seconds: f64,
    /// Messages, datagrams and bytes.
    #[serde(flatten)]
    pub counts: Counts,
    /// Messages that were due and did not come back.
    pub unanswered: u64,
    /// That came back.
    pub messages_per_second: f64,
    /// Of a message, from when it was due (open loop) or sent (closed loop) to its echo.
    pub latency: Latency,
    /// How late the load generator noticed that a message was due, in an open loop.
    pub lateness: Option<Latency>,
    /// The share of the time in which the load generator's threads were busy, 0–1, where the system tells it.
    pub busy: Option<f64>,
    /// Parts of the time, in order.
    pub series: Vec<Point>,
    /// The whole distribution.
    pub distribution: Vec<Percentile>,
}

/// Times in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    pub max_us: f64,
}

/// A part of the time under load.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// Its middle, in seconds since the load began.
    pub at: f64,
    /// That came back in it.
    pub messages_per_second: f64,
    /// Median latency, in microseconds.
    pub p50_us: f64,
    /// In microseconds.
    pub p99_us: f64,
}

/// A point of the distribution.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Percentile {
    /// So many percent of the messages …
    pub percent: f64,
    /// … came back within so many microseconds.
    pub us: f64,
}

/// A server's process.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Process {
    /// It runs here, and was looked at.
    Seen(ProcessFigures),
    /// Nothing can be said, and why.
    Unseen(String),
}

/// What a server's processes used.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessFigures {
    /// The name of the first, as the system shows it.
    pub name: String,
    /// All of them.
    pub pids: Vec<u32>,
    /// CPU time of the system and of the program, in microseconds for each message that came back.
    pub cpu_us_per_message: Option<f64>,
    /// Cores that were busy on average.
    pub cores: Option<f64>,
    /// Resident memory before the first connection, in bytes.
    pub resident_before: u64,
    /// When all connections stood, in bytes.
    pub resident_connected: Option<u64>,
    /// The most that was seen, in bytes.
    pub resident_most: u64,
    /// What a connection added to the resident memory, in bytes.
    pub resident_per_connection: Option<f64>,
}

impl Latency {
    /// The figures of a distribution; zeros if it is empty.
    pub fn of(times: &Times) -> Self {
        let [p50_us, p90_us, p99_us, p99_9_us] = REPORTED.map(|percent| micros(times.percentile(percent)));
        Self { mean_us: times.mean() / 1e3, p50_us, p90_us, p99_us, p99_9_us, max_us: micros(times.max()) }
    }
}

/// Microseconds of nanoseconds.
pub(super) fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}

/// Points from the median to the maximum, each halving what is left to 100 percent.
pub(super) fn distribution(times: &Times) -> Vec<Percentile> {
    let mut points = Vec::new();
    let mut left = 100.0;
    // Beyond one message in all there is nothing to tell apart.
    while left > 100.0 / (times.count().max(1) as f64) {
        points.extend([left, left * 0.75].map(|left| at(times, 100.0 - left)));
        left /= 2.0;
    }
    points.push(at(times, 100.0));
    points
}

fn at(times: &Times, percent: f64) -> Percentile {
    Percentile { percent, us: micros(times.percentile(percent)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_goes_to_the_last_message() {
        let mut times = Times::default();
        (1..=1000).for_each(|value| times.record(value * 1_000_000));
        let points = distribution(&times);
        assert!((points[0].us - 1000.0).abs() < 2.0, "{:?}", points[0]);
        let last = points[points.len() - 1];
        assert!(last.percent == 100.0 && (last.us - 1e6).abs() < 1e3, "{last:?}");
        assert!(points.windows(2).all(|pair| pair[0].us <= pair[1].us && pair[0].percent < pair[1].percent));
        assert!(points.len() < 30);
    }
}
