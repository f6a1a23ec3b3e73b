mod progress;

use std::path::{Path, PathBuf};
use std::time::Duration;

use specgen::diagnostics::{Diagnostic, codes};
use specgen::lab::bench::{self, Load, Plan, raise_limit, report as rendered};
use specgen::lab::exchange::Framing;
use specgen::lab::websocket::{Kind, Opening};
use specgen::model::Reliability;
use specgen::spec::scalar;

use super::Outcome;
use super::interrupt::stop_instead;
use super::report::{Report, print};
use super::server::{Reach, Server, echoing};
use super::test::{framing, parse_duration, parse_reliability, parse_size, reliability};
use super::whole::write_whole;
use progress::Progress;

/// Put load on a server that echoes, or on two in turns: throughput, latency, CPU time and memory
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The server: ws://, wss://, tcp://, tls:// or udp://, or a spec, whose server is built and started
    #[arg(value_name = "URL|SPEC")]
    server: String,
    /// A second server to take turns with the first one
    #[arg(long, value_name = "URL|SPEC")]
    vs: Option<String>,
    /// Connections to each server
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = parse_connections)]
    connections: usize,
    /// Messages that are due each second on each connection, whether or not those before came back
    #[arg(long, default_value_t = 100.0, value_name = "N", value_parser = parse_rate)]
    messages_per_second: f64,
    /// Keep so many messages under way on each connection instead, as fast as the server answers
    #[arg(long, value_name = "N", conflicts_with = "messages_per_second", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    in_flight: Option<u32>,
    /// How long to measure: 10s, 5m
    #[arg(long, default_value = "10s", value_parser = parse_duration)]
    duration: Duration,
    /// How long to put load on each server before that
    #[arg(long, default_value = "1s", value_parser = parse_warm_up)]
    warm_up: Duration,
    /// Bytes of each message: 64, 16KiB, 1MiB
    #[arg(long, default_value = "64", value_parser = parse_size)]
    size: usize,
    /// Send text instead of binary messages
    #[arg(long)]
    text: bool,
    /// Offer permessage-deflate
    #[arg(long)]
    compression: bool,
    /// What tells messages apart on tcp:// and tls://: none, lines, delimiter=TEXT, length-prefix=1|2|4|8[le]
    #[arg(long)]
    framing: Option<Framing>,
    /// What a udp server puts in front of each datagram: none, sequence, ack
    #[arg(long, value_parser = parse_reliability)]
    reliability: Option<Reliability>,
    /// Threads that make the load; without it, one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// The longest wait for a connection, or for a message to come back
    #[arg(long, default_value = "10s", value_parser = parse_duration)]
    timeout: Duration,
    #[command(flatten)]
    reach: Reach,
    /// How to print the figures
    #[arg(long, default_value = "text")]
    format: Format,
    /// Also write them as a page with plots
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// How to print the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For pull requests.
    Markdown,
}

impl Format {
    /// How what comes before the figures is told.
    fn of_reports(self) -> super::Format {
        if self == Self::Json { super::Format::Json } else { super::Format::Text }
    }
}

fn parse_warm_up(text: &str) -> Result<Duration, String> {
    if scalar::duration(text) == Some(0) { Ok(Duration::ZERO) } else { parse_duration(text) }
}

fn parse_connections(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a number of connections is 1 or more".to_owned())
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1_000_000.0).contains(rate));
    rate.ok_or_else(|| "a rate is 0.001 to 1000000 messages a second on each connection".to_owned())
}

pub fn run(arguments: &Arguments) -> Outcome {
    // What is started from here inherits it.
    raise_limit();
    let mut report = Report::aloud(arguments.format.of_reports());
    if let Some(problem) = arguments.report.as_deref().and_then(unwritable) {
        report.add(&problem, None);
        let _ = report.finish();
        report.print_failure("bench", &arguments.server);
        return Outcome::Environment;
    }
    let mut servers = Vec::new();
    for text in std::iter::once(&arguments.server).chain(&arguments.vs) {
        let reached = arguments.reach.server(text, "bench", &mut report);
        match reached.and_then(|server| echoing(server, "bench", &mut report)) {
            Ok(server) => servers.push(server),
            Err(outcome) => return outcome,
        }
    }
    measure(arguments, &servers)
}

fn measure(arguments: &Arguments, servers: &[Server]) -> Outcome {
    let plan = plan(arguments);
    let measured: Vec<bench::Server> = servers.iter().map(|server| measured(arguments, server)).collect();
    if let Some(fault) = plan.fault(&measured) {
        eprintln!("error: {fault}");
        return Outcome::Usage;
    }
    let mut progress = Progress::new(&plan);
    let found = bench::run(&plan, &measured, &stop_instead(), &mut progress);
    progress.end();
    print(&match arguments.format {
        Format::Text => rendered::text(&found),
        Format::Json => format!("{:#}\n", rendered::json(&found)),
        Format::Markdown => rendered::markdown(&found),
    });
    eprint!("{}", rendered::troubles(&found));
    if let Some(problem) = arguments.report.as_deref().and_then(|path| write(path, &found)) {
        eprintln!("error: {problem}");
        return Outcome::Environment;
    }
    if found.success { Outcome::Done } else { Outcome::No }
}

fn plan(arguments: &Arguments) -> Plan {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Plan {
        connections: arguments.connections,
        load: arguments.in_flight.map_or(Load::Rate(arguments.messages_per_second), Load::InFlight),
        duration: arguments.duration,
        warm_up: arguments.warm_up,
        size: arguments.size,
        kind: if arguments.text { Kind::Text } else { Kind::Binary },
        opening: Opening {
            subprotocols: arguments.reach.subprotocols(),
            compression: arguments.compression,
            fields: arguments.reach.fields(),
        },
        threads: arguments.threads.map_or(cores, usize::from).min(arguments.connections),
        timeout: arguments.timeout,
    }
}

fn measured(arguments: &Arguments, server: &Server) -> bench::Server {
    bench::Server {
        endpoint: server.endpoint.clone(),
        framing: arguments.framing.clone().or_else(|| server.model().map(framing)).unwrap_or_default(),
        reliability: arguments.reliability.or_else(|| server.model().map(reliability)).unwrap_or_default(),
        pid: server.pid(),
        trust: arguments.reach.trust(server),
    }
}

/// Found out before the run rather than after it.
fn unwritable(path: &Path) -> Option<Diagnostic> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_possible = folder.is_dir() && !path.is_dir();
    (!is_possible).then(|| {
        Diagnostic::new(&codes::CANNOT_WRITE, format!("{}: no file can be written there", path.display()))
            .help("--report names a file in a folder that exists")
    })
}

fn write(path: &Path, found: &bench::Report) -> Option<String> {
    let failed = |why: String| Some(format!("{}: {why}", path.display()));
    match rendered::html(found) {
        Ok(html) => write_whole(path, &html).err().and_then(|error| failed(error.to_string())),
        Err(error) => failed(error.to_string()),
    }
}
