//! The report on a terminal.

use std::fmt::Write as _;

use super::notes::notes;
use super::rows::{self, Row};
use crate::lab::bench::figures::Report;

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut text = format!("{}\n", rows::load(&report.load));
    for server in &report.servers {
        let _ = writeln!(text, "\n{}", server.url);
        for (name, value) in rows::server(&report.load, server) {
            line(&mut text, &(name, value));
        }
    }
    if let (Some(comparison), [first, second]) = (&report.comparison, report.servers.as_slice()) {
        let _ = writeln!(text, "\n{} / {}: ratios, and where they lie in 95 of 100 cases", first.url, second.url);
        for (name, ratio) in rows::comparison(comparison) {
            line(&mut text, &(name, rows::ratio(ratio.as_ref())));
        }
    }
    for note in notes(report) {
        let _ = writeln!(text, "\nnote: {note}");
    }
    text
}

fn line(text: &mut String, (name, value): &Row) {
    let _ = writeln!(text, "  {name:<14}{value}");
}

/// What went wrong, for standard error.
pub fn troubles(report: &Report) -> String {
    let mut text = String::new();
    for server in &report.servers {
        for counted in &server.troubles {
            let times = if counted.count > 1 { format!(" ({} connections)", counted.count) } else { String::new() };
            let _ = writeln!(
                text,
                "error: {}: {}{times}\n  = help: {}",
                server.url, counted.trouble, counted.trouble.advice
            );
        }
    }
    text
}
