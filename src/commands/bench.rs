use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use specgen::lab::bench::{Load, Observer, Plan, Report, Server, View, report, run as measure};
use specgen::lab::connection::Trust;
use specgen::lab::endpoint::Endpoint;
use specgen::lab::websocket::{Kind, Opening};
use specgen::spec::scalar;

use super::Outcome;
use super::report::print;

/// Put load on servers that echo: throughput, latency, CPU time and memory
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The server: ws://, wss://, tcp://, tls:// or udp://
    server: String,
    #[arg(long, default_value_t = 100)]
    connections: usize,
    #[arg(long, default_value_t = 100.0)]
    messages_per_second: f64,
    #[arg(long)]
    in_flight: Option<u32>,
    #[arg(long, default_value = "10s", value_parser = duration)]
    duration: Duration,
    #[arg(long, default_value = "1s", value_parser = duration)]
    warm_up: Duration,
    #[arg(long, default_value_t = 64)]
    size: usize,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long)]
    vs: Option<String>,
    #[arg(long)]
    compression: bool,
}
fn duration(text: &str) -> Result<Duration, String> {
    scalar::duration(text).map(Duration::from_millis).ok_or_else(|| "a duration".to_owned())
}
struct Nobody;
impl Observer for Nobody { fn see(&mut self, _: View) {} }
pub fn run(arguments: &Arguments) -> Outcome {
    let mut servers = vec![Server::at(arguments.server.parse().unwrap())];
    if let Some(vs) = &arguments.vs { servers.push(Server::at(vs.parse().unwrap())); }
    let plan = Plan {
        connections: arguments.connections,
        load: arguments.in_flight.map_or(Load::Rate(arguments.messages_per_second), Load::InFlight),
        duration: arguments.duration, warm_up: arguments.warm_up, size: arguments.size, kind: Kind::Binary,
        opening: Opening { compression: arguments.compression, ..Opening::default() }, trust: Trust { insecure: true, ..Trust::default() }, threads: arguments.threads, timeout: Duration::from_secs(10),
    };
    if let Some(f) = plan.fault(&servers) { eprintln!("{f}"); return Outcome::Usage; }
    let r = measure(&plan, &servers, &AtomicBool::new(false), &mut Nobody);
    print(&report::text(&r));
    eprint!("{}", report::troubles(&r));
    if r.success { Outcome::Done } else { Outcome::No }
}
