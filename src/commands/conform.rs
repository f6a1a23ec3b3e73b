use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use specgen::lab::conform::case::Case;
use specgen::lab::conform::client::Server;
use specgen::lab::conform::engine::{self, Findings};
use specgen::lab::conform::id::Pattern;
use specgen::lab::conform::profile::Profile;
use specgen::lab::conform::report::{self, Difference, Report};
use specgen::lab::conform::{autobahn, cases};
use specgen::lab::trouble::Trouble;
use specgen::model::App;

use super::report::{Report as Diagnostics, print};
use super::server::{Reach, Server as Target};
use super::whole::write_whole;
use super::{Format, Outcome};

/// Where to find how cases are called.
const CASES: &str = "`specgen conform` without --cases runs all of them and names their groups";

/// Hold a WebSocket server that echoes to RFC 6455 and RFC 7692, case by case
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The server: ws:// or wss://, or a spec, whose server is built and started
    #[arg(value_name = "URL|SPEC")]
    server: String,
    /// The cases: 6.4.1, 6.*, several with commas between; without it, all
    #[arg(long, value_delimiter = ',', value_name = "CASES")]
    cases: Vec<Pattern>,
    /// Cases that are left out, in the same form
    #[arg(long, value_delimiter = ',', value_name = "CASES")]
    without: Vec<Pattern>,
    /// Write a report as one HTML page
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write a report as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// What is printed
    #[arg(long, default_value = "text")]
    format: Format,
    /// Cases at a time; without it, two for each core, and 8 at least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Count what is NON-STRICT as failed
    #[arg(long)]
    strict: bool,
    /// Run the Autobahn test suite too, and list the cases of which it says something else
    #[arg(long)]
    autobahn: bool,
    /// The Autobahn suite's program; without it, wstest in PATH
    #[arg(long, value_name = "FILE", requires = "autobahn")]
    wstest: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let wstest = match wstest(arguments) {
        Ok(wstest) => wstest,
        Err(outcome) => return outcome,
    };
    let mut diagnostics = Diagnostics::aloud(arguments.format);
    let target = match arguments.reach.server(&arguments.server, "conform", &mut diagnostics) {
        Ok(target) => target,
        Err(outcome) => return outcome,
    };
    if !target.endpoint.scheme.is_websocket() {
        return usage(&format!("{} is no WebSocket server; conform wants ws:// or wss://", target.endpoint));
    }
    if let Some(model) = target.model().filter(|model| model.app != App::Echo) {
        return usage(&format!(
            "the app of `{}` is not `echo`: conform sends messages and wants them back; give it a copy of the spec with `app: echo`",
            model.name
        ));
    }
    let profile = target.model().map(Profile::of).unwrap_or_default();
    conform(arguments, &target, &profile, wstest)
}

fn usage(message: &str) -> Outcome {
    let _ = writeln!(io::stderr(), "error: {message}");
    Outcome::Usage
}

fn conform(arguments: &Arguments, target: &Target, profile: &Profile, wstest: Option<PathBuf>) -> Outcome {
    let chosen = match chosen(arguments, profile) {
        Ok(chosen) => chosen,
        Err(message) => return usage(&message),
    };
    let name = target.endpoint.to_string();
    let server = Server {
        endpoint: target.endpoint.clone(),
        trust: arguments.reach.trust(target),
        fields: arguments.reach.fields(),
        subprotocols: subprotocols(arguments, profile),
    };
    let progress = progress(chosen.len());
    let jobs = engine::jobs(arguments.jobs.map(usize::from), profile);
    let findings = engine::run(&server, &chosen, jobs, &|result| {
        progress.set_message(result.id.to_string());
        progress.inc(1);
    });
    progress.finish_and_clear();
    let mut report = match findings {
        Ok(findings) => Report::new(name, findings),
        Err(trouble) => return no_server(arguments, name, trouble),
    };
    // Of a server that is gone the suite would say so case by case.
    let wstest = wstest.filter(|_| report.stopped.is_none());
    let beside = wstest.map_or(Outcome::Done, |wstest| beside(&wstest, &server, &mut report));
    beside.max(publish(arguments, &report))
}

/// Adds the cases of which the Autobahn suite says something else; what was found out without it stays if it fails.
fn beside(wstest: &Path, server: &Server, report: &mut Report) -> Outcome {
    match differences(wstest, server, report) {
        Ok(differences) => report.autobahn = Some(differences),
        Err(why) => return environment(&why),
    }
    Outcome::Done
}

