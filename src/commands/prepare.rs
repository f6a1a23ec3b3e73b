//! From a spec to a program that can be started: generated into a cache, and compiled.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use specgen::diagnostics::{Diagnostic, codes};
use specgen::model::{Model, Target};
use specgen::output::disk::{Destination, Writer, compare, recover};
use specgen::output::hash;
use specgen::{Analysis, analyse, generate};

use super::report::Report;
use super::{Outcome, commit, input};

/// A program that can be started.
#[derive(Debug)]
pub struct Prepared {
    /// What it was generated from.
    pub model: Model,
    /// Its language.
    pub target: Target,
    folder: PathBuf,
}

/// Generates one target of a spec (without a choice, its first) and compiles it. What is wrong is in the report.
///
/// # Errors
/// How the command ends: the report is finished.
pub fn prepare(
    spec: &Path,
    target: Option<Target>,
    cache: Option<&Path>,
    report: &mut Report,
) -> Result<Prepared, Outcome> {
    let analysis = read(spec, report);
    let target = target.or_else(|| Some(analysis.model.as_ref()?.targets.first()?.target));
    let (Some(model), Some(target), false) = (&analysis.model, target, report.failed()) else {
        return Err(report.finish());
    };
    let Some(files) = generate(&analysis, target) else {
        let message = format!("the spec has no target `{}`", target.name());
        report.add(&Diagnostic::new(&codes::MISSING, message).help("add it to its `targets`"), None);
        return Err(report.finish());
    };
    let key = &hash(format!("{}\n{}", specgen::VERSION, analysis.canonical).as_bytes())[..16];
    let out = cache_folder(cache).join(format!("{}-{key}", model.name));
    let destination = Destination { folder: out.join(target.name()), files };
    let prepared = Prepared { model: model.clone(), target, folder: destination.folder.clone() };
    place(&out, &destination, true).and_then(|()| prepared.compile()).map_err(|problem| {
        report.add(&problem, None);
        let _ = report.finish();
        Outcome::Environment
    })?;
    Ok(prepared)
}

fn read(spec: &Path, report: &mut Report) -> Analysis {
    let mut analysis = Analysis { model: None, canonical: String::new(), diagnostics: Vec::new() };
    for source in input::read_all(&[spec.to_owned()]) {
        match source {
            Ok(source) => {
                analysis = analyse(&source);
                report.add_all(&analysis.diagnostics, Some(&source));
            }
            Err(problem) => report.add(&problem, None),
        }
    }
    analysis
}

fn cache_folder(given: Option<&Path>) -> PathBuf {
    let folder = given.map(Path::to_owned).or_else(|| {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
        let base =
            std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from).or_else(home)?;
        Some(base.join("specgen"))
    });
    let folder = folder.unwrap_or_else(|| std::env::temp_dir().join("specgen"));
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Writes one program. `force`: edited files are replaced.
///
/// # Errors
/// What stands in the way; nothing was written then.
pub fn place(out: &Path, destination: &Destination, force: bool) -> Result<(), Diagnostic> {
    recover(out)?;
    let mut comparison = compare(out, destination, force);
    if let Some(problem) = comparison.problems.pop() {
        return Err(problem);
    }
    let writer = Writer::new(out);
    writer.stage(destination, &comparison)?;
    writer.finish(&commit::commit)
}

impl Prepared {
    fn compile(&self) -> Result<(), Diagnostic> {
        match self.target {
            Target::C => {
                let mut make = Command::new("make");
                compile(make.arg("-s").arg("-C").arg(&self.folder), "make", self.install())
            }
            Target::Rust => {
                let mut cargo = Command::new("cargo");
                cargo.args(["build", "--release", "--quiet", "--manifest-path"]).arg(self.folder.join("Cargo.toml"));
                compile(&mut cargo, "cargo", self.install())
            }
            Target::Python | Target::Nodejs => Ok(()),
        }
    }

    /// The command that starts it, from its own folder where the language asks for that.
    pub fn command(&self) -> Command {
        match self.target {
            Target::C => Command::new(self.folder.join("build").join(&self.model.name)),
            Target::Python => {
                let mut python = Command::new("python3");
                python.arg("-m").arg("server").current_dir(&self.folder);
                python
            }
            Target::Nodejs => {
                let mut node = Command::new("node");
                node.arg(self.folder.join("src/main.js"));
                node
            }
            Target::Rust => {
                let mut cargo = Command::new("cargo");
                cargo.args(["run", "--release", "--quiet", "--manifest-path"]).arg(self.folder.join("Cargo.toml"));
                cargo
            }
        }
    }

    /// How to come by what the language needs.
    fn install(&self) -> &'static str {
        match self.target {
            Target::C => "apt install make gcc zlib1g-dev",
            Target::Python => "apt install python3",
            Target::Nodejs => "apt install nodejs",
            Target::Rust => "install Rust with rustup",
        }
    }

    /// Why [`Self::command`] did not start.
    pub fn not_started(&self, error: &std::io::Error) -> Diagnostic {
        missing(&self.command().get_program().to_string_lossy(), self.install(), error)
    }
}

fn compile(command: &mut Command, tool: &str, install: &str) -> Result<(), Diagnostic> {
    // Standard output is for what the command finds.
    command.stdout(io::stderr());
    let status = command.status().map_err(|error| missing(tool, install, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Diagnostic::new(&codes::MISSING_TOOL, format!("{tool} failed: {status}"))
        .help(format!("its message stands above; if a compiler or library is missing: {install}")))
}

fn missing(tool: &str, install: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(&codes::MISSING_TOOL, format!("cannot run {tool}: {error}")).help(install)
}
