//! The report as Markdown, for pull requests and issues.

use std::fmt::Write as _;

use super::notes::notes;
use super::rows;
use crate::lab::bench::figures::Report;

/// The report as tables.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("{}.\n", rows::load(&report.load));
    if let (Some(comparison), [first, second]) = (&report.comparison, report.servers.as_slice()) {
        let _ = writeln!(text, "\n| {} / {} | ratio (95% interval) |\n|---|---|", cell(&first.url), cell(&second.url));
        for (name, ratio) in rows::comparison(comparison) {
            let _ = writeln!(text, "| {name} | {} |", rows::ratio(ratio.as_ref()));
        }
    }
    for server in &report.servers {
        let _ = writeln!(text, "\n| | {} |\n|---|---|", cell(&server.url));
        for (name, value) in rows::server(&report.load, server) {
            let _ = writeln!(text, "| {name} | {} |", cell(&value));
        }
        for counted in &server.troubles {
            let _ = writeln!(text, "| **trouble** ({} ×) | {} |", counted.count, cell(&counted.trouble.what));
        }
    }
    for note in notes(report) {
        let _ = writeln!(text, "\n> {}", cell(&note));
    }
    text
}

/// What a server says must not end a cell, or become a link, an image or HTML.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '|' | '<' | '>' | '[' | ']' | '*' | '_' | '`' | '&' | '#' | '!') {
            escaped.push('\\');
        }
        escaped.push(if character.is_control() { ' ' } else { character });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_stays_in_its_cell() {
        assert_eq!(cell("a|b\n<b>[x]"), "a\\|b \\<b\\>\\[x\\]");
    }
}
