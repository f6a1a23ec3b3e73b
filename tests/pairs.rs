//! Small pairs: some lines of a spec above, what they change in the programs' configuration below.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use specgen::model::Target;
use specgen::source::{Notation, Source};
use specgen::{analyse, generate};

const BASE: &str = "specgen: 1\nname: demo\ntype: websocket\ntargets: [c, python, nodejs, rust]\n";

const CONFIGURATION: [(Target, &str); 4] = [
    (Target::C, "src/config.h"),
    (Target::Python, "server/config.py"),
    (Target::Nodejs, "src/config.js"),
    (Target::Rust, "src/config.rs"),
];

fn configuration(spec: &str, target: Target, path: &str) -> String {
    let source = Source::from_bytes("pair.yaml", spec.as_bytes(), Some(Notation::Yaml)).unwrap();
    let analysis = analyse(&source);
    let files = generate(&analysis, target).unwrap_or_else(|| panic!("{:?}", analysis.diagnostics));
    files.get(path).unwrap().contents.to_string()
}

/// The changed lines of every configuration, without their surroundings.
fn pair(lines: &str) -> String {
    let mut text = format!("{lines}\n");
    for (target, path) in CONFIGURATION {
        let (before, after) =
            (configuration(BASE, target, path), configuration(&format!("{BASE}{lines}\n"), target, path));
        text.push_str(&format!("--- {}/{path}\n", target.name()));
        for change in similar::TextDiff::from_lines(&*before, &*after).iter_all_changes() {
            match change.tag() {
                similar::ChangeTag::Delete => text.push_str(&format!("- {}", change.value())),
                similar::ChangeTag::Insert => text.push_str(&format!("+ {}", change.value())),
                similar::ChangeTag::Equal => {}
            }
        }
    }
    text
}

macro_rules! pairs {
    ($($name:ident $lines:literal)*) => {
        $(#[test]
        fn $name() {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("../snapshots");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(stringify!($name), pair($lines)));
        })*
    };
}

pairs! {
    listen "listen: {host: \"::1\", port: 0, backlog: 5}"
    message_limit "limits: 64KiB"
    rates "limits: {messages_per_second: 5, bytes_per_second: 1MB}"
    one_client "limits: {connections_per_client: 3}"
    idle "timeouts: {idle: 1500ms}"
    no_heartbeat "heartbeat: 0s"
    any_path "websocket: \"*\""
    origins "websocket: {origins: [\"https://example.org\", \"null\"]}"
    subprotocol "websocket: {subprotocols: [v1]}"
    fragments "websocket: {fragment_size: 4KiB}"
    no_compression "websocket: {compression: false}"
    windows "websocket: {compression: {server_max_window_bits: 9, client_no_context_takeover: false}}"
    quotes "websocket: \"/'\\\"\\\\\""
    overflow "buffers: {overflow: drop, high_watermark: 64KiB}"
    log "log: {format: json, level: warn}"
}
