pub mod one_file;
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use specgen::diagnostics::{Diagnostic, codes};
use specgen::model::Target;
use specgen::output::FileMap;
use specgen::output::disk::{Comparison, Destination, Writer, compare, recover};
use specgen::source::Source;
use specgen::{Analysis, analyse, generate};

pub use told::next_step;
use told::{difference, end, show};

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

/// The name of a file, as far as it is a text.
pub fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
