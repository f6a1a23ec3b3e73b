//! `specgen conform --client`, and clients in order, with faults, and broken in every way.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests read and write, and measure")]

mod conform_client {
    pub mod client;
}

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use conform_client::client::{Fault, Visitor};
use serde_json::Value;

/// Address space of the command, in KiB: what a client announces is not memory yet.
const MEMORY: u32 = 1 << 20;

/// What is decided quickly; of what takes long, one case for each thing that varies.
const QUICK: &str = "1.*,2.*,3.*,4.*,5.*,6.1.*,6.2.*,6.3.*,6.12.*,7.*,10.*,9.1.1,9.7.2,12.1.1,12.3.11,13.1.1,13.2.1,13.3.1,13.4.1,\
                     13.5.1,13.6.1,13.7.1,30.*,31.*,32.*,33.*,34.*";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -v {MEMORY}; exec \"$@\"")).arg("sh");
    command.arg(env!("CARGO_BIN_EXE_specgen")).args(["conform", "--client"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that listens.
struct Fuzzer {
    child: Child,
    authority: String,
}

impl Fuzzer {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).args(["--listen", "127.0.0.1:0", "--format", "json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let authority = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, authority }
    }

    fn visitor(&self, fault: Option<Fault>) -> Visitor<'_> {
        Visitor { authority: &self.authority, agent: "test", fault }
    }

    /// What it says when it has ended: the exit code and the report.
    fn end(self) -> (Option<i32>, Value) {
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }

    /// The answer to these bytes, which comes in so many seconds.
    fn answer(&self, request: &[u8], seconds: u64) -> String {
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        let start = Instant::now();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(start.elapsed() < Duration::from_secs(seconds), "{:?}", start.elapsed());
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}

/// One that is ended by the test.
struct Visits(Fuzzer);

/// Cases that are not OK, as `ID VERDICT`.
fn not_ok(report: &Value) -> Vec<String> {
    let results = report["agents"][0]["results"].as_array().unwrap();
    let word = |result: &Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
    let bad = results.iter().filter(|result| result["verdict"] != "OK");
    bad.map(|result| format!("{} {}", word(result, "id"), word(result, "verdict"))).collect()
}

/// What is found of a client with that fault: the exit code, and what is not OK.
fn found(fault: Option<Fault>, cases: &str) -> (Option<i32>, Vec<String>) {
    let fuzzer = Fuzzer::start(&["--cases", cases]);
    fuzzer.visitor(fault).run_all();
    let (code, report) = fuzzer.end();
    (code, not_ok(&report))
}

/// Demands that the fault is found by these cases, and by no other of those that are run.
fn finds(fault: Fault, cases: &str, verdict: &str, expected: &[&str]) {
    let (code, bad) = found(Some(fault), cases);
    let expected: Vec<String> = expected.iter().map(|id| format!("{id} {verdict}")).collect();
    assert_eq!(bad, expected, "{fault:?}");
    assert_eq!(code, Some(i32::from(verdict == "FAILED")), "{fault:?}");
}

/// The client takes no interim answers, takes HTTP/1.0, and offers its window and a subprotocol.
const LEFT_OPEN: [&str; 4] = ["30.2.31 NON-STRICT", "30.4.12 NON-STRICT", "30.5.21 SKIPPED", "30.5.22 SKIPPED"];

#[test]
fn a_client_without_faults() {
    let (code, bad) = found(None, QUICK);
    assert_eq!(bad, LEFT_OPEN);
    assert_eq!(code, Some(0));
}

/// The cases of a part: `6.3.1`, `6.3.2`, …
fn part(part: &str, numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|number| format!("{part}.{number}")).collect()
}

fn finds_part(fault: Fault, cases: &str, verdict: &str, expected: &[String]) {
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    finds(fault, cases, verdict, &expected);
}

#[test]
fn rfc6455_5_1_and_5_3_masks() {
    finds(Fault::NoMask, "1.1.1,30.2.1,30.3.1,31.1.1", "FAILED", &["1.1.1", "30.2.1", "31.1.1"]);
    finds(Fault::OneMask, "1.1.*,2.*,30.1.*,30.2.1,31.*", "FAILED", &["31.1.2", "31.1.3"]);
}

#[test]
fn rfc6455_4_1_requests() {
    finds(Fault::OneKey, "1.1.1,30.1.*,30.3.*,31.*", "FAILED", &["30.1.7"]);
    finds(Fault::Version8, "1.1.1,30.1.*,30.2.1", "FAILED", &["1.1.1", "30.1.8", "30.2.1"]);
}

#[test]
fn rfc6455_4_1_answers() {
    finds_part(Fault::AnyAccept, "30.1.*,30.3.*,30.5.*", "FAILED", &[]);
}

#[test]
fn rfc6455_8_1_text() {
    finds(Fault::AnyText, "6.1.*,6.2.*,6.3.*,32.3.*,34.2.*", "FAILED", &["6.3.1", "6.3.2", "34.2.10"]);
}

#[test]
fn rfc6455_5_5_2_pings() {
    let expected = ["2.1", "2.2", "2.3", "2.4", "2.6", "2.9", "2.10", "2.11", "31.1.1", "34.1.10"];
    finds(Fault::NoPong, "1.1.1,2.*,31.*,34.1.*", "FAILED", &expected);
}

#[test]
fn rfc6455_7_closing() {
    finds(Fault::NoClose, "2.5,7.1.1,7.3.1,32.1.1", "FAILED", &["7.1.1", "7.3.1", "32.1.1"]);
    finds_part(Fault::OneCode, "1.1.1,7.1.*,7.7.*,32.1.*", "NON-STRICT", &part("32.1", 2..=16));
    finds(Fault::EndsFirst, "1.1.*,7.1.1,30.2.1,32.1.1,32.4.*,32.5.*", "NON-STRICT", &["32.5.1"]);
    finds(Fault::Talkative, "1.1.*,7.1.1,7.7.*,30.2.1,32.1.*,32.5.*", "FAILED", &["32.5.1", "32.5.2", "32.5.3"]);
}
