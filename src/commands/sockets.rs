use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Subcommand};
use serde::Serialize;
use serde_json::json;
use specgen::analyse;
use specgen::diagnostics::{Diagnostic, codes};
use specgen::lab::sockets::options::{OptionsReport, Request, SocketOption, Spec, Which};
use specgen::lab::sockets::{Filter, State, address, connections, options, states, text};
use specgen::model::{Model, Target};

use super::build::parse_target;
use super::report::{Report, print};
use super::{CommandLine, Format, Outcome, input};

/// Look at the sockets of running programs (Linux)
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Count sockets by TCP state, show queues, and say what is wrong and what to do
    States(StatesArguments),
    /// List connections with queues, round-trip times, retransmits, timers, memory and owners
    Connections(ConnectionsArguments),
    /// Show socket options of a running program, and compare them with its spec
    Options(OptionsArguments),
}

#[derive(Debug, clap::Args)]
struct StatesArguments {
    /// Only sockets with this port of their own
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct ConnectionsArguments {
    /// Only sockets with this port of their own
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Only sockets with this address at one of their ends
    #[arg(long, value_name = "IP:PORT", value_parser = address::parse)]
    address: Option<SocketAddr>,
    /// Only sockets in this state: established, close-wait, time-wait, …
    #[arg(long, value_parser = str::parse::<State>)]
    state: Option<State>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct OptionsArguments {
    /// The sockets that are bound to this port: listeners, their connections, UDP sockets
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The unix socket that listens at this path
    #[arg(long, conflicts_with = "port")]
    path: Option<PathBuf>,
    /// The process that has the socket; with --fd
    #[arg(long, conflicts_with_all = ["port", "path"])]
    pid: Option<u32>,
    /// The socket's descriptor in that process; with --pid
    #[arg(long, value_name = "N", conflicts_with_all = ["port", "path"])]
    fd: Option<u32>,
    /// Only these options, for example SO_SNDBUF,TCP_NODELAY
    #[arg(long, value_name = "NAME", value_parser = SocketOption::find, value_delimiter = ',')]
    options: Vec<SocketOption>,
    /// The spec that the sockets are compared with; exit 1 if they differ
    #[arg(long, value_name = "SPEC")]
    spec: Option<PathBuf>,
    /// The language of the server; without it, what the process's name tells
    #[arg(long, value_parser = parse_target, requires = "spec")]
    target: Option<Target>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

pub fn run(arguments: &Arguments) -> Outcome {
    match &arguments.what {
        What::States(StatesArguments { port, format }) => end(*format, states(*port), text::states, |_| Outcome::Done),
        What::Connections(ConnectionsArguments { port, address, state, format }) => {
            let filter = Filter { port: *port, address: *address, state: *state };
            end(*format, connections(&filter), text::connections, |_| Outcome::Done)
        }
        What::Options(arguments) => run_options(arguments),
    }
}

fn run_options(arguments: &OptionsArguments) -> Outcome {
    let which = which(arguments).unwrap_or_else(|reason| misuse(&reason));
    let model = match arguments.spec.as_ref().map(|spec| read(spec, arguments.format)).transpose() {
        Ok(model) => model,
        Err(outcome) => return outcome,
    };
    let spec = model.as_ref().map(|model| Spec { model, target: arguments.target });
    let found = options::options(&Request { which, options: &arguments.options, spec });
    end(arguments.format, found, text::options, |report: &OptionsReport| match report.differences {
        0 => Outcome::Done,
        _ => Outcome::No,
    })
}

fn which(arguments: &OptionsArguments) -> Result<Which<'_>, String> {
    if let Some(path) = &arguments.path {
        return Ok(Which::Path(path));
    }
    match (arguments.port, arguments.pid, arguments.fd) {
        (Some(port), _, _) => Ok(Which::Port(port)),
        (None, Some(pid), Some(fd)) => Ok(Which::Descriptor { pid, fd }),
        (None, None, Some(fd)) => Err(format!(
            "--fd {fd} needs --pid: a descriptor is a number of one process, and specgen's own are not what you mean"
        )),
        (None, Some(pid), None) => {
            Err(format!("--pid {pid} needs --fd: `ls -l /proc/{pid}/fd` lists the descriptors that are sockets"))
        }
        (None, None, None) => Err("which socket? Name it with --port P, --path PATH, or --pid PID --fd N".to_owned()),
    }
}

/// Ends the program as clap does.
fn misuse(reason: &str) -> ! {
    let mut command = CommandLine::command();
    command.build();
    let options =
        ["sockets", "options"].iter().try_fold(&mut command, |command, name| command.find_subcommand_mut(name));
    match options {
        Some(options) => options.error(ErrorKind::MissingRequiredArgument, reason).exit(),
        None => CommandLine::command().error(ErrorKind::MissingRequiredArgument, reason).exit(),
    }
}

/// Reads the spec; what is wrong with it is said here.
fn read(path: &PathBuf, format: Format) -> Result<Model, Outcome> {
    let mut report = Report::new(format, None);
    let mut model = None;
    for source in input::read_all(std::slice::from_ref(path)) {
        match source {
            Ok(source) => {
                let analysis = analyse(&source);
                report.add_all(&analysis.diagnostics, Some(&source));
                model = analysis.model;
            }
            Err(problem) => report.add(&problem, None),
        }
    }
    model.filter(|_| !report.failed()).ok_or_else(|| fail(&report))
}

fn fail(report: &Report) -> Outcome {
    if report.format() == Format::Json {
        print(&format!("{:#}\n", json!({"diagnostics": report.json()})));
    }
    report.finish()
}

/// Prints what was found, or why nothing was.
fn end<T: Serialize>(
    format: Format,
    found: Result<T, Diagnostic>,
    as_text: impl Fn(&T) -> String,
    outcome: impl Fn(&T) -> Outcome,
) -> Outcome {
    match (found, format) {
        (Ok(found), Format::Text) => {
            print(&as_text(&found));
            outcome(&found)
        }
        (Ok(found), Format::Json) => {
            print(&format!("{:#}\n", json!(found)));
            outcome(&found)
        }
        (Err(problem), _) => {
            let mut report = Report::new(format, None);
            report.add(&problem, None);
            fail(&report).max(severity(&problem))
        }
    }
}

/// What the machine denies is not a no.
fn severity(problem: &Diagnostic) -> Outcome {
    match [&codes::NO_SUCH_SOCKET, &codes::MISSING].contains(&problem.code) {
        true => Outcome::No,
        false => Outcome::Environment,
    }
}
