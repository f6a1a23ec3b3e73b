//! `build -o server.c`: a program that is one file.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use specgen::backend::OneFile;
use specgen::diagnostics::{Diagnostic, codes};
use specgen::generate_one_file;
use specgen::model::{App, Model, Target};
use specgen::output::disk::Change;
use specgen::output::single::{compare, unusable};

use super::told::{show, unified, verb};
use super::{Arguments, drift, named, read, refuse_absent_targets};
use crate::commands::report::{Report, print};
use crate::commands::whole::write_whole;
use crate::commands::{Format, Outcome};

/// A program and where it goes.
pub struct Placed {
    /// The program.
    pub file: OneFile,
    place: PathBuf,
    /// Nothing where the file is as it is to be.
    change: Option<Change>,
}

/// The language whose file that is by its name, unless it is a folder's.
pub fn language(output: &Path) -> Option<Target> {
    if output.as_os_str().to_string_lossy().ends_with(std::path::is_separator) || output.is_dir() {
        return None;
    }
    match output.extension()?.to_str()? {
        "c" => Some(Target::C),
        "py" => Some(Target::Python),
        "js" | "mjs" | "cjs" => Some(Target::Nodejs),
        "rs" => Some(Target::Rust),
        _ => None,
    }
}

pub fn run(arguments: &Arguments, language: Target) -> Outcome {
    let mut report = Report::new(arguments.format, arguments.deny);
    let jobs = read(arguments, &mut report);
    let misuse = misuse(&arguments.output, language, jobs.len()).or_else(|| not_for(&arguments.target));
    if let Some(problem) = misuse.filter(|_| !report.failed()) {
        report.add(&problem, None);
        let _ = end(arguments, &report, None);
        return Outcome::Usage;
    }
    refuse_absent_targets(&jobs, &[Target::C], &mut report);
    let model = jobs.first().and_then(|job| job.analysis.model.as_ref());
    model.and_then(refuse_custom).iter().for_each(|problem| report.add(problem, None));
    let file = jobs.first().and_then(|job| generate_one_file(&job.analysis, &named(&arguments.output)));
    let (Some(model), Some(file), false) = (model, file, report.failed()) else { return end(arguments, &report, None) };
    match Placed::compare(&arguments.output, file, arguments.force) {
        Ok(placed) => carry_out(arguments, report, model, &placed),
        Err(problem) => {
            report.add(&problem, None);
            end(arguments, &report, None)
        }
    }
}

/// Why the command line makes no sense.
pub fn misuse(output: &Path, language: Target, specs: usize) -> Option<Diagnostic> {
    let (reason, help) = match (language, specs) {
        (Target::C, 0 | 1) => return None,
        (Target::C, _) => (format!("{} is one file, and there are {specs} specs", output.display()), FOLDER),
        _ => (format!("{} would be a {} program in one file", output.display(), language.name()), ONLY_C),
    };
    Some(Diagnostic::new(&codes::NOT_ONE_FILE, reason).help(help))
}

const FOLDER: &str = "name a folder with -o";
const ONLY_C: &str = "only C is written as one file; name a folder with -o";

fn not_for(targets: &[Target]) -> Option<Diagnostic> {
    let other = targets.iter().find(|target| **target != Target::C)?;
    let message = format!("--target {} is no C file", other.name());
    Some(Diagnostic::new(&codes::NOT_ONE_FILE, message).help(ONLY_C))
}

/// What is the user's stays a file of its own.
pub fn refuse_custom(model: &Model) -> Option<Diagnostic> {
    let message = "the handlers of `app: custom` are a file of yours";
    let problem = || Diagnostic::new(&codes::NOT_ONE_FILE, message).help(FOLDER);
    (model.app == App::Custom).then(problem)
}

impl Placed {
    /// Compares with what is there.
    pub fn compare(place: &Path, file: OneFile, force: bool) -> Result<Self, Diagnostic> {
        let change = compare(place, &file.text, force)?;
        Ok(Self { file, place: place.to_owned(), change })
    }

    /// Writes it, if it is another.
    pub fn write(&self) -> Result<(), Diagnostic> {
        if self.change.is_none() {
            return Ok(());
        }
        let folder = folder(&self.place).map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| write_whole(&self.place, &self.file.text)).map_err(|error| unusable(&self.place, &error))
    }

    /// The command that compiles and starts it.
    pub fn next_step(&self) -> String {
        let there = folder(&self.place).map(|folder| format!("cd {} && ", folder.display())).unwrap_or_default();
        format!("{there}{} && ./{}", self.file.command, self.file.program)
    }

    fn difference(&self) -> String {
        let old = fs::read_to_string(&self.place).unwrap_or_default();
        self.change.map_or_else(String::new, |change| unified(&show(&self.place), change, &old, &self.file.text))
    }

    fn in_full(&self, dry_run: bool) -> String {
        let place = self.place.display();
        let next = format!("  next: {}\n", self.next_step());
        match (self.change, dry_run) {
            (None, true) => format!("{place}: unchanged\n"),
            (None, false) => format!("{place}: unchanged\n{next}"),
            (Some(_), true) => format!("{place}: would be written\n"),
            (Some(_), false) => format!("{place}: written\n{next}"),
        }
    }

    fn as_json(&self, name: &str) -> serde_json::Value {
        let place = show(&self.place);
        let changes: serde_json::Map<_, _> =
            self.change.iter().map(|change| (place.clone(), json!(verb(*change)))).collect();
        json!({"name": name, "target": "c", "file": place, "changes": changes})
    }
}

/// The folder of a file, unless that is the current one.
fn folder(place: &Path) -> Option<&Path> {
    place.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn carry_out(arguments: &Arguments, mut report: Report, model: &Model, placed: &Placed) -> Outcome {
    if arguments.check {
        return check(arguments, &report, model, placed);
    }
    let written = if arguments.dry_run { Ok(()) } else { placed.write() };
    if let Err(problem) = written {
        report.add(&problem, None);
        let _ = end(arguments, &report, None);
        return Outcome::Environment;
    }
    end(arguments, &report, Some((model, placed)))
}

fn check(arguments: &Arguments, report: &Report, model: &Model, placed: &Placed) -> Outcome {
    match arguments.format {
        Format::Json => drop(end(arguments, report, Some((model, placed)))),
        Format::Text => print(&placed.difference()),
    }
    match placed.change {
        None => report.finish(),
        Some(_) => drift(&show(&placed.place)),
    }
}

fn end(arguments: &Arguments, report: &Report, done: Option<(&Model, &Placed)>) -> Outcome {
    let outputs: Vec<_> = done.iter().map(|(model, placed)| placed.as_json(&model.name)).collect();
    let report_of = json!({"success": !report.failed(), "diagnostics": report.json(), "outputs": outputs});
    match (arguments.format, done) {
        (Format::Json, _) => print(&format!("{report_of:#}\n")),
        (Format::Text, Some((_, placed))) => print(&placed.in_full(arguments.dry_run)),
        (Format::Text, None) => {}
    }
    report.finish()
}
