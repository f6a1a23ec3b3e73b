//! `specgen conform --client` says what the Autobahn suite's fuzzing server says of clients of others, case by case.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use generated_tests::kept::CaseId;
use generated_tests::program::specgen_command;
use generated_tests::server::TestServer;
use generated_tests::{paths, tools};
use serde_json::{Value, json};

/// Everything that is decided quickly, and of the long groups one case for each thing that they vary.
const QUICK: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*,9.1.1,9.2.2,9.3.4,9.5.4,9.7.3,9.8.3,12.1.3,12.2.10,12.3.5,12.4.16,12.5.13,\
                     13.1.3,13.2.7,13.3.5,13.4.9,13.5.12,13.6.14,13.7.10";
const ALL: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.*,10.*,12.*,13.*";
/// What is looked at in clients alone.
const OWN: &str = "30.*,31.*,32.*,33.*,34.*";
/// A message stands before a fault: whether its echo is sent before the fault is seen depends on who is faster, in both suites.
const RACES: [&str; 10] = ["3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15"];
/// A case that differs is looked at again: the machine may have been busy.
const TRIES: usize = 5;

/// A client that goes through all cases of a fuzzing server, and echoes.
#[derive(Clone, Copy, Debug)]
enum Client {
    /// The npm package `ws`.
    Ws,
    /// The Python package `websockets`.
    Websockets,
}

/// By case, `events / ending`.
type Verdicts = BTreeMap<CaseId, String>;

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Websockets => "websockets",
        }
    }

    /// The words of its command, up to the URL.
    fn words(self) -> Result<Vec<String>> {
        let text = |path: &Path| path.to_str().map(str::to_owned).context("the path is no text");
        Ok(match self {
            Self::Ws => vec![
                text(&tools::find("node")?)?,
                text(&paths::client("ws-fuzzed.mjs"))?,
                text(&tools::node_modules()?)?,
            ],
            Self::Websockets => {
                vec![text(&tools::python_tool("python")?)?, text(&paths::client("websockets_fuzzed.py"))?]
            }
        })
    }
}

/// What `specgen conform` says of a client, case by case.
fn results(client: Client, cases: &str) -> Result<Vec<Value>> {
    let mut command = specgen_command()?;
    command.args(["conform", "--client", "--listen", "127.0.0.1:0", "--format", "json", "--cases", cases, "--"]);
    let output = command.args(client.words()?).arg("{url}").output()?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&output.stderr)))?;
    let agent = &report["agents"][0];
    ensure!(agent["server"] == client.name() && agent["stopped"].is_null(), "{:#}", agent["stopped"]);
    agent["results"].as_array().cloned().context("no results")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

fn ours(client: Client, cases: &str) -> Result<Verdicts> {
    let entry = |result: &Value| {
        let pair = format!("{} / {}", word(&result["behaviour"]), word(&result["end"]));
        Ok((CaseId::parse(word(&result["id"]))?, pair))
    };
    results(client, cases)?.iter().map(entry).collect()
}

