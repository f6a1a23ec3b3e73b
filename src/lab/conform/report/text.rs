//! For a terminal: one line a case that is not OK, and a summary by group.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Report;
use crate::lab::conform::id::Id;
use crate::lab::conform::verdict::Verdict;

/// Cases that are named for each reason to skip them.
const NAMED: usize = 6;

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    for result in &report.results {
        if matches!(result.verdict, Verdict::Failed | Verdict::NonStrict) {
            let _ = writeln!(text, "{:<10} {:<8} {}", result.verdict, result.id.to_string(), result.title);
            let why = result.why.join("; ");
            let _ = writeln!(text, "{:<19} {} ({})", "", why, result.section);
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for group in &report.groups {
        let _ = writeln!(text, "{:>3}  {:<38} {}", group.number, group.name, group.counts.shown());
    }
    skipped(report, &mut text);
    let _ = writeln!(text, "\n{}: {}", report.server, report.counts.shown());
    differences(report, &mut text);
    if let Some(stopped) = &report.stopped {
        let _ = writeln!(text, "stopped: {stopped}; {}", stopped.advice);
    }
    text
}

/// Why cases say nothing about the server, and how many for each reason.
fn skipped(report: &Report, text: &mut String) {
    let mut reasons: BTreeMap<String, Vec<&Id>> = BTreeMap::new();
    for result in report.results.iter().filter(|result| result.verdict == Verdict::Skipped) {
        reasons.entry(result.why.join("; ")).or_default().push(&result.id);
    }
    if !reasons.is_empty() {
        text.push_str("\nSKIPPED:\n");
    }
    for (reason, ids) in reasons {
        let ids: Vec<String> = ids.into_iter().map(Id::to_string).collect();
        let more = ids.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = &ids[..ids.len().min(NAMED)];
        let _ = writeln!(text, "  {reason}: {}{more}", named.join(", "));
    }
}

fn differences(report: &Report, text: &mut String) {
    let Some(differences) = &report.autobahn else { return };
    if differences.is_empty() {
        text.push_str("the Autobahn suite says the same of every case\n");
        return;
    }
    let _ = writeln!(text, "the Autobahn suite differs (events / ending):");
    for difference in differences {
        let _ = writeln!(text, "  {:<8} here {}, there {}", difference.id, difference.ours, difference.theirs);
    }
}
