//! The results as a page of Markdown.

use std::fmt::Write as _;

use super::{ROWS, Results};

/// What the project promises: ours, theirs, row, at most this ratio.
const PROMISES: &[(&str, &str, usize, f64)] = &[
    ("specgen c", "fastwebsockets", 1, 0.3),
    ("specgen rust", "fastwebsockets", 1, 0.3),
    ("specgen nodejs", "ws", 1, 0.6),
    ("specgen python", "websockets", 1, 0.4),
    ("specgen python", "websockets", 0, 1.0),
    ("specgen nodejs", "ws", 0, 1.0),
    ("specgen nodejs", "ws", 2, 1.0),
    ("specgen nodejs", "ws", 3, 1.0),
    ("specgen c", "tokio-websockets", 0, 1.1),
    ("specgen c", "tokio-websockets", 2, 1.1),
    ("specgen c", "tokio-websockets", 3, 1.1),
    ("specgen rust", "tokio-websockets", 0, 1.1),
    ("specgen rust", "tokio-websockets", 2, 1.1),
    ("specgen rust", "tokio-websockets", 3, 1.1),
];

const HEAD: &str = "\
# Benchmarks

`cargo xtask bench --write` makes this page. All servers echo binary messages without compression on one machine (Linux,
x86-64, a virtual machine with two cores) over loopback, the server on one core and the load on the other. The figure is the
server's own CPU time per message in microseconds: user and system time of all its threads, divided by the messages it
echoed. Rounds are interleaved, the median of the rounds is shown. Compare within this table only.
";

pub fn markdown(results: &Results, idle: &[(String, u64)]) -> String {
    let mut text = format!("{HEAD}\n## CPU time per echoed message, µs\n\n");
    figures(&mut text, results);
    text += "\n## Promises\n\n| | beside | load | ratio | promised | kept |\n|---|---|---|---|---|---|\n";
    for promise in PROMISES {
        ratio(&mut text, results, *promise);
    }
    text += "\n## Memory of an idle connection\n\n10,000 connections after their handshake, growth of the resident memory.\n\n";
    text += "| server | bytes per connection |\n|---|---|\n";
    for (name, bytes) in idle {
        let _ = writeln!(text, "| {name} | {bytes} |");
    }
    text
}

fn figures(text: &mut String, results: &Results) {
    let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    let _ = writeln!(text, "| server | {} |\n|---{}|", names.join(" | "), "|---".repeat(ROWS.len()));
    for (name, row) in results {
        let cells: Vec<String> = row.iter().map(|value| figure(*value)).collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
}

fn figure(microseconds: f64) -> String {
    match microseconds {
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

fn ratio(text: &mut String, results: &Results, (ours, theirs, row, most): (&str, &str, usize, f64)) {
    let find = |name: &str| results.iter().find(|(found, _)| found == name).map(|(_, rows)| rows[row]);
    if let (Some(ours_took), Some(theirs_took)) = (find(ours), find(theirs)) {
        let ratio = ours_took / theirs_took;
        let kept = if ratio <= most { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {ours} | {theirs} | {} | {ratio:.2} | ≤ {most} | {kept} |", ROWS[row].name);
    }
}
