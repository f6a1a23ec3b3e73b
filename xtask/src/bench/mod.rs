//! Server CPU time per echoed message, beside other libraries, in one run.
//!
//! Seconds of a shared machine mean little; the CPU time of the server's own threads per message, and ratios within
//! one run, mean more. Server and load have one core each; rounds are interleaved; the median of the rounds counts.

mod contestants;
mod idle;
mod load;
mod table;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use generated_tests::paths;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::setup;
use crate::shell::{self, Flags};
use contestants::Contestant;
use load::Load;

/// One kind of load.
pub struct Row {
    pub name: &'static str,
    pub connections: usize,
    pub in_flight: usize,
    pub size: usize,
}

pub const ROWS: [Row; 4] = [
    Row { name: "64 B, 1 in flight, 64 connections", connections: 64, in_flight: 1, size: 64 },
    Row { name: "64 B, 16 in flight", connections: 16, in_flight: 16, size: 64 },
    Row { name: "16 KiB", connections: 8, in_flight: 1, size: 16 << 10 },
    Row { name: "1 MiB", connections: 2, in_flight: 1, size: 1 << 20 },
];

const WARM_UP: Duration = Duration::from_millis(200);
const MEASURED: Duration = Duration::from_millis(900);

/// Microseconds per message, by contestant and row.
pub type Results = Vec<(String, Vec<f64>)>;

pub fn command(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let write = flags.switch("--write");
    let rounds: usize = flags.value("--rounds")?.unwrap_or("3").parse().context("--rounds wants a number")?;
    let only = flags.value("--only")?.map(|names| names.split(',').collect::<Vec<_>>());
    flags.end()?;
    ensure!(rounds > 0, "--rounds wants at least 1");
    if only.is_none() {
        setup::everything()?;
    }
    let contestants = contestants::start(only.as_deref())?;
    pin_to_core(1)?;
    let results = measure(&contestants, rounds)?;
    let idle = idle::measure(&contestants)?;
    let text = table::markdown(&results, &idle);
    println!("{text}");
    if write {
        shell::write(&paths::root().join("BENCHMARKS.md"), &text)?;
    }
    Ok(())
}

/// The load generator stays off the servers' core.
fn pin_to_core(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).context("two cores are needed: one for the server, one for the load")
}

fn measure(contestants: &[Contestant], rounds: usize) -> Result<Results> {
    let mut samples = vec![vec![vec![]; ROWS.len()]; contestants.len()];
    for round in 1..=rounds {
        for (row, load) in ROWS.iter().enumerate() {
            eprintln!("round {round} of {rounds}: {}", load.name);
            for (index, contestant) in contestants.iter().enumerate() {
                let sample = one(contestant, load).with_context(|| format!("{}, {}", contestant.name, load.name))?;
                samples[index][row].push(sample);
            }
        }
    }
    let medians = |rows: Vec<Vec<f64>>| rows.into_iter().map(median).collect();
    Ok(contestants.iter().zip(samples).map(|(contestant, rows)| (contestant.name.clone(), medians(rows))).collect())
}

/// Microseconds of server CPU per message.
fn one(contestant: &Contestant, row: &Row) -> Result<f64> {
    let mut load = Load::connect(contestant.server.address, row)?;
    load.run(WARM_UP)?;
    let before = generated_tests::process::cpu_time(contestant.server.pid())?;
    let messages = load.run(MEASURED)?;
    let used = generated_tests::process::cpu_time(contestant.server.pid())? - before;
    ensure!(messages > 0, "no message came back");
    Ok(used.as_secs_f64() * 1e6 / messages as f64)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
