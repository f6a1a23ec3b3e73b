//! Everything that is generated, in folders where checkers can be let loose on it.

pub mod one_file;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Result, bail, ensure};

use crate::program::{self, Target};
use crate::{choice, paths, tools};

/// How generated C is compiled: with the Makefile's warnings, each an error.
pub const C_FLAGS: &[&str] = &[
    "-std=c11",
    "-D_GNU_SOURCE",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Wstrict-prototypes",
    "-Werror",
];

/// Where specs of programs lie.
const KINDS: [&str; 3] = ["specs/examples", "specs/features", "generated-tests/specs"];

/// Generates every example, every feature spec and the laboratory's own, for one language; gives the programs' folders.
/// `SPECS=tcp-,echo` narrows a run to the specs whose names hold one of these.
///
/// # Errors
/// When `specgen` fails.
pub fn outputs(target: Target, purpose: &str) -> Result<Vec<PathBuf>> {
    generated_from(&KINDS, target, purpose, runs_here)
}

/// The same with what is for other systems alone, to be read but not compiled.
///
/// # Errors
/// When `specgen` fails.
pub fn all_outputs(target: Target, purpose: &str) -> Result<Vec<PathBuf>> {
    generated_from(&KINDS, target, purpose, |_, _| true)
}

/// The examples, and servers that know of a connection some time after it was made: their smoke tests are to be run.
///
/// # Errors
/// When `specgen` fails.
pub fn tried(target: Target, purpose: &str) -> Result<Vec<PathBuf>> {
    let late = ["tcp-broadcast-threads", "tcp-broadcast-tls", "udp-broadcast-workers", "udp-ack-broadcast"];
    let mut programs = generated_from(&["specs/examples"], target, purpose, runs_here)?;
    let wanted = |text: &str, name: &str| late.contains(&name) && runs_here(text, name);
    programs.extend(generated_from(&KINDS[1..], target, &format!("{purpose}-late"), wanted)?);
    Ok(programs)
}

/// Examples and feature specs, for what takes long.
///
/// # Errors
/// When `specgen` fails.
pub fn features(target: Target, purpose: &str) -> Result<Vec<PathBuf>> {
    generated_from(&["specs/examples", "specs/features"], target, purpose, runs_here)
}

/// The feature specs of these names.
///
/// # Errors
/// When `specgen` fails.
pub fn features_named(target: Target, names: &[&str], purpose: &str) -> Result<Vec<PathBuf>> {
    let wanted = |text: &str, name: &str| names.contains(&name) && runs_here(text, name);
    generated_from(&["specs/features"], target, purpose, wanted)
}

/// The feature specs of these names, whatever their platform.
///
/// # Errors
/// When `specgen` fails.
pub fn on_platform_named(target: Target, names: &[&str], purpose: &str) -> Result<Vec<PathBuf>> {
    generated_from(&["specs/features"], target, purpose, |_, name| names.contains(&name))
}

/// Those of all specs that name the platform.
///
/// # Errors
/// When `specgen` fails.
pub fn for_platform(target: Target, platform: &str, purpose: &str) -> Result<Vec<PathBuf>> {
    generated_from(&KINDS, target, purpose, |text, _| platforms(text).is_some_and(|names| names.contains(platform)))
}

/// The rest of the spec's line `platforms:`.
fn platforms(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("platforms:"))
}

/// A spec for other systems alone cannot be compiled here.
fn runs_here(text: &str, _: &str) -> bool {
    platforms(text).is_none_or(|names| names.contains("linux"))
}

fn generated_from(
    kinds: &[&str],
    target: Target,
    purpose: &str,
    wanted: impl Fn(&str, &str) -> bool,
) -> Result<Vec<PathBuf>> {
    let folder = paths::generated().join(format!("gate-{target}-{purpose}"));
    let _ = std::fs::remove_dir_all(&folder);
    let specgen = program::specgen()?;
    for spec in specs(kinds, target, wanted)? {
        let out = folder.join(spec.file_stem().unwrap_or_default());
        let mut command = Command::new(&specgen);
        tools::run(command.arg("build").arg(&spec).args(["--target", target.name(), "-o"]).arg(&out))?;
    }
    let mut programs: Vec<PathBuf> = vec![];
    for entry in std::fs::read_dir(&folder)? {
        programs.push(entry?.path().join(target.name()));
    }
    programs.sort();
    ensure!(!programs.is_empty(), "no specs for {target}");
    Ok(programs)
}