fn differences(wstest: &Path, server: &Server, report: &Report) -> Result<Vec<Difference>, String> {
    let cases = autobahn::common(&report.results);
    let progress = progress(cases.len());
    let theirs = autobahn::run(wstest, &server.endpoint, &cases, &|id| {
        progress.set_message(format!("{id} of the Autobahn suite"));
        progress.inc(1);
    });
    progress.finish_and_clear();
    Ok(autobahn::differences(&report.results, &theirs?))
}

/// The Autobahn suite's program, where it is asked for.
fn wstest(arguments: &Arguments) -> Result<Option<PathBuf>, Outcome> {
    if !arguments.autobahn {
        return Ok(None);
    }
    let missing = || environment(&format!("the Autobahn test suite is not installed; {}", autobahn::INSTALL));
    autobahn::find(arguments.wstest.as_deref()).map(Some).ok_or_else(missing)
}

fn environment(message: &str) -> Outcome {
    let _ = writeln!(io::stderr(), "error: {message}");
    Outcome::Environment
}

/// Those that are asked for; where a spec requires one, its first will do.
fn subprotocols(arguments: &Arguments, profile: &Profile) -> Vec<String> {
    let mut subprotocols = arguments.reach.subprotocols();
    if subprotocols.is_empty() && profile.require_subprotocol {
        subprotocols.extend(profile.subprotocols.first().cloned());
    }
    subprotocols
}

/// The cases that are asked for, or what is wrong with how they are named.
fn chosen(arguments: &Arguments, profile: &Profile) -> Result<Vec<Case>, String> {
    let mut cases = cases::all(profile);
    if let Some(pattern) = cases::unmatched(&cases, arguments.cases.iter().chain(&arguments.without)) {
        return Err(format!("`{pattern}`: no case is called so; {CASES}"));
    }
    let takes = |patterns: &[Pattern], case: &Case| patterns.iter().any(|pattern| pattern.takes(&case.id));
    cases.retain(|case| arguments.cases.is_empty() || takes(&arguments.cases, case));
    cases.retain(|case| !takes(&arguments.without, case));
    if cases.is_empty() { Err(format!("--without leaves no case; {CASES}")) } else { Ok(cases) }
}

fn progress(cases: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
    ProgressBar::with_draw_target(Some(cases as u64), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// One message in place of as many failed cases as there are. Files that are asked for say so too: older ones would not.
fn no_server(arguments: &Arguments, server: String, trouble: Trouble) -> Outcome {
    match arguments.format {
        Format::Text => {
            let _ = writeln!(io::stderr(), "error: {server}: {trouble}\n  help: {}", trouble.advice);
        }
        Format::Json => print(&format!("{:#}\n", serde_json::json!({"server": server, "trouble": trouble}))),
    }
    let report = Report::new(server, Findings { results: Vec::new(), stopped: Some(trouble) });
    Outcome::No.max(write_files(arguments, &report))
}

fn publish(arguments: &Arguments, report: &Report) -> Outcome {
    match arguments.format {
        Format::Text => print(&report::text(report)),
        Format::Json => match serde_json::to_string_pretty(report) {
            Ok(json) => print(&(json + "\n")),
            Err(error) => return unwritten(Path::new("standard output"), &error),
        },
    }
    let outcome = if report.passes(arguments.strict) { Outcome::Done } else { Outcome::No };
    outcome.max(write_files(arguments, report))
}

fn write_files(arguments: &Arguments, report: &Report) -> Outcome {
    let mut outcome = Outcome::Done;
    if let Some(path) = &arguments.report {
        outcome = outcome.max(write(path, report::html(report)));
    }
    if let Some(path) = &arguments.junit {
        outcome = outcome.max(write(path, report::junit(report, arguments.strict)));
    }
    outcome
}

fn write(path: &Path, text: Result<String, impl std::fmt::Display>) -> Outcome {
    match text {
        Ok(text) => match write_whole(path, &text) {
            Ok(()) => Outcome::Done,
            Err(error) => unwritten(path, &error),
        },
        Err(error) => unwritten(path, &error),
    }
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> Outcome {
    let _ = writeln!(io::stderr(), "error: cannot write {}: {error}", path.display());
    Outcome::Environment
}
