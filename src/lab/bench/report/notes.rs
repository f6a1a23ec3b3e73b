//! What is to be known before the figures are believed.

use super::show::{plural, time};
use crate::lab::bench::figures::{LoadFigures, Measured, Report, ServerFigures};

/// The share of the time from which on the load generator may be what limits the figures.
const BUSY: f64 = 0.9;

/// Every note on a run.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let interrupted = report.interrupted.then(|| "the run was ended before its time".to_owned());
    let of_servers = report.servers.iter().flat_map(|server| of_server(&report.load, server));
    interrupted.into_iter().chain(of_servers).collect()
}

fn of_server(load: &LoadFigures, server: &ServerFigures) -> Vec<String> {
    let uncompressed = load.compression && has_no_extension(server);
    let compression = uncompressed.then(|| "it does not take permessage-deflate: nothing was compressed".to_owned());
    let measured = server.measured.as_ref();
    // What lost connections owe is no sign of a slow server.
    let slow = measured.filter(|_| server.troubles.is_empty()).and_then(unanswered);
    let notes = [measured.and_then(busy), slow, measured.and_then(late), compression];
    notes.into_iter().flatten().map(|note| format!("{}: {note}", server.url)).collect()
}

fn has_no_extension(server: &ServerFigures) -> bool {
    let answer = server.look.as_ref().and_then(|look| look.answer.as_ref());
    answer.is_some_and(|answer| answer.extension.is_none())
}

fn busy(measured: &Measured) -> Option<String> {
    let busy = measured.busy.filter(|busy| *busy > BUSY)? * 100.0;
    Some(format!(
        "the threads of the load were {busy:.0}% busy: they may be what limits the figures; give them more (--threads), or \
         another machine"
    ))
}

fn unanswered(measured: &Measured) -> Option<String> {
    let messages = plural(measured.unanswered, "message");
    (measured.unanswered > 0)
        .then(|| format!("{messages} did not come back in time: the server does not keep up with this load"))
}

fn late(measured: &Measured) -> Option<String> {
    let lateness = measured.lateness.filter(|lateness| lateness.p99_us > measured.latency.p50_us)?;
    Some(format!(
        "the load generator was up to {} late (p99), which the latencies hold: this machine is busy with other things",
        time(lateness.p99_us)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::bench::{Latency, Times};

    fn measured(busy: f64, unanswered: u64, late_us: u64) -> Measured {
        let times = |microseconds: u64| {
            let mut times = Times::default();
            times.record(microseconds * 1000);
            Latency::of(&times)
        };
        Measured {
            seconds: 1.0,
            counts: Default::default(),
            unanswered,
            messages_per_second: 1.0,
            latency: times(100),
            lateness: Some(times(late_us)),
            busy: Some(busy),
            series: Vec::new(),
            distribution: Vec::new(),
        }
    }

    #[test]
    fn doubtful_figures_have_a_note() {
        let good = measured(0.5, 0, 50);
        assert_eq!((busy(&good), unanswered(&good), late(&good)), (None, None, None));
        let bad = measured(0.97, 3, 500);
        assert!(busy(&bad).unwrap().starts_with("the threads of the load were 97% busy"));
        assert!(unanswered(&bad).unwrap().starts_with("3 messages did not come back"));
        assert!(late(&bad).unwrap().contains("500 µs late"));
    }
}
