use std::path::PathBuf;

use rayon::prelude::*;
use specgen::analyse;

use super::report::{Deny, Report, print};
use super::{Format, Outcome, input};

/// Validate specs: every problem, nothing written
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Spec files, folders of them, or `-` for standard input
    #[arg(required = true)]
    specs: Vec<PathBuf>,
    /// Take warnings for errors
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How to report
    #[arg(long, default_value = "text")]
    format: Format,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut report = Report::new(arguments.format, arguments.deny);
    let sources = input::read_all(&arguments.specs);
    let analyses: Vec<_> =
        sources.par_iter().map(|source| source.as_ref().map(|source| (source, analyse(source)))).collect();
    for analysis in &analyses {
        match analysis {
            Ok((source, analysis)) => report.add_all(&analysis.diagnostics, Some(source)),
            Err(problem) => report.add(problem, None),
        }
    }
    if arguments.format == Format::Json {
        let valid = !report.failed();
        print(&format!("{:#}\n", serde_json::json!({"valid": valid, "diagnostics": report.json()})));
    } else if !report.failed() {
        let names = analyses.len();
        print(&format!("{names} {} valid\n", if names == 1 { "spec is" } else { "specs are" }));
    }
    report.finish()
}
