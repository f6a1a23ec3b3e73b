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

/// Memory of the command, in KiB: what a client announces is none yet.
const MEMORY: u32 = 512 << 10;

/// What is decided quickly; of what takes long, one case for each thing that varies.
const QUICK: &str = "1.*,2.*,3.*,4.*,5.*,6.1.*,6.2.*,6.3.*,6.12.*,7.*,10.*,9.1.1,9.7.2,12.1.1,12.3.11,13.1.1,13.2.1,13.3.1,13.4.1,\
                     13.5.1,13.6.1,13.7.1,30.*,31.*,32.*,33.*,34.*";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -d {MEMORY}; exec \"$@\"")).arg("sh");
    command.arg(env!("CARGO_BIN_EXE_specgen")).args(["conform", "--client"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that listens, and ends with this value.
struct Fuzzer {
    child: Option<Child>,
    authority: String,
}

impl Fuzzer {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).args(["--listen", "127.0.0.1:0", "--format", "json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let authority = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child: Some(child), authority }
    }

    fn visitor(&self, fault: Option<Fault>) -> Visitor<'_> {
        Visitor { authority: &self.authority, agent: "test", fault }
    }

    /// What it says when it has ended: the exit code and the report.
    fn end(mut self) -> (Option<i32>, Value) {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }

    /// What it says when it was ended from outside.
    fn interrupt(self) -> (Option<i32>, Value) {
        let _ = Command::new("kill").args(["-INT", &self.child.as_ref().unwrap().id().to_string()]).status();
        self.end()
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

impl Drop for Fuzzer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

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
    assert_eq!(report["agents"][0]["stopped"], Value::Null);
    (code, not_ok(&report))
}

/// Demands that the fault is found by these cases, and by no other of those that are run.
fn finds(fault: Fault, cases: &str, verdict: &str, expected: &[&str]) {
    let (code, bad) = found(Some(fault), cases);
    let expected: Vec<String> = expected.iter().map(|id| format!("{id} {verdict}")).collect();
    assert_eq!(bad, expected, "{fault:?}");
    assert_eq!(code, Some(i32::from(verdict == "FAILED")), "{fault:?}");
}

/// The RFCs do not judge group 7's; the client takes no interim answers, takes HTTP/1.0, and offers its window and a subprotocol.
const LEFT_OPEN: [&str; 7] = [
    "7.1.6 INFORMATIONAL",
    "7.13.1 INFORMATIONAL",
    "7.13.2 INFORMATIONAL",
    "30.2.31 NON-STRICT",
    "30.4.12 NON-STRICT",
    "30.5.21 SKIPPED",
    "30.5.22 SKIPPED",
];

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
    let without = ["--without", "30.2.31,30.3.11,30.4.12,30.5.4,30.5.21,30.5.22"];
    let finds = |fault, expected: Vec<String>| {
        let fuzzer = Fuzzer::start(&[&["--cases", "30.*"][..], &without].concat());
        fuzzer.visitor(Some(fault)).run_all();
        let expected: Vec<String> = expected.iter().map(|id| format!("{id} FAILED")).collect();
        assert_eq!(not_ok(&fuzzer.end().1), expected, "{fault:?}");
    };
    finds(Fault::AnyAccept, part("30.3", 1..=10));
    finds(Fault::AnyStatus, part("30.4", 1..=11));
    finds(Fault::AnyExtension, [part("30.5", 1..=3), part("30.5", 5..=20)].concat());
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
    finds(Fault::NoClose, "30.3.1,7.1.1,7.3.1,32.1.1", "FAILED", &["7.1.1", "7.3.1", "32.1.1"]);
    let codes = part("32.1", 2..=16);
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    finds(Fault::OneCode, "1.1.1,7.1.1,7.7.*,32.1.*", "NON-STRICT", &codes);
    finds(Fault::EndsFirst, "1.1.*,7.1.1,30.2.1,32.1.1,32.4.*,32.5.*", "NON-STRICT", &["32.5.1"]);
    finds(Fault::Talkative, "1.1.*,7.1.1,7.7.*,30.2.1,32.1.*,32.5.*", "FAILED", &["32.5.1", "32.5.2", "32.5.3"]);
}

#[test]
fn rfc7692_7_1_a_client_that_offers_nothing() {
    let (code, bad) = found(Some(Fault::Uncompressed), "1.1.1,12.1.1,13.7.1,30.5.1,30.5.5,34.1.1,34.3.*,34.4.1");
    let expected = [
        "12.1.1 UNIMPLEMENTED",
        "13.7.1 UNIMPLEMENTED",
        "30.5.5 SKIPPED",
        "34.1.1 UNIMPLEMENTED",
        "34.4.1 UNIMPLEMENTED",
    ];
    assert_eq!(bad, expected);
    assert_eq!(code, Some(0));
}

#[test]
fn addresses_tell_of_cases() {
    let fuzzer = Fuzzer::start(&["--cases", "1.1.1,2.5,6.3.1"]);
    let good = fuzzer.visitor(None);
    assert_eq!(good.visit("/getCaseCount").as_deref(), Some("3"));
    let info = good.visit("/getCaseInfo?case=2").unwrap();
    let info: Value = serde_json::from_str(&info).unwrap();
    assert_eq!((info["id"].as_str(), info["description"].as_str()), (Some("2.5"), Some("A Ping with 126 bytes")));
    let bad = Visitor { agent: "other", ..fuzzer.visitor(Some(Fault::AnyText)) };
    bad.visit("/runCase?casetuple=6.3.1&agent=other");
    good.visit("/runCase?case=3&agent=test");
    let status = |agent: &str| good.visit(&format!("/getCaseStatus?case=3&agent={agent}"));
    assert_eq!(status("other").as_deref(), Some(r#"{"behavior":"FAILED"}"#));
    assert_eq!(status("test").as_deref(), Some(r#"{"behavior":"OK"}"#));
    assert_eq!(status("nobody"), None);
    good.visit("/updateReports?agent=test");
    bad.visit("/updateReports?agent=other");
    let (code, report) = fuzzer.end();
    let agents = report["agents"].as_array().unwrap();
    let names: Vec<&str> = agents.iter().filter_map(|agent| agent["server"].as_str()).collect();
    assert_eq!((names, code), (vec!["other", "test"], Some(1)));
    assert_eq!(agents[1]["stopped"]["what"], "the client ran 1 of 3 cases");
}

#[test]
fn an_interrupt_ends_the_run_with_what_was_seen() {
    let fuzzer = Fuzzer::start(&["--cases", "1.1.1,1.1.2"]);
    fuzzer.visitor(None).visit("/runCase?case=1&agent=test");
    let (code, report) = fuzzer.interrupt();
    assert_eq!(code, Some(1));
    assert_eq!(report["agents"][0]["results"].as_array().unwrap().len(), 1);
    assert_eq!(report["agents"][0]["stopped"]["what"], "the client ran 1 of 2 cases");
}

/// An upgrade request for that target.
fn upgrade(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

#[test]
fn what_makes_no_sense_is_answered_with_words() {
    let fuzzer = Fuzzer::start(&["--cases", "1.1.1"]);
    let answered = |request: &str, status: &str, words: &str| {
        let answer = fuzzer.answer(request.as_bytes(), 4);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(words), "{request:?}: {answer}");
    };
    answered(&upgrade("/"), "404", "there are /getCaseCount,");
    answered(&upgrade("/runCase?case=2&agent=a"), "404", "`case` is a number from 1 to 1");
    answered(&upgrade("/runCase?case=99999999999999999999&agent=a"), "404", "`case` is a number from 1 to 1");
    answered(&upgrade("/runCase?case=1"), "400", "`agent=NAME` is missing");
    answered(&upgrade("/getCaseStatus?case=1&agent=a"), "404", "this agent did not run that case");
    answered("GET /getCaseCount HTTP/1.1\r\nHost: x\r\n\r\n", "400", "Sec-WebSocket-Key is missing");
    answered("\x16\x03\x01\x02\r\n\r\n", "400", "no head of HTTP/1.1");
    answered(&format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(40_000)), "431", "longer than 32 KiB");
    let (code, report) = fuzzer.interrupt();
    assert_eq!((code, &report["stopped"]["what"]), (Some(1), &Value::from("no client ran a case")));
}

#[test]
fn broken_clients_end_in_time_and_memory() {
    let fuzzer = Fuzzer::start(&["--cases", "1.1.1,9.1.1,12.1.1"]);
    let run = |case: u32, frames: &[u8]| {
        let request = upgrade(&format!("/runCase?case={case}&agent=broken"));
        fuzzer.answer(&[request.as_bytes(), frames].concat(), 30);
    };
    std::thread::scope(|scope| {
        // Nothing at all, and one byte a second.
        scope.spawn(|| assert!(fuzzer.answer(b"", 12).starts_with("HTTP/1.1 408")));
        scope.spawn(|| slowly(&fuzzer.authority));
        // 10 GB in one frame, garbage, masks that are missing, and a reset.
        scope.spawn(|| run(1, b"\x82\xff\x00\x00\x00\x02\x54\x0b\xe4\x00\x00\x00\x00\x00"));
        scope.spawn(|| run(2, &[0xff; 5000]));
        scope.spawn(|| run(3, b"\x81\x05Hello"));
        scope.spawn(|| drop(TcpStream::connect(&fuzzer.authority).unwrap()));
        // More than are served at a time.
        for _ in 0..200 {
            scope.spawn(|| run(1, &b"\x81\x80\x00\x00\x00\x00".repeat(2000)));
        }
    });
    assert_eq!(fuzzer.visitor(None).visit("/getCaseCount").as_deref(), Some("3"));
    let (code, report) = fuzzer.interrupt();
    assert_eq!(code, Some(1));
    assert_eq!(not_ok(&report)[1..], ["9.1.1 FAILED", "12.1.1 FAILED"].map(str::to_owned));
}

/// One byte a second: the request has to come in time.
fn slowly(authority: &str) {
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let start = Instant::now();
    let mut answer = [0; 12];
    for byte in upgrade("/getCaseCount").into_bytes() {
        let _ = stream.write_all(&[byte]);
        if matches!(stream.read_exact(&mut answer), Ok(())) {
            break;
        }
    }
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    assert_eq!(&answer, b"HTTP/1.1 408");
}

/// Runs the command to its end.
fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

#[test]
fn a_command_is_started_and_waited_for() {
    let exit = |script: &str, url: &str| {
        let arguments = ["--listen", "127.0.0.1:0", "--cases", "1.1.1", "--", "sh", "-c", script, "sh", url];
        let output = output(&arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = exit(r#"test "$SPECGEN_URL" = "$1" && echo "at $1""#, "{url}");
    assert_eq!(code, Some(1), "{said}");
    let url = said.lines().next().unwrap().replace("listening on ", "at ws://");
    assert!(said.contains(&url) && said.contains("error: no client ran a case"), "{said}");
    let (code, said) = exit("exit 7", "");
    assert!(code == Some(1) && said.contains("error: the command ended with exit status: 7"), "{said}");
    let missing = output(&["--listen", "127.0.0.1:0", "--", "/not/there"]);
    assert_eq!(missing.status.code(), Some(3));
}

#[test]
fn command_lines_that_make_no_sense() {
    let said = |arguments: &[&str]| {
        let output = output(arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for other in [&["ws://127.0.0.1:1"][..], &["--jobs", "2"], &["--autobahn"], &["--target", "c"], &["--insecure"]] {
        let (code, words) = said(other);
        assert!(code == Some(2) && words.contains("cannot be used with"), "{other:?}: {words}");
    }
    assert_eq!(said(&["--cases", "20.*"]).0, Some(2));
    assert_eq!(said(&["--listen", "nonsense"]).0, Some(2));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, words) = said(&["--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(code == Some(3) && words.starts_with("error: cannot listen on 127.0.0.1:"), "{words}");
}

#[test]
fn reports_are_written_for_every_client() {
    let folder = tempfile::tempdir().unwrap();
    let (html, junit) = (folder.path().join("report.html"), folder.path().join("report.xml"));
    let files = ["--report", html.to_str().unwrap(), "--junit", junit.to_str().unwrap()];
    let fuzzer = Fuzzer::start(&[&["--cases", "1.1.1,1.1.2"][..], &files].concat());
    for agent in ["one", "%3Cscript%3E"] {
        Visitor { agent, ..fuzzer.visitor(None) }.visit(&format!("/runCase?case=1&agent={agent}"));
    }
    Visitor { agent: "one", ..fuzzer.visitor(None) }.run_all();
    assert_eq!(fuzzer.interrupt().0, Some(1));
    let page = fs::read_to_string(html).unwrap();
    assert_eq!(page.matches("<details").count(), 3, "{page}");
    assert!(page.contains("<h1>one</h1>") && page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("id=\"1-group-1\"") && page.contains("href=\"#2-group-1\""), "{page}");
    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("<testsuite name=\"one: 1 Framing\" tests=\"2\""), "{xml}");
}
