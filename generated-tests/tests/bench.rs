//! `specgen bench` with servers that specgen generated.

use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result, ensure};
use generated_tests::paths;
use generated_tests::program::{Program, Target, specgen_command};
use generated_tests::server::TestServer;
use generated_tests::tls::{Authority, Validity};
use serde_json::Value;

generated_tests::for_each_target!(compressed, encrypted, framed, datagrams, numbered, spec);

/// A short run against a server that has to be good: everything comes back. Gives what is said of each server.
fn bench(server: &str, arguments: &[&str]) -> Result<Value> {
    let mut command = specgen_command()?;
    command.arg("bench").arg(server).args(["--format", "json", "--duration", "400ms", "--warm-up", "100ms"]);
    command.args(["--connections", "8"]).args(arguments);
    let Output { status, stdout, stderr } = command.output()?;
    let result: Value =
        serde_json::from_slice(&stdout).with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&stderr)))?;
    ensure!(status.code() == Some(0) && result["status"] == "success", "ended with {status}: {result:#}");
    for server in result["servers"].as_array().context("no servers")? {
        let measured = &server["measured"];
        ensure!(measured["echoed"] == measured["due"] && measured["echoed"].as_u64() > Some(0), "{result:#}");
    }
    Ok(result["servers"].clone())
}

fn compressed(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("deflate", target)?;
    let url = format!("ws://{}/", server.address);
    let servers = bench(&url, &["--compression", "--size", "16KiB", "--text", "--in-flight", "2"])?;
    let counts = &servers[0]["measured"];
    let bytes = |key: &str| counts[key].as_u64().context("no count");
    ensure!(bytes("bytesSent")? * 2 < bytes("sent")? * (16 << 10), "sent without compression: {counts:#}");
    ensure!(bytes("bytesReceived")? * 2 < bytes("echoed")? * (16 << 10), "echoed without compression: {counts:#}");
    Ok(())
}

fn encrypted(target: Target) -> Result<()> {
    let program = Program::of_lab_spec("tls", target)?.aside("bench")?;
    let authority = Authority::new("laboratory")?;
    authority.issue(Validity::Now)?.write(&program.folder)?;
    let server = TestServer::start(&program, &[])?;
    let url = format!("wss://localhost:{}/", server.address.port());
    for size in ["64", "200KiB"] {
        bench(&url, &["--insecure", "--in-flight", "4", "--size", size])?;
    }
    Ok(())
}

fn framed(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("tcp-prefix4", target)?;
    bench(&format!("tcp://{}", server.address), &["--framing", "length-prefix=4", "--in-flight", "16"])?;
    Ok(())
}

/// Datagrams with numbers; more are asked for at a time than the window of acknowledgements holds.
fn numbered(target: Target) -> Result<()> {
    for (spec, in_flight) in [("udp-sequence", "16"), ("udp-ack", "300")] {
        let server = TestServer::of_lab_spec(spec, target)?;
        let reliability = spec.trim_start_matches("udp-");
        bench(&format!("udp://{}", server.address), &["--reliability", reliability, "--in-flight", in_flight])?;
    }
    Ok(())
}

fn datagrams(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("udp-echo", target)?;
    bench(&format!("udp://{}", server.address), &["--messages-per-second", "50", "--size", "32"])?;
    Ok(())
}

/// Two servers of one spec are built, started, take turns, and end.
fn spec(target: Target) -> Result<()> {
    let spec = paths::lab_spec("tcp-prefix2");
    let spec = spec.to_str().context("a path in UTF-8")?;
    let servers = bench(spec, &["--target", target.name(), "--size", "50", "--vs", spec, "--in-flight", "2"])?;
    let pids = |index: usize| &servers[index]["process"]["seen"]["pids"];
    ensure!(pids(0).is_array() && pids(0) != pids(1), "{servers:#}");
    for pid in [pids(0), pids(1)].into_iter().flat_map(|pids| pids.as_array().into_iter().flatten()) {
        ensure!(!Path::new(&format!("/proc/{pid}")).exists(), "process {pid} is still there");
    }
    Ok(())
}
