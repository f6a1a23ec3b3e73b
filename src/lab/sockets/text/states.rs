//! `specgen sockets states`.

use super::table::{Align, Table};
use super::{findings, owners, size};
use crate::lab::sockets::StatesReport;

/// The report as tables: listeners, states, UDP sockets; then what is wrong.
pub fn states(report: &StatesReport) -> String {
    let mut parts = Vec::new();
    let titled =
        [("Listeners", listeners(report)), ("Connections", counts(report)), ("UDP sockets", datagrams(report))];
    for (title, table) in titled {
        if !table.is_empty() {
            parts.push(format!("{title}\n{}", table.render()));
        }
    }
    if parts.is_empty() {
        parts.push("no sockets\n".to_owned());
    }
    let found = findings(&report.findings);
    parts.join("\n") + if found.is_empty() { "\nnothing to complain of\n" } else { &found }
}

fn listeners(report: &StatesReport) -> Table {
    let mut table = Table::new(&[
        ("ADDRESS", Align::Left),
        ("WAITING", Align::Right),
        ("BACKLOG", Align::Right),
        ("DROPS", Align::Right),
        ("OWNER", Align::Left),
    ]);
    for socket in &report.listeners {
        let (waiting, backlog) = socket.accept_queue().unwrap_or_default();
        let numbers = [waiting, backlog, socket.drops()].map(|number| number.to_string());
        table.row([socket.local.to_string()].into_iter().chain(numbers).chain([owners(&socket.owners)]));
    }
    table
}

fn counts(report: &StatesReport) -> Table {
    let mut table = Table::new(&[
        ("STATE", Align::Left),
        ("COUNT", Align::Right),
        ("RECV-Q", Align::Right),
        ("SEND-Q", Align::Right),
    ]);
    for counted in &report.states {
        let numbers =
            [counted.count as u64, counted.receive_queue, counted.send_queue].map(|number| number.to_string());
        table.row([counted.state.to_string()].into_iter().chain(numbers));
    }
    table
}

fn datagrams(report: &StatesReport) -> Table {
    let mut table = Table::new(&[
        ("ADDRESS", Align::Left),
        ("RECV-Q", Align::Right),
        ("SEND-Q", Align::Right),
        ("BUFFER", Align::Right),
        ("DROPS", Align::Right),
        ("OWNER", Align::Left),
    ]);
    for socket in &report.datagrams {
        let (received, sent) = socket.bytes();
        let buffer = socket.memory.map_or_else(String::new, |memory| size(memory.receive_buffer));
        let cells = [received.to_string(), sent.to_string(), buffer, socket.drops().to_string()];
        table.row([socket.local.to_string()].into_iter().chain(cells).chain([owners(&socket.owners)]));
    }
    table
}
