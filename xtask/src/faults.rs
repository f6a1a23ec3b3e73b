//! Servers under attack: resets, stalls, garbage, storms of connections, too few descriptors, SIGTERM in the middle; and beside them
//! well-behaved peers, all of which have to be served.

use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use generated_tests::corpus::Random;
use generated_tests::frame::{CLOSE, Frame};
use generated_tests::paths;
use generated_tests::process::{descriptors, family, resident};
use generated_tests::program::{Profile, Program, Target};
use generated_tests::request::Request;
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;
use rustix::net::sockopt::set_socket_linger;
use rustix::process::Signal;

use crate::shell::Flags;

const SECOND: Duration = Duration::from_secs(1);
/// Descriptors that the server may have: fewer than a storm asks for.
const DESCRIPTORS: u32 = 128;
/// Peers that are attacked beside.
const GOOD: u64 = 8;
/// Attackers at once.
const BAD: u64 = 4;
/// What resident memory of a process may differ by: an allocator gives back when it likes to.
const SLACK: u64 = 12 << 20;

pub fn command(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let seconds = flags.value("--seconds")?.unwrap_or("60").parse().context("--seconds wants a number")?;
    let profile = if flags.switch("--strict") { Profile::Strict } else { Profile::Checked };
    let variants = flags.variants()?;
    flags.end()?;
    let mut failed = vec![];
    for variant in variants {
        match one(variant, profile, Duration::from_secs(seconds)) {
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

/// First everything but the signal, then the signal in the middle of it.
fn one(variant: Variant, profile: Profile, time: Duration) -> Result<String> {
    let program = Program::build(&paths::lab_spec("faults"), variant, profile)?;
    let server = start(&program)?;
    attack(&server, time / 4)?;
    let (files, memory) = settled(&server, None)?;
    let counts = attack(&server, time)?;
    let (files_after, memory_after) = settled(&server, Some(files))?;
    ensure!(files_after <= files, "{files_after} descriptors are open, {files} were before");
    // A sanitizer keeps what was freed; it looks for leaks itself.
    let sanitized = profile == Profile::Strict && variant.target == Target::C;
    let processes = u64::try_from(family(server.pid()).len())?;
    let level = sanitized || memory_after <= memory + SLACK * processes;
    ensure!(level, "{memory_after} bytes are resident, {memory} were before");
    faultless(&server)?;
    drop(server);
    terminated(&program)?;
    Ok(format!(
        "{} attacks, {} messages echoed beside them, {files} descriptors, {} -> {} KiB resident, ended by SIGTERM in the middle",
        counts.0,
        counts.1,
        memory >> 10,
        memory_after >> 10
    ))
}

fn start(program: &Program) -> Result<TestServer> {
    let inner = program.command();
    let mut limited = Command::new("prlimit");
    limited.arg(format!("--nofile={DESCRIPTORS}")).arg(inner.get_program()).args(inner.get_args());
    limited.current_dir(&program.folder).env("PORT", "0").env("HOST", "127.0.0.1");
    let mut server = TestServer::launch(limited)?;
    server.variant = Some(program.variant);
    Ok(server)
}

/// Counts of attacks, and of messages that came back to well-behaved peers.
fn attack(server: &TestServer, time: Duration) -> Result<(u64, u64)> {
    let over = AtomicBool::new(false);
    let (attacks, echoed) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let good = if at_once(server) > 1 { GOOD } else { 1 };
        // Each has its connection before the first attack, but where one is served at a time.
        let begin: Vec<Option<Session>> = (0..good)
            .map(|_| if at_once(server) > 1 { Session::open(server, "/").map(Some) } else { Ok(None) })
            .collect::<Result<_>>()?;
        let peers: Vec<_> = begin
            .into_iter()
            .zip(0..)
            .map(|(session, seed)| {
                scope.spawn({
                    let (over, echoed) = (&over, &echoed);
                    move || well_behaved(server, session, seed, over, echoed)
                })
            })
            .collect();
        for seed in 0..if at_once(server) > 1 { BAD } else { 1 } {
            let (over, attacks) = (&over, &attacks);
            scope.spawn(move || {
                let mut random = Random::new(100 + seed);
                while !over.load(Ordering::Relaxed) {
                    // An attacker that is turned away has done what it could.
                    let _ = fault(server, &mut random);
                    attacks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let deadline = Instant::now() + time;
        while Instant::now() < deadline && !peers.iter().any(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(SECOND / 20);
        }
        over.store(true, Ordering::Relaxed);
        peers.into_iter().try_for_each(|peer| peer.join().unwrap_or_else(|_| bail!("a peer panicked")))
    })
    .context("a well-behaved peer was not served")?;
    Ok((attacks.into_inner(), echoed.into_inner()))
}

fn at_once(server: &TestServer) -> usize {
    server.variant.map_or(usize::MAX, Variant::at_once)
}

/// Sends messages of every size and expects each of them back.
fn well_behaved(
    server: &TestServer,
    mut session: Option<Session>,
    seed: u64,
    over: &AtomicBool,
    echoed: &AtomicU64,
) -> Result<()> {
    let mut random = Random::new(seed);
    while !over.load(Ordering::Relaxed) {
        let mut own = match session.take() {
            Some(session) => session,
            None => Session::open(server, "/")?,
        };
        let size = [0, 1, 100, 1000, 20_000, 200_000][random.below(6)];
        let payload: Vec<u8> = (0..size).map(|_| random.byte()).collect();
        own.send_frame(&Frame::binary(&payload))?;
        let frame = own.frame()?;
        ensure!(frame.payload == payload, "{} bytes came back for {size}", frame.payload.len());
        echoed.fetch_add(1, Ordering::Relaxed);
        if at_once(server) > 1 {
            session = Some(own)
        } else {
            own.close()?
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    session.map_or(Ok(()), Session::close)
}

/// One attack.
fn fault(server: &TestServer, random: &mut Random) -> Result<()> {
    // Where one peer is served at a time, nobody may hold the place for long.
    match random.below(if at_once(server) > 1 { 8 } else { 4 }) {
        0 => reset_in_a_frame(server),
        1 => garbage(server, random),
        2 => garbage_behind_the_handshake(server, random),
        3 => abandoned_close(server),
        4 => stalled_handshake(server),
        5 => trickled_handshake(server),
        6 => never_reads(server),
        _ => storm(server),
    }
}

/// Ends with a reset.
fn reset(session: Session) -> Result<()> {
    set_socket_linger(session.stream(), Some(Duration::ZERO))?;
    drop(session);
    Ok(())
}

fn reset_in_a_frame(server: &TestServer) -> Result<()> {
    let mut session = Session::open(server, "/")?;
    let frame = Frame::binary([7; 5000]).bytes();
    session.send(&frame[..3000])?;
    reset(session)
}

fn noise(random: &mut Random) -> Vec<u8> {
    (0..1 + random.below(4000)).map(|_| random.byte()).collect()
}

fn garbage(server: &TestServer, random: &mut Random) -> Result<()> {
    let mut session = Session::raw(server)?;
    session.send(&noise(random))?;
    session.send(b"\r\n\r\n")?;
    session.rest(SECOND).map(drop)
}

fn garbage_behind_the_handshake(server: &TestServer, random: &mut Random) -> Result<()> {
    let mut session = Session::open(server, "/")?;
    session.send(&noise(random))?;
    session.finish()?;
    session.rest(SECOND).map(drop)
}

/// Asks for a close and is gone.
fn abandoned_close(server: &TestServer) -> Result<()> {
    let mut session = Session::open(server, "/")?;
    session.send_frame(&Frame::close(1000, ""))?;
    reset(session)
}

fn stalled_handshake(server: &TestServer) -> Result<()> {
    let mut session = Session::raw(server)?;
    session.send(b"GET / HTTP/1.1\r\nHost:")?;
    session.rest(2 * SECOND).map(drop)
}

fn trickled_handshake(server: &TestServer) -> Result<()> {
    let mut session = Session::raw(server)?;
    for byte in Request::new("/").bytes() {
        session.send(&[byte])?;
        std::thread::sleep(Duration::from_millis(3));
    }
    reset(session)
}

/// Asks for megabytes and takes none.
fn never_reads(server: &TestServer) -> Result<()> {
    let session = Session::open(server, "/")?;
    session.stream().set_write_timeout(Some(SECOND / 2))?;
    let message = Frame::binary(vec![1; 500_000]).bytes();
    for _ in 0..20 {
        if session.stream().write_all(&message).is_err() {
            break;
        }
    }
    reset(session)
}

/// More connections at once than the server has descriptors.
fn storm(server: &TestServer) -> Result<()> {
    let sessions: Vec<_> = (0..150).filter_map(|_| Session::raw(server).ok()).collect();
    std::thread::sleep(SECOND / 10);
    sessions.into_iter().try_for_each(reset)
}

/// Descriptors and resident memory once what the attacks left is gone: when the counts are level, or stay as they are.
fn settled(server: &TestServer, level: Option<usize>) -> Result<(usize, u64)> {
    let deadline = Instant::now() + 15 * SECOND;
    // timeouts.handshake, timeouts.write and timeouts.close have passed by then.
    std::thread::sleep(4 * SECOND);
    loop {
        let files = descriptors(server.pid())?;
        if level.is_none_or(|level| files <= level) || Instant::now() > deadline {
            return Ok((files, resident(server.pid())?));
        }
        std::thread::sleep(SECOND / 5);
    }
}

/// Nothing in the log that no attack may cause.
fn faultless(server: &TestServer) -> Result<()> {
    let log = server.log();
    for word in
        ["panicked", "Traceback", "Unhandled", "Sanitizer", "runtime error", "Exception ignored", "handler-failed"]
    {
        if let Some(at) = log.find(word) {
            let lines: Vec<&str> = log[at..].lines().take(30).collect();
            bail!("in the log: {}", lines.join("\n"));
        }
    }
    Ok(())
}

/// SIGTERM while attacks go on: peers are told, the process ends in time and with 0.
fn terminated(program: &Program) -> Result<()> {
    let mut server = start(program)?;
    let pid = server.pid();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut session = if at_once(&server) > 1 { Some(Session::open(&server, "/")?) } else { None };
        let attackers: Vec<_> = (0..BAD)
            .map(|seed| {
                let (server, over) = (&server, &over);
                scope.spawn(move || {
                    let mut random = Random::new(200 + seed);
                    while !over.load(Ordering::Relaxed) {
                        if fault(server, &mut random).is_err() {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                    }
                })
            })
            .collect();
        std::thread::sleep(2 * SECOND);
        server.signal(Signal::TERM)?;
        let told = session.as_mut().map(Session::frame);
        let ended = ends(pid, 8 * SECOND);
        over.store(true, Ordering::Relaxed);
        for attacker in attackers {
            let _ = attacker.join();
        }
        ensure!(ended, "still there eight seconds after SIGTERM");
        if let Some(frame) = told.transpose()? {
            ensure!(frame.opcode == CLOSE && frame.payload.starts_with(&1001_u16.to_be_bytes()), "got {frame:?}");
        }
        Ok(())
    })?;
    let status = server.wait(SECOND)?;
    ensure!(status.code() == Some(0), "SIGTERM in the middle: ended with {status}");
    faultless(&server)
}

/// Whether a child of ours ends in time; it stays to be waited for.
fn ends(pid: u32, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The state follows the name in parentheses; a zombie has ended.
        if text.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z')) {
            return true;
        }
        std::thread::sleep(SECOND / 50);
    }
    false
}
