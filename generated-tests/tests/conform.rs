//! `specgen conform` says what the Autobahn suite says, case by case: of our servers, of those of others, and of one with faults.
//!
//! What the Autobahn suite says is kept: `cargo xtask autobahn` and `cargo xtask autobahn --peers` compare it, or with `--keep` renew it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use generated_tests::broken::Fault;
use generated_tests::kept::{CaseId, Kept};
use generated_tests::peers::Peer;
use generated_tests::program::{Profile, Program, Target, specgen_command};
use generated_tests::server::TestServer;
use generated_tests::{paths, tools};
use serde_json::Value;

generated_tests::for_each_target!(our_server_passes, own_groups_with_a_spec);

/// Everything that is decided quickly, and of the long groups one case for each thing that they vary.
const QUICK: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*,9.1.1,9.2.2,9.3.4,9.5.4,9.7.3,9.8.3,12.1.3,12.2.10,12.3.5,12.4.16,12.5.13,\
                     13.1.3,13.2.7,13.3.5,13.4.9,13.5.12,13.6.14,13.7.10";
/// A server owes an echo when it sees a fault behind it: these depend on which it is faster at.
const RACES: [&str; 10] = ["3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15"];
/// So often a race is looked at.
const TRIES: usize = 5;

/// What `specgen conform` says of a server: the verdicts as the Autobahn suite writes them, and those as a whole.
fn conform(server: &str, arguments: &[&str]) -> Result<BTreeMap<CaseId, (String, String)>> {
    let mut command = specgen_command()?;
    command.arg("conform").arg(server).args(["--format", "json"]).args(arguments);
    let output = command.output()?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&output.stderr)))?;
    ensure!(report["stopped"].is_null(), "{:#}", report["stopped"]);
    let results = report["results"].as_array().with_context(|| format!("no results: {report:#}"))?;
    let word = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let entry = |result: &Value| {
        let pair = format!("{} / {}", word(&result["behaviour"]), word(&result["end"]));
        Ok((CaseId::parse(&word(&result["id"]))?, (pair, word(&result["verdict"]))))
    };
    results.iter().map(entry).collect()
}

/// Whether a case is one of those that are named so: `6.4.1`, `6.*`.
fn takes(patterns: &str, id: &CaseId) -> bool {
    let id = id.to_string();
    let takes = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => id.starts_with(beginning),
        None => id == pattern,
    };
    patterns.split(',').any(takes)
}

/// Compares with what is kept, case by case: every case is answered, and only what is a race may be so at another try.
fn agrees(address: SocketAddr, kept: &Kept, cases: &str) -> Result<()> {
    let mut different = compare(address, kept, cases)?;
    for _ in 1..TRIES {
        let is_race = |id: &CaseId| RACES.contains(&id.to_string().as_str());
        if different.is_empty() || !different.keys().all(is_race) {
            break;
        }
        let again: Vec<String> = different.keys().map(CaseId::to_string).collect();
        different = compare(address, kept, &again.join(","))?;
    }
    let lines: Vec<&str> = different.values().map(String::as_str).collect();
    ensure!(lines.is_empty(), "{} cases differ:\n  {}", lines.len(), lines.join("\n  "));
    Ok(())
}

/// The cases of which both say different things, and what.
fn compare(address: SocketAddr, kept: &Kept, cases: &str) -> Result<BTreeMap<CaseId, String>> {
    let ours = conform(&format!("ws://{address}"), &["--cases", cases])?;
    let wanted: Vec<&CaseId> = kept.cases.keys().filter(|id| takes(cases, id)).collect();
    ensure!(!wanted.is_empty() && ours.keys().eq(wanted), "of {cases} other cases were answered: {:?}", ours.keys());
    let other = |(id, (pair, _)): &(&CaseId, &(String, String))| kept.cases.get(*id) != Some(pair);
    let line = |(id, (pair, _)): (&CaseId, &(String, String))| {
        (id.clone(), format!("{id}: {pair}, Autobahn: {:?}", kept.cases.get(id)))
    };
    Ok(ours.iter().filter(other).map(line).collect())
}