/// The wanted specs of these folders.
fn specs(kinds: &[&str], target: Target, wanted: impl Fn(&str, &str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = vec![];
    for kind in kinds {
        let specs: Vec<PathBuf> = paths::specs_in(&paths::root().join(kind)).unwrap_or_default();
        // The KDL twins of YAML specs say the same.
        for spec in specs.into_iter().filter(|spec| spec.extension().is_some_and(|end| end == "yaml")) {
            let text = std::fs::read_to_string(&spec)?;
            let name = spec.file_stem().unwrap_or_default().to_string_lossy();
            if chosen(&name) && names(&text, target) && wanted(&text, &name) {
                found.push(spec);
            }
        }
    }
    Ok(found)
}

/// Whether `SPECS` lets it through.
fn chosen(name: &str) -> bool {
    choice::chosen("SPECS", |wanted| name.contains(wanted))
}

/// Whether the spec's last lines, its targets, name the language.
fn names(text: &str, target: Target) -> bool {
    text.split_once("\ntargets:").is_some_and(|(_, targets)| targets.contains(target.name()))
}

/// A copy of the template of a language, as it stands: every feature on, every directive a comment.
///
/// # Errors
/// When it cannot be copied.
pub fn template(target: Target, purpose: &str) -> Result<PathBuf> {
    let copy = paths::generated().join(format!("template-{target}-{purpose}"));
    let _ = std::fs::remove_dir_all(&copy);
    copy_folder(&paths::root().join("templates").join(target.name()), &copy)?;
    Ok(copy)
}

/// Copies a folder, but for what builds leave in it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if !["build", "node_modules", "__pycache__"].iter().any(|skipped| name == *skipped) {
                copy_folder(&entry.path(), &to.join(&name))?;
            }
        } else {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// All files below `folders` whose names end so, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folders: &[PathBuf], ends: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = vec![];
    let mut waiting: Vec<PathBuf> = folders.to_vec();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| ends.iter().any(|wanted| end == *wanted)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The first of each of the files that have the same name and content: checkers that look at a file by itself find the same in all of them.
///
/// # Errors
/// When a file cannot be read.
pub fn distinct(files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut seen = HashSet::new();
    let mut first = vec![];
    for file in files {
        let name = file.file_name().map(OsStr::to_owned);
        if seen.insert((name, std::fs::read(&file)?)) {
            first.push(file);
        }
    }
    Ok(first)
}

/// The C sources of each program, but for those that are in an earlier one already, with all that they include there: a compiler finds the same in
/// both.
///
/// # Errors
/// When a file cannot be read.
pub fn distinct_units(programs: &[PathBuf]) -> Result<Vec<Vec<PathBuf>>> {
    let mut seen = HashSet::new();
    let mut units = vec![];
    for program in programs {
        let roots = [program.join("src"), program.join("tests")];
        let mut own = vec![];
        for source in files(&roots, &["c"])? {
            if seen.insert(unit(program, &source, &roots)?) {
                own.push(source);
            }
        }
        units.push(own);
    }
    Ok(units)
}

/// A source and the program's files that it includes, by their places in the program.
fn unit(program: &Path, source: &Path, roots: &[PathBuf]) -> Result<BTreeMap<PathBuf, String>> {
    let mut unit = BTreeMap::new();
    let mut waiting = vec![source.to_owned()];
    while let Some(file) = waiting.pop() {
        let place = file.strip_prefix(program)?.to_owned();
        if unit.contains_key(&place) {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        let included = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include \""));
        for name in included.filter_map(|rest| rest.split('"').next()) {
            // As a compiler looks for it: beside the file first.
            let folders = file.parent().into_iter().chain(roots.iter().map(PathBuf::as_path));
            waiting.extend(folders.map(|folder| folder.join(name)).find(|path| path.is_file()));
        }
        unit.insert(place, text);
    }
    Ok(unit)
}

/// Runs all commands, two at a time, and reports every failure.
///
/// # Errors
/// When one fails or prints a warning.
pub fn run_all(commands: Vec<Command>) -> Result<()> {
    let waiting = Mutex::new(VecDeque::from(commands));
    let failures = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.pop_front());
                    let Some(mut command) = next else { break };
                    if let (Err(error), Ok(mut failures)) = (silent(&mut command), failures.lock()) {
                        failures.push(format!("{error:#}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    if failures.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = failures.iter().take(8).map(String::as_str).collect();
    bail!("{} commands failed:\n{}", failures.len(), shown.join("\n"))
}

/// Success includes that nothing was said on standard error.
fn silent(command: &mut Command) -> Result<()> {
    let output = tools::run(command)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.is_empty(), "{command:?} said:\n{said}");
    Ok(())
}
