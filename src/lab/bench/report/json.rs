//! The report for programs.

use serde_json::{Value, json};

use super::notes::notes;
use crate::lab::bench::figures::Report;

/// The report as one object: what every command of the lab says, and all figures.
pub fn json(report: &Report) -> Value {
    let first = report.servers.first();
    let metrics = first.and_then(|server| server.measured.as_ref()).map(|measured| {
        json!({
            "messagesSent": measured.counts.sent,
            "messagesReceived": measured.counts.echoed,
            "messagesPerSecond": measured.messages_per_second,
            "avgLatencyMs": measured.latency.mean_us / 1e3,
            "latencyMs": {
                "p50": measured.latency.p50_us / 1e3,
                "p90": measured.latency.p90_us / 1e3,
                "p99": measured.latency.p99_us / 1e3,
                "p99.9": measured.latency.p99_9_us / 1e3,
                "max": measured.latency.max_us / 1e3,
            },
        })
    });
    let troubles = || report.servers.iter().flat_map(|server| &server.troubles);
    let found = troubles().map(|counted| counted.trouble.what.clone());
    json!({
        "operation": "bench",
        "target": first.map(|server| &server.url),
        "status": if report.success { "success" } else { "failure" },
        "interrupted": report.interrupted,
        "metrics": metrics,
        "load": report.load,
        "servers": report.servers,
        "comparison": report.comparison,
        "findings": found.chain(notes(report)).collect::<Vec<_>>(),
        "recommendations": troubles().map(|counted| &counted.trouble.advice).collect::<Vec<_>>(),
    })
}
