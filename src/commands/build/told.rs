//! What a build says: of each folder what was written, or how it differs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;
use similar::TextDiff;
use specgen::model::Target;
use specgen::output::disk::Change;

use super::{Arguments, Work};
use crate::commands::report::{Report, print};
use crate::commands::{Format, Outcome};

/// How the files of a folder differ from what they are to be.
pub fn difference(work: &Work) -> String {
    let mut text = String::new();
    for (path, change) in &work.comparison.changes {
        let place = work.destination.folder.join(path);
        let old = fs::read_to_string(&place).unwrap_or_default();
        let new = match change {
            Change::Keep => continue,
            Change::Remove => "",
            Change::Create | Change::Update => work.destination.files.get(path).map_or("", |file| &*file.contents),
        };
        text += &unified(&show(&place), *change, &old, new);
    }
    text
}

/// The difference of one file.
pub fn unified(shown: &str, change: Change, old: &str, new: &str) -> String {
    let header = |exists: bool, side: &str| if exists { format!("{side}/{shown}") } else { "/dev/null".to_owned() };
    let (before, after) = (header(change != Change::Create, "a"), header(change != Change::Remove, "b"));
    TextDiff::from_lines(old, new).unified_diff().header(&before, &after).to_string()
}

/// A path as the user would write it here.
pub fn show(path: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// The closing report.
pub fn end(arguments: &Arguments, report: &Report, work: &[Work]) -> Outcome {
    match arguments.format {
        Format::Json => print(&format!("{:#}\n", as_json(report, work))),
        Format::Text if work.len() > 12 => print(&brief(work, arguments.dry_run)),
        Format::Text => print(&in_full(work, arguments.dry_run)),
    }
    report.finish()
}

fn brief(work: &[Work], dry_run: bool) -> String {
    let changed = work.iter().filter(|work| !work.comparison.is_unchanged()).count();
    let verb = if dry_run { "would be written" } else { "written" };
    format!("{changed} of {} programs {verb}, the others are unchanged\n", work.len())
}

fn in_full(work: &[Work], dry_run: bool) -> String {
    let mut text = String::new();
    for work in work {
        let changes = &work.comparison.changes;
        let count = |wanted: &[Change]| changes.values().filter(|change| wanted.contains(change)).count();
        let folder = show(&work.destination.folder);
        let (written, removed) = (count(&[Change::Create, Change::Update]), count(&[Change::Remove]));
        let _ = match (written, removed, dry_run) {
            (0, 0, _) => writeln!(text, "{folder}: unchanged"),
            (_, 0, false) => writeln!(text, "{folder}: {written} files written"),
            (_, _, false) => writeln!(text, "{folder}: {written} files written, {removed} removed"),
            (_, _, true) => writeln!(text, "{folder}: {written} files would be written, {removed} removed"),
        };
        for (path, change) in changes {
            match change {
                Change::Keep => {
                    let _ = writeln!(text, "  {path} is no longer part of it, but was edited: left alone");
                }
                _ if dry_run => {
                    let _ = writeln!(text, "  {} {path}", verb(*change));
                }
                _ => {}
            }
        }
        if !dry_run {
            let _ = writeln!(text, "  next: {}", next_step(work.target, &folder, &work.name));
        }
    }
    text
}

/// In the imperative, as wide as its like.
pub fn verb(change: Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Update => "update",
        Change::Remove => "remove",
        Change::Keep => "keep  ",
    }
}

/// The command that starts what was built.
pub fn next_step(target: Target, folder: &str, name: &str) -> String {
    match target {
        Target::C => format!("make -C {folder} && {folder}/build/{name}"),
        Target::Python => format!("cd {folder} && python3 -m server"),
        Target::Nodejs => format!("node {folder}/src/main.js"),
        Target::Rust => format!("cargo run --release --manifest-path {folder}/Cargo.toml"),
    }
}

fn as_json(report: &Report, work: &[Work]) -> serde_json::Value {
    let outputs: Vec<_> = work
        .iter()
        .map(|work| {
            let changes: BTreeMap<_, _> =
                work.comparison.changes.iter().map(|(path, change)| (path, verb(*change).trim())).collect();
            json!({
                "name": work.name,
                "target": work.target.name(),
                "folder": show(&work.destination.folder),
                "changes": changes,
            })
        })
        .collect();
    json!({"success": !report.failed(), "diagnostics": report.json(), "outputs": outputs})
}
