pub mod one_file;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;
use similar::TextDiff;
use specgen::diagnostics::{Diagnostic, codes};
use specgen::model::Target;
use specgen::output::FileMap;
use specgen::output::disk::{Change, Comparison, Destination, Writer, compare, recover};
use specgen::source::Source;
use specgen::{Analysis, analyse, generate};

use super::report::{Deny, Report, print};
use super::{Format, Outcome, commit, input};

/// Generate servers into <OUT>/<TARGET>; several specs go into <OUT>/<NAME>/<TARGET>; `-o server.c` is one file
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Spec files, folders of them, or `-` for standard input
    #[arg(required = true)]
    specs: Vec<PathBuf>,
    /// The output folder; or a file whose name ends in .c, for the C program of one spec
    #[arg(short, long, default_value = "out")]
    output: PathBuf,
    /// Only these of the spec's targets
    #[arg(long, value_name = "TARGET", value_parser = parse_target, value_delimiter = ',')]
    target: Vec<Target>,
    /// Write nothing; show the difference and exit 1 if there is one
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Write nothing; list what would change
    #[arg(long)]
    dry_run: bool,
    /// Replace generated files that were edited by hand
    #[arg(long)]
    force: bool,
    /// Take warnings for errors
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How to report
    #[arg(long, default_value = "text")]
    format: Format,
}

pub fn parse_target(name: &str) -> Result<Target, String> {
    Target::find(name).ok_or_else(|| "choices: c, python, nodejs, rust".to_owned())
}

/// One spec on its way through the build.
struct Job {
    source: Source,
    analysis: Analysis,
}

/// One target's folder, compared.
struct Work {
    target: Target,
    name: String,
    /// Without its files once they are staged.
    destination: Destination,
    comparison: Comparison,
    /// Why the changes cannot be staged.
    failure: Option<Diagnostic>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    match one_file::language(&arguments.output) {
        Some(language) => one_file::run(arguments, language),
        None => build_folders(arguments),
    }
}

fn build_folders(arguments: &Arguments) -> Outcome {
    let mut report = Report::new(arguments.format, arguments.deny);
    let jobs = read(arguments, &mut report);
    if !report.failed() {
        refuse_equal_names(&jobs, &mut report);
        refuse_absent_targets(&jobs, &arguments.target, &mut report);
    }
    if report.failed() {
        return end(arguments, &report, &[]);
    }
    let out = absolute(&arguments.output);
    if let (false, Err(problem)) = (arguments.check || arguments.dry_run, recover(&out)) {
        report.add(&problem, None);
        let _ = end(arguments, &report, &[]);
        return Outcome::Environment;
    }
    let several = jobs.len() > 1;
    let writer = (!arguments.check && !arguments.dry_run).then(|| Writer::new(&out));
    let prepare = |job| prepare(job, arguments, &out, several, writer.as_ref());
    let work: Vec<Work> = jobs.par_iter().flat_map_iter(prepare).collect();
    for problem in work.iter().flat_map(|work| &work.comparison.problems) {
        report.add(problem, None);
    }
    if report.failed() {
        return end(arguments, &report, &[]);
    }
    if arguments.check {
        return check(arguments, &report, &work);
    }
    let failure = work.iter().find_map(|work| work.failure.clone());
    let written = match (failure, writer) {
        (Some(problem), _) => Err(problem),
        (None, Some(writer)) => writer.finish(&commit::commit),
        (None, None) => Ok(()),
    };
    if let Err(problem) = written {
        report.add(&problem, None);
        let _ = end(arguments, &report, &[]);
        return Outcome::Environment;
    }
    end(arguments, &report, &work)
}

fn read(arguments: &Arguments, report: &mut Report) -> Vec<Job> {
    let sources = input::read_all(&arguments.specs);
    let analysed: Vec<Result<Job, Diagnostic>> =
        sources.into_par_iter().map(|source| source.map(|source| Job { analysis: analyse(&source), source })).collect();
    let mut jobs = Vec::new();
    for job in analysed {
        match job {
            Ok(job) => {
                report.add_all(&job.analysis.diagnostics, Some(&job.source));
                jobs.push(job);
            }
            Err(problem) => report.add(&problem, None),
        }
    }
    jobs
}

