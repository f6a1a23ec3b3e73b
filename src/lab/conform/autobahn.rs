//! The Autobahn test suite beside ours.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::id::Id;
use super::report::Difference;
use super::result::CaseResult;
use super::verdict::Verdict;
use crate::lab::endpoint::Endpoint;

/// How to come by it.
pub const INSTALL: &str = "its program is called wstest: put it into PATH, or name it with --wstest FILE. \
     It runs on Python 2.7 (pip2 install autobahntestsuite); a checkout of specgen installs a copy for Python 3.11 \
     with `cargo xtask setup`: --wstest target/tools/autobahn/bin/wstest";

/// The verdicts on events and ending, as the suite writes them.
pub type Verdicts = BTreeMap<Id, String>;

/// The program, where it is installed.
pub fn find(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(path) = given {
        // It is started in a folder of its own.
        return std::path::absolute(path).ok().filter(|path| path.is_file());
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join("wstest")).find(|path| path.is_file())
}

/// Runs these cases of the suite against a server; `each` is told of every case that begins.
///
/// # Errors
/// Why there is no result.
pub fn run(wstest: &Path, endpoint: &Endpoint, cases: &[Id], each: &dyn Fn(&str)) -> Result<Verdicts, String> {
    let folder = std::env::temp_dir().join(format!("specgen-autobahn-{}", std::process::id()));
    let run = || {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        fuzz(wstest, endpoint, cases, &folder, each)?;
        read(&folder.join("index.json"))
    };
    let verdicts = run();
    let _ = fs::remove_dir_all(&folder);
    verdicts
}

fn fuzz(wstest: &Path, endpoint: &Endpoint, cases: &[Id], folder: &Path, each: &dyn Fn(&str)) -> Result<(), String> {
    let cases: Vec<String> = cases.iter().map(Id::to_string).collect();
    let spec = json!({
        "outdir": folder,
        "servers": [{"agent": "server", "url": endpoint.to_string()}],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let file = folder.join("fuzzingclient.json");
    fs::write(&file, spec.to_string()).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut command = Command::new(wstest);
    command.args(["-m", "fuzzingclient", "-s"]).arg(&file).env("PYTHONUTF8", "1").current_dir(folder);
    command.env("PYTHONUNBUFFERED", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", wstest.display()))?;
    if let Some(output) = child.stdout.take() {
        let begins = |line: String| line.strip_prefix("Running test case ID ")?.split(' ').next().map(str::to_owned);
        BufReader::new(output).lines().map_while(Result::ok).filter_map(begins).for_each(|id| each(&id));
    }
    let status = child.wait().map_err(|error| format!("{}: {error}", wstest.display()))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", wstest.display())) }
}

/// Reads the suite's `index.json`.
///
/// # Errors
/// When it is not there, or not as the suite writes it.
fn read(index: &Path) -> Result<Verdicts, String> {
    let text = fs::read_to_string(index).map_err(|error| format!("{}: {error}", index.display()))?;
    let report: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", index.display()))?;
    let agents = report.as_object().ok_or("the suite's report is no object")?;
    let mut verdicts = Verdicts::new();
    for (id, result) in agents.values().filter_map(Value::as_object).flatten() {
        let word = |key: &str| result.get(key).and_then(Value::as_str).unwrap_or("MISSING");
        verdicts.insert(id.parse()?, format!("{} / {}", word("behavior"), word("behaviorClose")));
    }
    Ok(verdicts)
}

/// The cases that both suites have, without those that say nothing about the server.
pub fn common(results: &[CaseResult]) -> Vec<Id> {
    let has = |result: &&CaseResult| result.group < 20 && result.verdict != Verdict::Skipped;
    results.iter().filter(has).map(|result| result.id.clone()).collect()
}

/// The cases of which the suites say different things.
pub fn differences(results: &[CaseResult], theirs: &Verdicts) -> Vec<Difference> {
    let difference = |result: &CaseResult| {
        let theirs = theirs.get(&result.id)?;
        let ours = result.pair();
        (ours != *theirs).then(|| Difference { id: result.id.to_string(), ours, theirs: theirs.clone() })
    };
    results.iter().filter_map(difference).collect()
}