/// Every case of the Autobahn suite's groups is OK (or undecided by the RFCs), as Autobahn says too.
fn passes(target: Target, profile: Profile, cases: &str) -> Result<()> {
    let program = Program::build(&paths::lab_spec("autobahn"), target, profile)?;
    let server = TestServer::start(&program, &[("LOG_LEVEL", "error")])?;
    let kept = Kept::read(target.into())?;
    agrees(server.address, &kept, cases)
}

fn our_server_passes(target: Target) -> Result<()> {
    passes(target, Profile::Checked, QUICK)
}

/// Groups that Autobahn does not have, with all that the spec tells about the server.
fn own_groups_with_a_spec(target: Target) -> Result<()> {
    let spec = paths::lab_spec("conform");
    let spec = spec.to_str().context("the path is no text")?;
    let cases = conform(spec, &["--target", target.name(), "--cases", "20.*,21.*,22.*,23.*,24.*"])?;
    let bad: Vec<String> = cases
        .iter()
        .filter(|(_, (_, verdict))| verdict != "OK")
        .map(|(id, (_, verdict))| format!("{id}: {verdict}"))
        .collect();
    // The spec requires neither a subprotocol nor a token.
    let skipped = ["20.4.7: SKIPPED", "20.4.10: SKIPPED"];
    ensure!(bad == skipped, "of {} cases {bad:?} are not OK", cases.len());
    Ok(())
}

/// The one exception: in these the Autobahn suite waits until the server ends TCP, however long it lingers, and finds nothing
/// wrong; `specgen conform` waits for two seconds, and says that the client had to. docs/conform.md tells it too.
const WITHOUT_END: [&str; 4] = ["6.4.1", "6.4.2", "6.4.3", "6.4.4"];

fn peer_agrees(peer: Peer, cases: &str) -> Result<()> {
    let running = peer.start()?;
    let mut kept = Kept::read_from(&peer.kept())?;
    if peer == Peer::Broken(Some(Fault::Lingers)) {
        for id in WITHOUT_END {
            kept.cases.insert(CaseId::parse(id)?, "OK / FAILED BY CLIENT".to_owned());
        }
    }
    agrees(running.address, &kept, cases)
}

/// Groups in which servers differ most.
const TELLING: &str = "1.*,2.*,3.*,4.*,5.*,6.1.*,6.2.*,6.3.*,6.4.*,6.12.*,7.*,10.*,9.1.1,9.2.1,9.7.2,12.1.1,13.3.2";

#[test]
fn ws() -> Result<()> {
    peer_agrees(Peer::Ws, TELLING)
}

#[test]
fn websockets() -> Result<()> {
    peer_agrees(Peer::Websockets, TELLING)
}

#[test]
fn a_server_without_faults() -> Result<()> {
    peer_agrees(Peer::Broken(None), TELLING)
}

/// The fixture without faults keeps to what the Autobahn suite looks at, and to no more: it upgrades whoever asks, and takes every length
/// and every mask. The cases beyond that suite have to notice.
#[test]
fn own_groups_notice_what_a_server_does_not_judge() -> Result<()> {
    let running = Peer::Broken(None).start()?;
    let cases = conform(&format!("ws://{}", running.address), &["--cases", "20.3.*,21.*"])?;
    let of = |wanted: &str| -> Vec<String> {
        let own = cases.iter().filter(|(_, (_, verdict))| verdict == wanted);
        own.map(|(id, _)| id.to_string()).collect()
    };
    let upgraded = numbered("20.3", &[1..=13, 17..=20, 28..=34, 41..=44, 56..=56, 58..=62]);
    let upgraded_by_choice = numbered("20.3", &[14..=16, 21..=27, 35..=40, 45..=55, 57..=57]);
    ensure!(of("FAILED") == [upgraded, numbered("21.1", &[1..=7])].concat(), "{:?}", of("FAILED"));
    ensure!(of("NON-STRICT") == [upgraded_by_choice, numbered("21.2", &[1..=12])].concat(), "{:?}", of("NON-STRICT"));
    ensure!(of("SKIPPED") == numbered("21.3", &[1..=4]), "{:?}", of("SKIPPED"));
    ensure!(cases.len() == 62 + 23, "{} cases", cases.len());
    Ok(())
}

/// `20.3.1` and so on.
fn numbered(part: &str, numbers: &[RangeInclusive<u32>]) -> Vec<String> {
    numbers.iter().cloned().flatten().map(|number| format!("{part}.{number}")).collect()
}

