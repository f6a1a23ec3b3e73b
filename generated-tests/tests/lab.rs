//! The commands that talk to live servers, with servers that specgen generated.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::paths;
use generated_tests::process::family;
use generated_tests::program::{Program, Target, specgen_command};
use generated_tests::server::TestServer;
use generated_tests::tls::{Authority, Validity};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

generated_tests::for_each_target!(websocket, encrypted, lines, prefixes, datagrams, numbered, spec, task);

/// What `specgen test` says of a server, and how it ended.
fn test(server: &str, arguments: &[&str]) -> Result<(Option<i32>, Value)> {
    let mut command = specgen_command()?;
    command.arg("test").arg(server).args(["--format", "json"]).args(arguments);
    let Output { status, stdout, stderr } = command.output()?;
    let result = serde_json::from_slice(&stdout).with_context(|| {
        format!("no JSON: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
    })?;
    Ok((status.code(), result))
}

/// As [`test`], of a server that has to be good. All messages come back.
fn passes(server: &str, arguments: &[&str]) -> Result<Value> {
    let (code, result) = test(server, arguments)?;
    ensure!(code == Some(0) && result["status"] == "success", "ended with {code:?}: {result:#}");
    let metrics = &result["metrics"];
    ensure!(metrics["messagesSent"] == metrics["messagesReceived"] && metrics["avgLatencyMs"].is_f64(), "{result:#}");
    Ok(result)
}

fn websocket(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("deflate", target)?;
    let url = format!("ws://{}/", server.address);
    let result = passes(&url, &["--messages", "20", "--size", "32KiB"])?;
    let extensions = result["handshake"]["extensions"].as_str().unwrap_or_default();
    ensure!(extensions.starts_with("permessage-deflate"), "{result:#}");
    let ratio = result["metrics"]["compressionRatio"].as_f64().context("no ratio")?;
    ensure!(ratio < 0.2, "the same words again and again take {ratio} of their bytes");
    ensure!(result["close"] == json!({"code": 1000, "reason": ""}), "{result:#}");
    let result = passes(&url, &["--no-compression", "--binary", "--size", "0", "--messages", "1"])?;
    ensure!(result["handshake"]["extensions"].is_null(), "{result:#}");
    let (code, result) = test(&format!("{url}elsewhere"), &[])?;
    let what = &result["trouble"]["what"];
    ensure!(code == Some(1) && what == "HTTP/1.1 404 Not Found: nothing is served at this path", "{result:#}");
    Ok(())
}

/// A server whose certificate is of an authority of its own.
fn secured(spec: &str, target: Target) -> Result<(TestServer, String)> {
    let program = Program::of_lab_spec(spec, target)?.aside(&format!("lab-{spec}"))?;
    let authority = Authority::new("laboratory")?;
    authority.issue(Validity::Now)?.write(&program.folder)?;
    let file = program.folder.join("authority.pem");
    std::fs::write(&file, authority.pem())?;
    Ok((TestServer::start(&program, &[])?, file.to_str().context("a path in UTF-8")?.to_owned()))
}

fn encrypted(target: Target) -> Result<()> {
    let (server, authority) = secured("tls", target)?;
    let url = format!("wss://localhost:{}/", server.address.port());
    let result = passes(&url, &["--ca", &authority, "--size", "100KiB"])?;
    ensure!(result["connection"]["encryption"] == "TLSv1_3 TLS13_AES_256_GCM_SHA384", "{result:#}");
    passes(&url, &["--insecure"])?;
    let (code, result) = test(&url, &[])?;
    ensure!(code == Some(1) && result["trouble"]["kind"] == "tls", "{result:#}");
    let (code, result) = test(&url.replace("wss", "ws"), &[])?;
    let kind = &result["trouble"]["kind"];
    ensure!(code == Some(1) && (kind == "handshake" || kind == "ended"), "{result:#}");
    Ok(())
}

fn lines(target: Target) -> Result<()> {
    let (server, authority) = secured("tls-tcp", target)?;
    passes(&format!("tls://localhost:{}", server.address.port()), &["--ca", &authority, "--framing", "lines"])?;
    Ok(())
}

fn prefixes(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("tcp-prefix4", target)?;
    let url = format!("tcp://{}", server.address);
    passes(&url, &["--framing", "length-prefix=4", "--size", "100"])?;
    let (code, result) = test(&url, &["--framing", "length-prefix=4", "--size", "101"])?;
    ensure!(code == Some(1) && result["trouble"]["kind"] == "ended", "{result:#}");
    Ok(())
}

fn datagrams(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("udp-echo", target)?;
    passes(&format!("udp://{}", server.address), &["--messages", "30", "--size", "60"])?;
    Ok(())
}

/// Datagrams with numbers, and acknowledgements of them.
fn numbered(target: Target) -> Result<()> {
    for (spec, reliability) in [("udp-sequence", "sequence"), ("udp-ack", "ack")] {
        let server = TestServer::of_lab_spec(spec, target)?;
        let url = format!("udp://{}", server.address);
        passes(&url, &["--reliability", reliability, "--messages", "300", "--size", "60"])?;
        let (code, result) = test(&url, &["--messages", "3", "--timeout", "100ms"])?;
        ensure!(code == Some(1) && result["trouble"]["kind"] == "timed-out", "without numbers: {result:#}");
    }
    Ok(())
}

/// The spec's own server is built, started and ended.
fn spec(target: Target) -> Result<()> {
    let spec = paths::lab_spec("tcp-prefix2");
    let spec = Path::new(&spec).to_str().context("a path in UTF-8")?;
    let result = passes(spec, &["--target", target.name(), "--size", "50"])?;
    let url = result["target"].as_str().context("no target")?;
    let (code, result) = test(url, &[])?;
    ensure!(code == Some(1) && result["trouble"]["kind"] == "refused", "still there: {result:#}");
    Ok(())
}

/// An agent's task: the server is held to the RFCs.
fn task(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("autobahn", target)?;
    let url = format!("ws://{}/", server.address);
    let task = json!({"operation": "conformance", "url": url, "cases": ["1.*", "2.*", "7.5.1"]});
    let mut command = specgen_command()?;
    let mut child = command.arg("task").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no input")?.write_all(task.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    let result: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(output.status.success() && result["findings"] == json!([]), "{result:#}");
    ensure!(result["compliance"] == json!({"rfc6455": true, "autobahnPassed": 28, "autobahnFailed": 0}), "{result:#}");
    ensure!(result["testResults"] == json!({"totalTests": 28, "passedTests": 28}), "{result:#}");
    Ok(())
}

/// A command that is ended by a signal ends the server that it started.
#[test]
fn a_signal_ends_the_server_too() -> Result<()> {
    let spec = paths::lab_spec("workers-tcp");
    let mut command = specgen_command()?;
    command.arg("test").arg(spec).args(["--target", "python", "--framing", "lines", "--messages", "1000000"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stderr.take().context("no standard error")?).read_line(&mut line)?;
    let pid = line.split_once("process ").and_then(|(_, rest)| rest.split_once(',')).context(line.clone())?.0;
    let server: u32 = pid.parse()?;
    let processes = family(server);
    ensure!(processes.len() > 1, "no workers: {processes:?}");
    kill_process(Pid::from_raw(child.id().try_into()?).context("no process")?, Signal::TERM)?;
    ensure!(child.wait()?.signal() == Some(15), "not ended by the signal");
    let deadline = Instant::now() + Duration::from_secs(10);
    while processes.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()) {
        ensure!(Instant::now() < deadline, "still there: {processes:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
