//! `specgen sockets options`.

use std::fmt::Write as _;

use super::owner;
use super::table::{Align, Table};
use crate::lab::sockets::options::{Examined, OptionsReport, Reading, Verdict};
use crate::text::disarmed;

/// The report as a table a socket; with a spec, how many options differ.
pub fn options(report: &OptionsReport) -> String {
    let compared = report.target.is_some();
    let mut text = report.sockets.iter().map(|socket| section(socket, compared)).collect::<Vec<_>>().join("\n");
    if report.skipped_connections > 0 {
        let _ = writeln!(text, "\n{} more connections were not looked at", report.skipped_connections);
    }
    if let Some(target) = report.target {
        let _ = match report.differences {
            0 => writeln!(text, "\nas the spec says (target {target})"),
            1 => writeln!(text, "\n1 option differs from the spec (target {target})"),
            several => writeln!(text, "\n{several} options differ from the spec (target {target})"),
        };
    }
    text
}

fn section(socket: &Examined, compared: bool) -> String {
    let peer = socket.remote.as_ref().map(|remote| format!(" → {remote}")).unwrap_or_default();
    let alike = match socket.alike {
        0 => String::new(),
        others => format!(", and {others} more like it"),
    };
    let title = format!("{} {}{peer}, {}{alike}", socket.role.name(), disarmed(&socket.local), owner(&socket.owner));
    let mut table = match compared {
        false => Table::new(&[("OPTION", Align::Left), ("VALUE", Align::Left)]),
        true => Table::new(&[
            ("OPTION", Align::Left),
            ("VALUE", Align::Left),
            ("SPEC", Align::Left),
            ("", Align::Left),
            ("FIELD", Align::Left),
            ("NOTE", Align::Left),
        ]),
    };
    for reading in &socket.options {
        let cells = cells(reading);
        table.row(cells.into_iter().take(if compared { 6 } else { 2 }));
    }
    format!("{title}\n{}", table.render())
}

fn cells(reading: &Reading) -> [String; 6] {
    let with_unit = |value: &crate::lab::sockets::options::Value| match value.to_string() {
        number if number.starts_with(|c: char| c.is_ascii_digit()) => format!("{number}{}", reading.unit.symbol()),
        word => disarmed(&word),
    };
    let says = reading.verdict != Verdict::Unspecified;
    let left = if says && reading.verdict != Verdict::Incomparable { "kernel's" } else { "" };
    [
        reading.option.to_owned(),
        with_unit(&reading.value),
        reading.asked.as_ref().map_or_else(|| left.to_owned(), with_unit),
        reading.verdict.name().to_owned(),
        reading.field.filter(|_| says).unwrap_or_default().to_owned(),
        reading.note.clone().unwrap_or_default(),
    ]
}
