//! The lines of a report, the same in every format.

use super::show::{bytes, count, figure, plural, rate, time};
use crate::lab::bench::figures::{Latency, LoadFigures, Measured, Process, ProcessFigures, ServerFigures};
use crate::lab::bench::versus::{Comparison, Ratio};

/// A name, and what is said to it.
pub(super) type Row = (&'static str, String);

/// The load in a sentence.
pub(super) fn load(load: &LoadFigures) -> String {
    let connections = plural(load.connections as u64, "connection");
    let flow = match (load.messages_per_second, load.in_flight) {
        (Some(1.0), _) => "1 message a second on each".to_owned(),
        (Some(rate), _) => format!("{rate} messages a second on each"),
        (None, in_flight) => format!("{} in flight on each", plural(in_flight.unwrap_or_default().into(), "message")),
    };
    let size = plural(load.size as u64, "byte");
    let threads = if load.threads > 0 { format!(", {}", plural(load.threads as u64, "thread")) } else { String::new() };
    format!("{connections}, {flow}, {size} a message, {} s{threads}", load.duration)
}

/// What is said of a server.
pub(super) fn server(load: &LoadFigures, server: &ServerFigures) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(look) = &server.look {
        rows.extend(look.encryption.clone().map(|encryption| ("encryption", encryption)));
        if let Some(answer) = &look.answer {
            let agreed = [&answer.subprotocol, &answer.extension].into_iter().flatten();
            let parts: Vec<&str> = std::iter::once(&answer.status).chain(agreed).map(String::as_str).collect();
            rows.push(("handshake", parts.join("; ")));
        }
    }
    if let Some(connect) = &server.connect {
        let opened = plural(connect.opened as u64, "connection");
        rows.push(("connect", format!("{opened} in {:.2} s: {}/s", connect.seconds, rate(connect.per_second))));
    }
    if let Some(measured) = &server.measured {
        rows.extend(measured_rows(load, measured));
    }
    rows.extend(process(&server.process));
    rows
}

fn measured_rows(load: &LoadFigures, measured: &Measured) -> Vec<Row> {
    let counts = &measured.counts;
    let asked = load.messages_per_second.map(|rate_of_each| rate_of_each * load.connections as f64);
    let asked = asked.map(|asked| format!(" of {} asked for", rate(asked))).unwrap_or_default();
    let per_second = |number: u64| bytes(number as f64 / measured.seconds.max(f64::EPSILON));
    let mut rows = vec![
        ("throughput", format!("{} messages/s{asked}", rate(measured.messages_per_second))),
        (
            "bytes",
            format!("{}/s sent, {}/s received", per_second(counts.bytes_sent), per_second(counts.bytes_received)),
        ),
        ("messages", messages(measured)),
        ("latency", latency(&measured.latency)),
    ];
    let busy = measured.busy.map(|busy| format!("threads {:.0}% busy", busy * 100.0));
    let late = measured
        .lateness
        .map(|late| format!("messages noticed to be due after {} (p99 {})", time(late.p50_us), time(late.p99_us)));
    let generator: Vec<String> = busy.into_iter().chain(late).collect();
    rows.push(("generator", generator.join("; ")));
    rows
}

fn messages(measured: &Measured) -> String {
    let counts = &measured.counts;
    let mut text =
        format!("{} due, {} sent, {} came back", count(counts.due), count(counts.sent), count(counts.echoed));
    for (number, what) in
        [(measured.unanswered, "did not in time"), (counts.lost, "lost"), (counts.repeated, "repeated or too late")]
    {
        if number > 0 {
            text += &format!(", {} {what}", count(number));
        }
    }
    text
}

fn latency(latency: &Latency) -> String {
    let Latency { mean_us, p50_us, p90_us, p99_us, p99_9_us, max_us } = *latency;
    let named =
        [("p50", p50_us), ("p90", p90_us), ("p99", p99_us), ("p99.9", p99_9_us), ("max", max_us), ("mean", mean_us)];
    named.map(|(name, value)| format!("{name} {}", time(value))).join(", ")
}

fn process(process: &Process) -> Vec<Row> {
    match process {
        Process::Unseen(why) => vec![("process", format!("left out: {why}"))],
        Process::Seen(figures) => {
            let mut rows = vec![("process", named(figures))];
            if let (Some(cost), Some(cores)) = (figures.cpu_us_per_message, figures.cores) {
                rows.push(("CPU", format!("{} µs a message, {} cores", figure(cost), figure(cores))));
            }
            rows.push(("memory", memory(figures)));
            rows
        }
    }
}

fn named(figures: &ProcessFigures) -> String {
    let pids: Vec<String> = figures.pids.iter().map(u32::to_string).collect();
    format!("{} ({})", figures.name, pids.join(", "))
}

fn memory(figures: &ProcessFigures) -> String {
    let mut text = format!("{} before", bytes(figures.resident_before as f64));
    if let (Some(connected), Some(each)) = (figures.resident_connected, figures.resident_per_connection) {
        text += &format!(", {} connected ({} a connection)", bytes(connected as f64), bytes(each));
    }
    text + &format!(", at most {}", bytes(figures.resident_most as f64))
}

/// The first server beside the second.
pub(super) fn comparison(comparison: &Comparison) -> Vec<(&'static str, Option<Ratio>)> {
    vec![
        ("messages/s", comparison.throughput),
        ("latency p50", comparison.p50),
        ("latency p99", comparison.p99),
        ("CPU a message", comparison.cpu_per_message),
    ]
}

/// A ratio with its interval.
pub(super) fn ratio(ratio: Option<&Ratio>) -> String {
    match ratio {
        Some(Ratio { ratio, low, high }) => format!("{ratio:.3} ({low:.3}–{high:.3})"),
        None => "–".to_owned(),
    }
}