/// What the Autobahn suite says of it.
fn theirs(client: Client, cases: &str) -> Result<Verdicts> {
    let folder = paths::generated().join(format!("fuzzed-{}-{}", client.name(), std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let spec = json!({
        "url": "ws://127.0.0.1:9001",
        "outdir": folder,
        "cases": cases.split(',').collect::<Vec<_>>(),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let file = folder.join("fuzzingserver.json");
    std::fs::write(&file, spec.to_string())?;
    let mut suite = Command::new(paths::tools().join("autobahn/bin/python"));
    suite.arg(paths::client("autobahn_fuzzingserver.py")).arg(file).env("PYTHONUTF8", "1");
    suite.current_dir(&folder);
    let server = TestServer::launch(suite)?;
    let words = client.words()?;
    let mut command = Command::new(&words[0]);
    tools::run(command.args(&words[1..]).arg(format!("ws://{}", server.address)))?;
    let index: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("index.json"))?)?;
    let results = index[client.name()].as_object().context("no results")?;
    let entry = |(case, result): (&String, &Value)| {
        Ok((CaseId::parse(case)?, format!("{} / {}", word(&result["behavior"]), word(&result["behaviorClose"]))))
    };
    let verdicts = results.iter().map(entry).collect();
    let _ = std::fs::remove_dir_all(&folder);
    verdicts
}

/// So many cases, of which both suites say the same.
fn agrees(client: Client, cases: &str, count: usize) -> Result<()> {
    let theirs = theirs(client, cases)?;
    ensure!(theirs.len() == count, "the Autobahn suite ran {} cases", theirs.len());
    let mut wanted = cases.to_owned();
    let mut lines = vec![];
    for turn in 0..TRIES {
        let ours = ours(client, &wanted)?;
        ensure!(turn > 0 || ours.len() == count, "{} cases were run", ours.len());
        let different: Vec<_> = ours.iter().filter(|(id, pair)| !says_the_same(id, pair, theirs.get(id))).collect();
        if different.is_empty() {
            return Ok(());
        }
        lines = different.iter().map(|(id, pair)| format!("{id}: {pair}, Autobahn: {:?}", theirs.get(id))).collect();
        wanted = different.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(",");
    }
    anyhow::bail!("{} cases differ:\n  {}", lines.len(), lines.join("\n  "))
}

fn says_the_same(id: &CaseId, ours: &str, theirs: Option<&String>) -> bool {
    let either = |pair: &str| ["OK / OK", "NON-STRICT / OK"].contains(&pair);
    let races = RACES.contains(&id.to_string().as_str());
    theirs.is_some_and(|theirs| ours == theirs || (races && either(ours) && either(theirs)))
}

#[test]
fn ws() -> Result<()> {
    agrees(Client::Ws, QUICK, 265)
}

#[test]
fn websockets() -> Result<()> {
    agrees(Client::Websockets, QUICK, 265)
}

#[test]
#[ignore = "all 517 cases"]
fn ws_in_all_cases() -> Result<()> {
    agrees(Client::Ws, ALL, 517)
}

#[test]
#[ignore = "all 517 cases"]
fn websockets_in_all_cases() -> Result<()> {
    agrees(Client::Websockets, ALL, 517)
}

/// Demands what our own groups find of a client.
fn finds(client: Client, expected: &[&str]) -> Result<()> {
    let results = results(client, OWN)?;
    let bad = results.iter().filter(|result| result["verdict"] != "OK");
    let found: Vec<String> =
        bad.map(|result| format!("{} {}", word(&result["id"]), word(&result["verdict"]))).collect();
    ensure!(found == expected, "{found:#?}");
    Ok(())
}

/// Neither offers subprotocols; both offer their window, and take a message that ends inside of a block.
#[test]
fn own_groups_and_ws() -> Result<()> {
    let expected = [
        // Node.js keeps a tab behind a value, and looks at no version.
        "30.2.13 FAILED",
        "30.2.15 SKIPPED",
        "30.4.12 NON-STRICT",
        "30.4.13 NON-STRICT",
        // The last of two is taken, and leading zeros are.
        "30.5.4 NON-STRICT",
        "30.5.14 FAILED",
        "30.5.20 FAILED",
        "30.5.21 SKIPPED",
        "30.5.23 SKIPPED",
        "30.5.24 SKIPPED",
        "30.5.25 SKIPPED",
        "32.5.1 NON-STRICT",
        // Lengths are taken for what they say.
        "33.1.1 NON-STRICT",
        "33.1.2 NON-STRICT",
        "33.1.3 NON-STRICT",
        "33.1.4 NON-STRICT",
        "33.1.5 NON-STRICT",
        "33.1.6 NON-STRICT",
        "33.1.7 NON-STRICT",
        "33.1.8 NON-STRICT",
        "33.1.11 NON-STRICT",
        "33.1.12 NON-STRICT",
        "34.2.9 FAILED",
    ];
    finds(Client::Ws, &expected)
}

#[test]
fn own_groups_and_websockets() -> Result<()> {
    let expected = [
        "30.2.15 SKIPPED",
        "30.2.30 NON-STRICT",
        "30.2.31 NON-STRICT",
        "30.4.15 NON-STRICT",
        "30.5.21 SKIPPED",
        "30.5.23 SKIPPED",
        "30.5.24 SKIPPED",
        "30.5.25 SKIPPED",
        "30.6.7 NON-STRICT",
        "33.1.1 NON-STRICT",
        "33.1.2 NON-STRICT",
        "33.1.3 NON-STRICT",
        "33.1.4 NON-STRICT",
        "33.1.5 NON-STRICT",
        "33.1.6 NON-STRICT",
        "33.1.7 NON-STRICT",
        "33.1.8 NON-STRICT",
        "33.1.9 NON-STRICT",
        "33.1.10 NON-STRICT",
        "33.1.11 NON-STRICT",
        "33.1.12 NON-STRICT",
        // Broken blocks are breaches of the protocol there, and no invalid payloads.
        "34.2.7 NON-STRICT",
        "34.2.8 NON-STRICT",
        "34.2.9 FAILED",
    ];
    finds(Client::Websockets, &expected)
}