fn name_of(job: &Job) -> &str {
    job.analysis.model.as_ref().map_or("", |model| &model.name)
}

fn refuse_equal_names(jobs: &[Job], report: &mut Report) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for job in jobs {
        if let Some(other) = first.insert(name_of(job), &job.source.name) {
            let message = format!("{other} and {} are both named `{}`", job.source.name, name_of(job));
            report.add(&Diagnostic::new(&codes::NAME_TAKEN, message).help("rename one of them"), None);
        }
    }
}

fn refuse_absent_targets(jobs: &[Job], targets: &[Target], report: &mut Report) {
    for job in jobs {
        let Some(model) = &job.analysis.model else { continue };
        for target in targets {
            if model.targets.iter().all(|plan| plan.target != *target) {
                let message = format!("{} has no target `{}`", job.source.name, target.name());
                let help = format!("add `{}` to its `targets`", target.name());
                report.add(&Diagnostic::new(&codes::MISSING, message).help(help), None);
            }
        }
    }
}

/// Without links and `..`, so that the folder beside which a build is staged is known.
fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    fs::canonicalize(&absolute).unwrap_or(absolute)
}

/// Generates and compares a spec's targets. With a writer their changes are staged at once, so that no more than a few programs
/// are in memory, however many specs there are.
fn prepare(job: &Job, arguments: &Arguments, out: &Path, several: bool, writer: Option<&Writer>) -> Vec<Work> {
    let Some(model) = &job.analysis.model else { return Vec::new() };
    let base = if several { out.join(&model.name) } else { out.to_owned() };
    let wanted = |target: &Target| arguments.target.is_empty() || arguments.target.contains(target);
    let targets = model.targets.iter().map(|plan| plan.target).filter(wanted);
    targets
        .filter_map(|target| {
            let files = generate(&job.analysis, target)?;
            let mut destination = Destination { folder: base.join(target.name()), files };
            let comparison = compare(out, &destination, arguments.force);
            let mut failure = None;
            if let Some(writer) = writer.filter(|_| comparison.problems.is_empty()) {
                failure = writer.stage(&destination, &comparison).err();
                destination.files = FileMap::default();
            }
            Some(Work { target, name: model.name.clone(), destination, comparison, failure })
        })
        .collect()
}

/// The gate of a repository's CI.
fn check(arguments: &Arguments, report: &Report, work: &[Work]) -> Outcome {
    let differing: Vec<&Work> = work.iter().filter(|work| !work.comparison.is_unchanged()).collect();
    if arguments.format == Format::Json {
        let _ = end(arguments, report, work);
    } else {
        for work in &differing {
            print(&difference(work));
        }
    }
    if differing.is_empty() {
        return report.finish();
    }
    let folders: Vec<String> = differing.iter().map(|work| show(&work.destination.folder)).collect();
    drift(&folders.join(", "))
}

fn drift(places: &str) -> Outcome {
    let drift = Diagnostic::new(&codes::DRIFT, format!("{places} differs from what the spec gives"))
        .help("run `specgen build` and commit the result");
    let mut report = Report::new(Format::Text, None);
    report.add(&drift, None);
    report.finish()
}

fn difference(work: &Work) -> String {
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
fn unified(shown: &str, change: Change, old: &str, new: &str) -> String {
    let header = |exists: bool, side: &str| if exists { format!("{side}/{shown}") } else { "/dev/null".to_owned() };
    let (before, after) = (header(change != Change::Create, "a"), header(change != Change::Remove, "b"));
    TextDiff::from_lines(old, new).unified_diff().header(&before, &after).to_string()
}

/// The name of a file, as far as it is a text.
pub fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path as the user would write it here.
fn show(path: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

fn end(arguments: &Arguments, report: &Report, work: &[Work]) -> Outcome {
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

fn verb(change: Change) -> &'static str {
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
