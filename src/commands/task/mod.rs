//! Tasks of agents: one JSON object in, one out.

mod conformance;
mod fields;
mod generate;
mod inspect;
mod measure;
mod result;
mod settings;
mod talk;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value};
use specgen::quote;

use super::Outcome;
use super::report::print;
use super::whole::write_whole;
use fields::{Fields, suggestion};
use result::TaskResult;

/// Carry out a task that is a JSON object, and write a JSON object that says what came of it
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The task's file, or `-` for standard input
    #[arg(long, default_value = "-", value_name = "FILE")]
    input: PathBuf,
    /// The result's file; without it, standard output. Generated servers go beside it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// No task is larger, in bytes.
const MAX_INPUT: u64 = 1 << 20;

pub fn run(arguments: &Arguments) -> Outcome {
    let start = Instant::now();
    let mut result = match read(&arguments.input) {
        Ok(task) => carry_out(&task, arguments),
        Err(problem) => TaskResult::failed("unknown", vec![problem]),
    };
    result.took(start.elapsed());
    let text = format!("{:#}\n", result.json());
    match &arguments.output {
        None => print(&text),
        Some(path) => {
            if let Err(error) = write_whole(path, &text) {
                eprintln!("error: {}: {error}", path.display());
                return Outcome::Environment;
            }
        }
    }
    if result.succeeded() { Outcome::Done } else { Outcome::No }
}

fn read(input: &Path) -> Result<Map<String, Value>, String> {
    let mut bytes = Vec::new();
    let size = if input == Path::new("-") {
        io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(input).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes))
    };
    let size = size.map_err(|error| format!("{}: {error}", input.display()))?;
    if size as u64 > MAX_INPUT {
        return Err(format!("{}: a task has at most {} KiB", input.display(), MAX_INPUT >> 10));
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(task)) => Ok(task),
        Ok(other) => Err(format!("a task is a JSON object, not {}", quote(&other.to_string()))),
        Err(error) => Err(format!("the task is no JSON: {error}")),
    }
}

/// Operations, and the names that callers have for them.
const OPERATIONS: &[(&[&str], Operation)] = &[
    (
        &["generate", "generate-server", "generate-tcp-server", "generate-udp-server", "generate-websocket-server"],
        generate::generate,
    ),
    (&["analyze", "analyze-states"], inspect::analyze),
    (&["debug-connections"], inspect::debug_connections),
    (&["inspect-options"], inspect::inspect_options),
    (&["test"], talk::test),
    (&["benchmark", "bench"], measure::benchmark),
    (&["conformance", "conform", "autobahn-test"], conformance::conformance),
];

/// Reads its fields and does it.
type Operation = fn(&str, &mut Fields<'_>, &Arguments) -> TaskResult;

fn carry_out(task: &Map<String, Value>, arguments: &Arguments) -> TaskResult {
    let mut fields = Fields::new(task);
    let Some(operation) = fields.text("operation") else {
        let problem = format!("`operation` is missing; {}", known_operations());
        return TaskResult::failed("unknown", if fields.problems.is_empty() { vec![problem] } else { fields.problems });
    };
    match OPERATIONS.iter().find(|(names, _)| names.contains(&operation)) {
        Some((_, carry_out)) => carry_out(operation, &mut fields, arguments),
        None => {
            let known: Vec<String> =
                OPERATIONS.iter().flat_map(|(names, _)| names.iter().map(|name| (*name).to_owned())).collect();
            let near = suggestion(operation, &known);
            let hint = if near.is_empty() { format!("; {}", known_operations()) } else { near };
            TaskResult::failed(operation, vec![format!("no operation {}{hint}", quote(operation))])
        }
    }
}

fn known_operations() -> String {
    let names: Vec<&str> = OPERATIONS.iter().filter_map(|(names, _)| names.first().copied()).collect();
    format!("one of {}", names.join(", "))
}
