//! Very many connections at once, all of which echo.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use generated_tests::frame::Frame;
use generated_tests::paths;
use generated_tests::process::{cpu_time, resident};
use generated_tests::program::{Profile, Program};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::shell::Flags;

/// Messages of each connection.
const ROUNDS: u32 = 3;
/// Descriptors that neither process needs for connections.
const OTHERS: u64 = 64;

pub fn command(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let connections = flags.value("--connections")?.unwrap_or("10000").parse().context("--connections: a number")?;
    let variants = flags.variants()?;
    flags.end()?;
    descriptors_for(connections)?;
    let mut failed = vec![];
    for variant in variants {
        match one(variant, connections) {
            Ok(report) => println!("{variant}: {report}"),
            Err(error) => {
                println!("{variant}: FAILED: {error:#}");
                failed.push(variant.to_string());
            }
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Both this process and the server, which inherits the limit, need one a connection.
fn descriptors_for(connections: usize) -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    let needed = u64::try_from(connections)? + OTHERS;
    if maximum.is_some_and(|maximum| maximum < needed) {
        bail!("{needed} descriptors are needed, {} may be had (ulimit -Hn)", maximum.unwrap_or_default());
    }
    Ok(())
}

fn one(variant: Variant, connections: usize) -> Result<String> {
    let connections = match variant.model {
        "blocking" => return Ok("serves one connection at a time".to_owned()),
        // FD_SETSIZE, less the descriptors that the server itself has.
        "select" => connections.min(1000),
        _ => connections,
    };
    let server = TestServer::start(&Program::build(&paths::lab_spec("bench"), variant, Profile::Release)?, &[])?;
    let before = resident(server.pid())?;
    let start = Instant::now();
    let mut sessions = vec![];
    for number in 0..connections {
        sessions.push(Session::open(&server, "/").with_context(|| format!("connection {number}"))?);
    }
    let opened = start.elapsed();
    let idle = resident(server.pid())?.saturating_sub(before) / u64::try_from(connections)?;
    let used = cpu_time(server.pid())?;
    for round in 0..ROUNDS {
        echo(&mut sessions, round)?;
    }
    let used = (cpu_time(server.pid())? - used) / (ROUNDS * u32::try_from(connections)?);
    for session in sessions {
        session.close()?;
    }
    let (opened, ended) = (opened.as_secs_f64(), start.elapsed().as_secs_f64());
    Ok(format!(
        "{connections} connections open after {opened:.1} s, {idle} bytes each, {used:.1?} CPU a message, closed after {ended:.1} s"
    ))
}

/// All send before the first reads.
fn echo(sessions: &mut [Session], round: u32) -> Result<()> {
    let message = |number: usize| format!("{round}: {number}");
    for (number, session) in sessions.iter_mut().enumerate() {
        session.send_frame(&Frame::text(message(number))).with_context(|| format!("connection {number}"))?;
    }
    for (number, session) in sessions.iter_mut().enumerate() {
        let frame = session.frame_within(Duration::from_secs(30)).with_context(|| format!("connection {number}"))?;
        ensure!(frame.payload == message(number).as_bytes(), "connection {number} received another's message");
    }
    Ok(())
}
