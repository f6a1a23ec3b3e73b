//! The Autobahn test suite beside ours.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde_json::{Value, json};

use super::id::Id;
use super::report::Difference;
use super::result::CaseResult;
use super::verdict::Verdict;
use crate::lab::endpoint::Endpoint;
use crate::text::disarmed;

/// How long the suite may say nothing: it names every case that begins, and the longest takes minutes.
const SILENCE: Duration = Duration::from_secs(600);
/// How much of its errors is looked at for the last line, in bytes.
const QUOTED: u64 = 4096;

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
    let folder = tempfile::tempdir().map_err(|error| format!("a folder for the Autobahn suite: {error}"))?;
    fuzz(wstest, endpoint, cases, folder.path(), each)?;
    read(&folder.path().join("index.json"))
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
    command.env("PYTHONUNBUFFERED", "1");
    watch(command, SILENCE, &|line| {
        if let Some(id) = line.strip_prefix("Running test case ID ").and_then(|line| line.split(' ').next()) {
            each(id);
        }
    })
    .map_err(|why| format!("{}: {why}", wstest.display()))
}

/// Runs a program to its end, and tells of each line that it prints; it is ended if it prints none for so long.
fn watch(mut command: Command, silence: Duration, each: &dyn Fn(&str)) -> Result<(), String> {
    // A pipe that nobody reads would fill.
    let mut errors = tempfile::tempfile().map_err(|error| error.to_string())?;
    let stderr = errors.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let talked = child.stdout.take().is_none_or(|output| listen(output, silence, each));
    if !talked {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match (talked, status.success()) {
        (false, _) => Err(format!("it said nothing for {} s, and was ended", silence.as_secs())),
        (true, true) => Ok(()),
        (true, false) => Err(format!("it ended with {status}{}", last_line(&mut errors))),
    }
}

/// Whether the output came to its end, without being silent for too long.
fn listen(output: ChildStdout, silence: Duration, each: &dyn Fn(&str)) -> bool {
    let (sender, lines) = mpsc::channel();
    // Reading knows no deadline. Lines may hold anything.
    std::thread::spawn(move || {
        let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
        lines.map(|line| String::from_utf8_lossy(&line).into_owned()).try_for_each(|line| sender.send(line))
    });
    loop {
        match lines.recv_timeout(silence) {
            Ok(line) => each(&line),
            Err(RecvTimeoutError::Disconnected) => return true,
            Err(RecvTimeoutError::Timeout) => return false,
        }
    }
}

/// What a program that failed said last; the beginning of its errors does not tell why it ended.
fn last_line(errors: &mut File) -> String {
    let end = errors.seek(SeekFrom::End(0)).unwrap_or_default();
    let mut text = Vec::new();
    let read = errors.seek(SeekFrom::Start(end.saturating_sub(QUOTED))).and_then(|_| errors.read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let line = read.ok().and_then(|_| text.lines().rfind(|line| !line.trim().is_empty()));
    line.map(|line| format!(": {}", disarmed(line.trim()))).unwrap_or_default()
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

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    /// What becomes of a script of the shell, and the lines that it printed.
    fn watched(script: &str) -> (Result<(), String>, Vec<String>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let lines = Mutex::new(Vec::new());
        let result = watch(command, Duration::from_secs(1), &|line| lines.lock().unwrap().push(line.to_owned()));
        (result, lines.into_inner().unwrap())
    }

    #[test]
    fn a_program_is_watched_to_its_end() {
        assert_eq!(watched("echo one; echo two"), (Ok(()), vec!["one".to_owned(), "two".to_owned()]));
        let (result, lines) = watched("echo begun; echo first >&2; echo 'it is broken' >&2; echo >&2; exit 3");
        assert_eq!(result, Err("it ended with exit status: 3: it is broken".to_owned()));
        assert_eq!(lines, ["begun"]);
    }

    #[test]
    fn a_program_that_says_nothing_is_ended() {
        let start = Instant::now();
        let (result, lines) = watched("echo begun; exec sleep 60");
        assert_eq!(result, Err("it said nothing for 1 s, and was ended".to_owned()));
        assert_eq!(lines, ["begun"]);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
