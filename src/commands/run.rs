use std::path::{Path, PathBuf};
use std::process::Command;

use specgen::diagnostics::{Diagnostic, codes};
use specgen::model::Target;
use specgen::output::disk::{Destination, Writer, compare, recover};
use specgen::output::hash;
use specgen::{Analysis, analyse, generate};

use super::build::parse_target;
use super::report::Report;
use super::{Format, Outcome, commit, input};

/// Build a spec into a cache folder, compile it, and run it in the foreground
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The spec file, or `-` for standard input
    spec: PathBuf,
    /// The language; without it, the spec's first
    #[arg(long, value_parser = parse_target)]
    target: Option<Target>,
    /// Where programs are kept between runs; without it, the user's cache folder
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut report = Report::new(Format::Text, None);
    let analysis = read(&arguments.spec, &mut report);
    let target = arguments.target.or_else(|| Some(analysis.model.as_ref()?.targets.first()?.target));
    let (Some(model), Some(target), false) = (&analysis.model, target, report.failed()) else {
        return report.finish();
    };
    let Some(files) = generate(&analysis, target) else {
        let message = format!("the spec has no target `{}`", target.name());
        report.add(&Diagnostic::new(&codes::MISSING, message).help("add it to its `targets`"), None);
        return report.finish();
    };
    let key = &hash(format!("{}\n{}", specgen::VERSION, analysis.canonical).as_bytes())[..16];
    let out = cache_folder(arguments.cache.as_deref()).join(format!("{}-{key}", model.name));
    let destination = Destination { folder: out.join(target.name()), files };
    match place(&out, &destination).and_then(|()| compile_and_start(target, &destination.folder, &model.name)) {
        Ok(never) => never,
        Err(problem) => {
            report.add(&problem, None);
            let _ = report.finish();
            Outcome::Environment
        }
    }
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

fn place(out: &Path, destination: &Destination) -> Result<(), Diagnostic> {
    recover(out)?;
    let mut comparison = compare(out, destination, true);
    if let Some(problem) = comparison.problems.pop() {
        return Err(problem);
    }
    let writer = Writer::new(out);
    writer.stage(destination, &comparison)?;
    writer.finish(&commit::commit)
}

/// Replaces this process by the server, so that signals reach it and its exit status is ours.
fn compile_and_start(target: Target, folder: &Path, name: &str) -> Result<Outcome, Diagnostic> {
    match target {
        Target::C => {
            compile(Command::new("make").arg("-s").arg("-C").arg(folder), "make", "apt install make gcc zlib1g-dev")?;
            start(&mut Command::new(folder.join("build").join(name)), name, "")
        }
        Target::Python => {
            start(Command::new("python3").arg("-m").arg("server").current_dir(folder), "python3", "apt install python3")
        }
        Target::Nodejs => start(Command::new("node").arg(folder.join("src/main.js")), "node", "apt install nodejs"),
        Target::Rust => start(
            Command::new("cargo")
                .args(["run", "--release", "--quiet", "--manifest-path"])
                .arg(folder.join("Cargo.toml")),
            "cargo",
            "install Rust with rustup",
        ),
    }
}

fn compile(command: &mut Command, tool: &str, install: &str) -> Result<(), Diagnostic> {
    let status = command.status().map_err(|error| missing(tool, install, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Diagnostic::new(&codes::MISSING_TOOL, format!("{tool} failed: {status}"))
        .help(format!("its message stands above; if a compiler or library is missing: {install}")))
}

fn missing(tool: &str, install: &str, error: &std::io::Error) -> Diagnostic {
    let problem = Diagnostic::new(&codes::MISSING_TOOL, format!("cannot run {tool}: {error}"));
    if install.is_empty() { problem } else { problem.help(install) }
}

#[cfg(unix)]
fn start(command: &mut Command, tool: &str, install: &str) -> Result<Outcome, Diagnostic> {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(missing(tool, install, &error))
}

#[cfg(not(unix))]
fn start(command: &mut Command, tool: &str, install: &str) -> Result<Outcome, Diagnostic> {
    let status = command.status().map_err(|error| missing(tool, install, &error))?;
    Ok(if status.success() { Outcome::Done } else { Outcome::No })
}