/// Every case of the page opens, nothing is fetched and nothing complains, in light and dark.
#[test]
fn the_report_in_chromium() -> Result<()> {
    let page = paths::generated().join("conform.html");
    let running = Peer::Broken(Some(Fault::AnyText)).start()?;
    let mut command = specgen_command()?;
    command.arg("conform").arg(format!("ws://{}", running.address)).args(["--cases", "1.1.*,6.1.*,6.12.1,20.3.*"]);
    ensure!(command.arg("--report").arg(&page).output()?.status.code() == Some(1), "the fault was not found");
    let mut client = Command::new(tools::find("node")?);
    client.arg(paths::client("report.mjs")).arg(tools::node_modules()?).arg(tools::find("chromium")?).arg(&page);
    tools::run(&mut client).map(drop)
}

/// Each fault makes cases fail, and the same ones.
#[test]
fn a_server_with_faults() -> Result<()> {
    let agrees = |fault| peer_agrees(Peer::Broken(Some(fault)), TELLING);
    let mut wrong = vec![];
    std::thread::scope(|scope| {
        let works = Fault::ALL.map(|fault| (fault, scope.spawn(move || agrees(fault))));
        for (fault, work) in works {
            match work.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => wrong.push(format!("{}: {error:#}", fault.name())),
                Err(_) => wrong.push(format!("{}: panicked", fault.name())),
            }
        }
    });
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn fault_agrees(fault: Fault) -> Result<()> {
    peer_agrees(Peer::Broken(Some(fault)), ALL)
}

#[test]
fn all_results_are_kept() -> Result<()> {
    for peer in Peer::all() {
        let kept = Kept::read_from(&peer.kept())?;
        ensure!(kept.cases.len() == 517, "{peer}: {} cases", kept.cases.len());
    }
    Ok(())
}

#[test]
fn the_kept_results_of_each_fault_are_its_own() -> Result<()> {
    let good = Kept::read_from(&Peer::Broken(None).kept())?;
    for fault in Fault::ALL {
        let kept = Kept::read_from(&Peer::Broken(Some(fault)).kept())?;
        ensure!(kept.cases != good.cases, "{}: no case notices it", fault.name());
    }
    Ok(())
}

const ALL: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.*,10.*,12.*,13.*";

/// All 517 cases of a server each: minutes.
macro_rules! all_cases {
    ($($name:ident: $test:expr;)*) => {
        mod all_cases {
            use super::*;
            $(
                #[test]
                #[ignore = "all 517 cases"]
                fn $name() -> Result<()> {
                    $test
                }
            )*
        }
    };
}

all_cases! {
    c: passes(Target::C, Profile::Release, ALL);
    python: passes(Target::Python, Profile::Release, ALL);
    nodejs: passes(Target::NodeJs, Profile::Release, ALL);
    rust: passes(Target::Rust, Profile::Release, ALL);
    ws: peer_agrees(Peer::Ws, ALL);
    websockets: peer_agrees(Peer::Websockets, ALL);
    without_faults: peer_agrees(Peer::Broken(None), ALL);
    any_text: fault_agrees(Fault::AnyText);
    late_text: fault_agrees(Fault::LateText);
    any_rsv: fault_agrees(Fault::AnyRsv);
    any_opcode: fault_agrees(Fault::AnyOpcode);
    long_control: fault_agrees(Fault::LongControl);
    fragmented_control: fault_agrees(Fault::FragmentedControl);
    any_fragment: fault_agrees(Fault::AnyFragment);
    no_pong: fault_agrees(Fault::NoPong);
    empty_pong: fault_agrees(Fault::EmptyPong);
    one_code: fault_agrees(Fault::OneCode);
    no_close: fault_agrees(Fault::NoClose);
    any_close: fault_agrees(Fault::AnyClose);
    lingers: fault_agrees(Fault::Lingers);
    masks: fault_agrees(Fault::Masks);
    long_lengths: fault_agrees(Fault::LongLengths);
    sends_rsv: fault_agrees(Fault::SendsRsv);
    binary: fault_agrees(Fault::Binary);
    truncates: fault_agrees(Fault::Truncates);
    talkative: fault_agrees(Fault::Talkative);
}
