//! What README.md and docs/sockets.md say.

use std::fs;
use std::net::TcpStream;
use std::path::Path;

use specgen::lab::sockets::options::SocketOption;
use specgen::lab::sockets::{Owner, StatesReport, states, text};

use super::lab::{attempt, finding, listener};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The report with the address, the owner and the number of drops that the README shows.
fn as_shown(mut report: StatesReport) -> StatesReport {
    let listener = &mut report.listeners[0];
    let (local, drops) = (listener.local.to_string(), listener.drops());
    listener.local = "127.0.0.1:9001".parse().unwrap();
    listener.owners = vec![Owner { pid: 4242, name: "echo".to_owned(), fd: 5 }];
    listener.memory.as_mut().unwrap().drops = 1;
    for finding in &mut report.findings {
        finding.what = finding.what.replace(&format!(", {drops} dropped"), ", 1 dropped");
        for text in finding.examples.iter_mut().chain([&mut finding.what]) {
            *text = text.replace(&local, "127.0.0.1:9001");
        }
    }
    report
}

#[test]
fn the_states_of_the_readme_are_what_is_printed() {
    let readme = document("README.md");
    let (_, shown) = readme.split_once("$ specgen sockets states --port 9001\n").unwrap();
    let (shown, _) = shown.split_once("\n```").unwrap();
    let (listening, port) = listener(128, |_| ());
    let _waiting: Vec<_> = (0..129).map(|_| TcpStream::connect(listening.local_addr().unwrap()).unwrap()).collect();
    let _dropped = attempt(&listening);
    finding(&["states", "--port", &port], "accept-queue");
    let report = as_shown(states(Some(port.parse().unwrap())).unwrap());
    assert_eq!(text::states(&report).trim_end(), shown);
}

#[test]
fn every_option_that_is_compared_is_documented() {
    let page = document("docs/sockets.md");
    for option in SocketOption::ALL {
        if let Some(field) = option.field() {
            let row = format!("| `{}` | `{field}` |", option.name());
            assert!(page.contains(&row), "no row {row}");
        }
    }
}
