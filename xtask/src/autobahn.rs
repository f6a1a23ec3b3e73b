//! The Autobahn suite's fuzzing client against the generated servers.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use generated_tests::kept::{self, CaseId, Kept};
use generated_tests::paths;
use generated_tests::peers::Peer;
use generated_tests::program::{Profile, Program};
use generated_tests::server::TestServer;
use generated_tests::variant::Variant;
use serde_json::{Value, json};

use crate::setup;
use crate::shell::{self, Flags};

/// Groups 1–7 and 10 whole; of the long groups one case for each thing that they vary.
const QUICK: &[&str] = &[
    "1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*", "9.1.1", "9.2.2", "9.3.1", "9.4.3", "9.5.4", "9.6.5",
    "9.7.3", "9.8.3", "12.1.1", "12.1.8", "12.2.10", "12.3.5", "12.4.16", "12.5.13", "13.1.3", "13.2.7", "13.3.5",
    "13.4.9", "13.5.12", "13.6.14", "13.7.10",
];

/// The cases of the suite.
const ALL_CASES: usize = 517;

/// Suites that run at once.
const PARALLEL: usize = 2;

pub fn command(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let full = flags.switch("--full");
    let keep = flags.switch("--keep");
    if flags.switch("--peers") {
        ensure!(!full, "--peers runs all cases always: leave --full out");
        let only = flags.value("--only")?;
        flags.end()?;
        return peers(only, keep);
    }
    let variants = flags.variants()?;
    flags.end()?;
    run(&variants, full, keep)
}

/// All cases against servers of others and the one with faults: their results are what `specgen conform` is compared with.
fn peers(only: Option<&str>, keep: bool) -> Result<()> {
    setup::autobahn()?;
    let named = |peer: &Peer| only.is_none_or(|only| peer.to_string() == only);
    let peers: Vec<Peer> = Peer::all().into_iter().filter(named).collect();
    ensure!(
        !peers.is_empty(),
        "no such server; there are {:?}",
        Peer::all().iter().map(Peer::to_string).collect::<Vec<_>>()
    );
    each(&peers, |peer| {
        let running = peer.start()?;
        let results = suite(&peer.to_string(), running.address, &["*"], "")?;
        complete(&results, ALL_CASES)?;
        if keep {
            return shell::write(&peer.kept(), &results.text());
        }
        compare(&Kept::read_from(&peer.kept())?, &results)
    })
}

/// Runs the quick or the full set; compares with the kept results, or keeps these.
pub fn run(variants: &[Variant], full: bool, keep: bool) -> Result<()> {
    setup::autobahn()?;
    let cases: &[&str] = if full { &["*"] } else { QUICK };
    each(variants, |variant| one(variant, cases).and_then(|results| judge(variant, &results, full, keep)))
}

/// Some at a time; all that fail are named.
fn each<T: Copy + Display + Sync>(servers: &[T], work: impl Fn(T) -> Result<()> + Sync) -> Result<()> {
    let failures = Mutex::new(vec![]);
    let waiting = Mutex::new(servers.iter());
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
                    let Some(server) = next else { break };
                    if let (Err(error), Ok(mut failures)) = (work(*server), failures.lock()) {
                        failures.push(format!("{server}: {error:#}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// Results of one server for `cases`.
fn one(variant: Variant, cases: &[&str]) -> Result<Kept> {
    let spec = paths::lab_spec("autobahn");
    let server = TestServer::start(&Program::build(&spec, variant, Profile::Release)?, &[("LOG_LEVEL", "error")])?;
    suite(&variant.to_string(), server.address, cases, &kept::hash(&spec)?)
}

/// The suite against whatever listens there.
fn suite(agent: &str, address: SocketAddr, cases: &[&str], spec: &str) -> Result<Kept> {
    let folder = reports(agent);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let start = Instant::now();
    fuzz(agent, address, cases, &folder)?;
    let results = Kept { spec: spec.to_owned(), cases: read(&folder.join("index.json"))? };
    println!("{agent}: {} cases in {} s: {}", results.cases.len(), start.elapsed().as_secs(), counts(&results));
    Ok(results)
}

fn fuzz(agent: &str, address: SocketAddr, cases: &[&str], folder: &Path) -> Result<()> {
    let spec = json!({
        "outdir": folder,
        "servers": [{"agent": agent, "url": format!("ws://{address}")}],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let file = folder.join("fuzzingclient.json");
    std::fs::write(&file, spec.to_string())?;
    let log = std::fs::File::create(folder.join("wstest.log"))?;
    let mut suite = Command::new(paths::tools().join("autobahn/bin/wstest"));
    suite.args(["-m", "fuzzingclient", "-s"]).arg(&file).env("PYTHONUTF8", "1");
    let status =
        suite.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status().context("cannot start wstest")?;
    ensure!(status.success(), "wstest ended with {status}; see {}", folder.join("wstest.log").display());
    Ok(())
}

fn read(index: &Path) -> Result<BTreeMap<CaseId, String>> {
    let text = std::fs::read_to_string(index).with_context(|| format!("no report {}", index.display()))?;
    let report: Value = serde_json::from_str(&text)?;
    let agents = report.as_object().context("the report is no object")?;
    let mut cases = BTreeMap::new();
    for (case, result) in agents.values().filter_map(Value::as_object).flatten() {
        let word = |key: &str| result.get(key).and_then(Value::as_str).unwrap_or("MISSING");
        cases.insert(CaseId::parse(case)?, format!("{} / {}", word("behavior"), word("behaviorClose")));
    }
    Ok(cases)
}

fn counts(results: &Kept) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in results.cases.values() {
        *counts.entry(verdict).or_default() += 1;
    }
    counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
}

fn judge(variant: Variant, results: &Kept, full: bool, keep: bool) -> Result<()> {
    let bad = results.bad();
    ensure!(
        bad.is_empty(),
        "{} bad cases, reports in {}:\n  {}",
        bad.len(),
        reports(&variant.to_string()).display(),
        bad.join("\n  ")
    );
    complete(results, if full { ALL_CASES } else { kept::QUICK_CASES })?;
    if keep {
        return shell::write(&kept::file(variant), &merged(variant, results).text());
    }
    compare(&Kept::read(variant)?, results)
}

/// A server that ends in between leaves cases out.
fn complete(results: &Kept, expected: usize) -> Result<()> {
    let found = results.cases.len();
    ensure!(found == expected, "{found} cases instead of {expected}: did the server end?");
    Ok(())
}

fn compare(before: &Kept, results: &Kept) -> Result<()> {
    let different: Vec<String> = results
        .cases
        .iter()
        .filter(|(id, verdict)| before.cases.get(id) != Some(verdict))
        .map(|(id, verdict)| {
            format!("{id}: {verdict}, kept: {}", before.cases.get(id).map_or("nothing", String::as_str))
        })
        .collect();
    if !different.is_empty() {
        bail!("other results than the kept ones (cargo xtask autobahn --keep):\n  {}", different.join("\n  "));
    }
    Ok(())
}

/// A quick run renews its own cases and leaves the others as they are, if the spec is the same.
fn merged(variant: Variant, results: &Kept) -> Kept {
    match Kept::read(variant) {
        Ok(mut kept) if kept.spec == results.spec => {
            kept.cases.extend(results.cases.clone());
            kept
        }
        _ => results.clone(),
    }
}

fn reports(agent: &str) -> PathBuf {
    paths::generated().join(format!("autobahn-{agent}"))
}
