use std::path::PathBuf;

use specgen::diagnostics::Diagnostic;
use specgen::model::Target;

use super::build::parse_target;
use super::prepare::{Prepared, prepare};
use super::report::Report;
use super::{Format, Outcome};

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
    let prepared = match prepare(&arguments.spec, arguments.target, arguments.cache.as_deref(), &mut report) {
        Ok(prepared) => prepared,
        Err(outcome) => return outcome,
    };
    start(&prepared).unwrap_or_else(|problem| {
        report.add(&problem, None);
        let _ = report.finish();
        Outcome::Environment
    })
}

/// Replaces this process by the server, so that signals reach it and its exit status is ours.
#[cfg(unix)]
fn start(prepared: &Prepared) -> Result<Outcome, Diagnostic> {
    let error = std::os::unix::process::CommandExt::exec(&mut prepared.command());
    Err(prepared.not_started(&error))
}

#[cfg(not(unix))]
fn start(prepared: &Prepared) -> Result<Outcome, Diagnostic> {
    let status = prepared.command().status().map_err(|error| prepared.not_started(&error))?;
    Ok(if status.success() { Outcome::Done } else { Outcome::No })
}
