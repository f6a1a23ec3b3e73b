//! `conform --client`: a server that looks at clients.

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;
use specgen::lab::conform::fuzzer::report::Reports;
use specgen::lab::conform::fuzzer::{Running, cases};

use super::{Arguments, chosen, environment, progress, unwritten, usage, write};
use crate::commands::interrupt::{Started, stop_instead};
use crate::commands::report::print;
use crate::commands::{Format, Outcome};

/// Where a command finds the server.
const URL: &str = "SPECGEN_URL";
/// How often is looked whether it is over.
const TURN: Duration = Duration::from_millis(20);

/// Serves clients until the run is over, and reports on them.
pub fn run(arguments: &Arguments) -> Outcome {
    let chosen = match chosen(arguments, cases::all(), |case| &case.id) {
        Ok(chosen) => chosen,
        Err(message) => return usage(&message),
    };
    let listener = match TcpListener::bind(arguments.listen) {
        Ok(listener) => listener,
        Err(error) => return environment(&format!("cannot listen on {}: {error}", arguments.listen)),
    };
    let bar = progress(if arguments.command.is_empty() { chosen.len() } else { 0 });
    let moved = bar.clone();
    let done = move |agent: &str, result: &specgen::lab::conform::result::CaseResult| {
        moved.set_message(format!("{} of {agent}", result.id));
        moved.inc(1);
    };
    match Running::start(listener, chosen, Box::new(done)) {
        Ok(running) => serve(arguments, running, &bar),
        Err(error) => environment(&format!("cannot serve: {error}")),
    }
}

fn serve(arguments: &Arguments, running: Running, bar: &ProgressBar) -> Outcome {
    let stop = stop_instead();
    let _ = writeln!(io::stderr(), "listening on {}", running.address());
    let ended = if arguments.command.is_empty() {
        wait(&running, &stop);
        Outcome::Done
    } else {
        match start(&arguments.command, &running.url()) {
            Ok(command) => wait_for(command, &stop),
            Err(why) => return environment(&why),
        }
    };
    let reports = Reports::new(running.end());
    bar.finish_and_clear();
    ended.max(publish(arguments, &reports))
}

/// Until every client has said that it has done, or somebody interrupts.
fn wait(running: &Running, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) && !running.have_all_updated() {
        std::thread::sleep(TURN);
    }
}

/// Starts the user's command.
fn start(command: &[String], url: &str) -> Result<Started, String> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|argument| argument.replace("{url}", url))).env(URL, url);
    // Standard output is the report's.
    command.stdin(Stdio::null()).stdout(io::stderr());
    Started::new(command).map_err(|error| format!("cannot start `{program}`: {error}"))
}

/// Until the command has ended, or somebody interrupts: it ends then.
fn wait_for(mut command: Started, stop: &AtomicBool) -> Outcome {
    while !stop.load(Ordering::Relaxed) {
        match command.child.try_wait() {
            Ok(None) => std::thread::sleep(TURN),
            Ok(Some(status)) => return of_status(status),
            Err(error) => return environment(&format!("the command cannot be waited for: {error}")),
        }
    }
    Outcome::Done
}

fn of_status(status: ExitStatus) -> Outcome {
    if status.success() {
        return Outcome::Done;
    }
    let _ = writeln!(io::stderr(), "error: the command ended with {status}");
    Outcome::No
}

fn publish(arguments: &Arguments, reports: &Reports) -> Outcome {
    match arguments.format {
        Format::Text => print(&reports.text()),
        Format::Json => match serde_json::to_string_pretty(reports) {
            Ok(json) => print(&(json + "\n")),
            Err(error) => return unwritten(Path::new("standard output"), &error),
        },
    }
    if let (Some(trouble), Format::Text) = (&reports.stopped, arguments.format) {
        let _ = writeln!(io::stderr(), "error: {trouble}\n  help: {}", trouble.advice);
    }
    let outcome = if reports.passes(arguments.strict) { Outcome::Done } else { Outcome::No };
    outcome.max(write_files(arguments, reports))
}

fn write_files(arguments: &Arguments, reports: &Reports) -> Outcome {
    let page = arguments.report.as_ref().map(|path| write(path, reports.html()));
    let junit = arguments.junit.as_ref().map(|path| write(path, reports.junit(arguments.strict)));
    page.into_iter().chain(junit).max().unwrap_or(Outcome::Done)
}
