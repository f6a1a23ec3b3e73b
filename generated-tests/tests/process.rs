//! Behaviour §5: environment, start, signals; limits on connections; a process short of file descriptors.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::answer::{Answer, End};
use generated_tests::exceptions::turns_away_without_descriptors;
use generated_tests::frame::{CLOSE, Frame};
use generated_tests::paths;
use generated_tests::process::cpu_time;
use generated_tests::program::{Profile, Program, Target};
use generated_tests::request::{Request, acceptance, refusal};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;
use rustix::process::{Pid, Signal, kill_process};

generated_tests::for_each_variant!(
    quick: [drains_on_sigterm, connection_limits, short_of_file_descriptors],
    full: [settings_from_the_environment, sigint_ends_with_0, drain_does_not_wait_for_ever, second_signal_ends_at_once, surplus_sockets_are_closed, log_lines, wrong_environment, waiting_peers_are_served, answers_nobody_takes, empty_variables_are_unset, port_in_use, ipv6, socket_debug],
);

/// What is tested in full by `cargo xtask test --full` alone starts, serves and ends.
mod rare {
    use super::drains_on_sigterm;

    generated_tests::for_each_rare_variant!(drains_on_sigterm);
}

const SECOND: Duration = Duration::from_secs(1);

fn program(variant: Variant) -> Result<Program> {
    Program::of_lab_spec("timing", variant)
}

fn one_error_line(output: &Output, beginning: &str) -> Result<()> {
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "ended with {}: {text}", output.status);
    ensure!(output.stdout.is_empty(), "printed {:?}", String::from_utf8_lossy(&output.stdout));
    ensure!(text.starts_with(beginning) && text.lines().count() == 1, "standard error: {text:?}, not {beginning:?}");
    Ok(())
}

fn wrong_environment(variant: Variant) -> Result<()> {
    let program = program(variant)?;
    let port = program.fails(&[("PORT", "99999")])?;
    one_error_line(&port, "error: PORT: \"99999\" is not a port (0–65535)\n")?;
    let wrong = [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("PORT", "80 "),
        ("PORT", "+80"),
        ("PORT", "0x50"),
        ("HOST", "nowhere"),
        ("HOST", "1.2.3"),
        ("WS_MAX_PAYLOAD", "0"),
        ("WS_MAX_PAYLOAD", "2147483649"),
        ("WS_MAX_PAYLOAD", "1e3"),
        ("WS_PING_INTERVAL", "86400001"),
        ("WS_PING_INTERVAL", "1s"),
        ("WS_PING_INTERVAL", "1000"),
        ("WS_COMPRESSION", "yes"),
        ("WS_COMPRESSION", "true"),
        ("SOCKET_DEBUG", "1"),
        ("LOG_LEVEL", "loud"),
    ];
    for (name, value) in wrong {
        let output = program.fails(&[(name, value)])?;
        one_error_line(&output, &format!("error: {name}: ")).with_context(|| format!("{name}={value}"))?;
    }
    Ok(())
}

fn empty_variables_are_unset(variant: Variant) -> Result<()> {
    let empty = ["WS_MAX_PAYLOAD", "WS_PING_INTERVAL", "WS_COMPRESSION", "SOCKET_DEBUG", "LOG_LEVEL", "HOST"];
    let server = TestServer::start(&program(variant)?, &empty.map(|name| (name, "")))?;
    Session::open(&server, "/")?.close()
}

fn settings_from_the_environment(variant: Variant) -> Result<()> {
    let program = program(variant)?;
    let settings =
        [("WS_MAX_PAYLOAD", "100"), ("WS_PING_INTERVAL", "0"), ("WS_COMPRESSION", "false"), ("LOG_LEVEL", "error")];
    let server = TestServer::start(&program, &settings)?;
    let mut session = Session::open(&server, "/")?;
    session.send_frame(&Frame::binary([1; 100]))?;
    session.send_frame(&Frame::binary([1; 101]))?;
    let answer = session.answer(5 * SECOND)?;
    ensure!(answer == Answer::accepted().binary([1; 100]).close(1009, "message too big"), "got {answer:?}");
    ensure!(server.log().is_empty(), "LOG_LEVEL=error, but: {}", server.log());
    Ok(())
}

fn port_in_use(variant: Variant) -> Result<()> {
    let program = program(variant)?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?;
    let output = program.fails(&[("PORT", &address.port().to_string())])?;
    let expected =
        format!("error: cannot listen on {address}: Address already in use; stop the other program or set PORT\n");
    one_error_line(&output, &expected)
}

fn ipv6(variant: Variant) -> Result<()> {
    let server = TestServer::start(&program(variant)?, &[("HOST", "::1")])?;
    ensure!(server.address.is_ipv6(), "listens on {}", server.address);
    Session::open(&server, "/")?.close()
}

fn sigint_ends_with_0(variant: Variant) -> Result<()> {
    let mut server = TestServer::start(&program(variant)?, &[])?;
    server.signal(Signal::INT)?;
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    Ok(())
}

fn drains_on_sigterm(variant: Variant) -> Result<()> {
    let mut server = TestServer::start(&program(variant)?, &[])?;
    let mut session = Session::open(&server, "/")?;
    let mut unfinished = Session::raw(&server)?;
    unfinished.send(b"GET / HTTP/1.1\r\n")?;
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.signal(Signal::TERM)?;
    let frame = session.frame()?;
    let expected = Frame::close(1001, "server shutting down").unmasked().bytes();
    ensure!(frame.opcode == CLOSE && frame.payload == expected[2..], "got {frame:?}");
    let (answer, _) = unfinished.rest(SECOND)?;
    ensure!(answer.is_empty(), "an unfinished handshake was answered");
    server.refuses()?;
    session.send_frame(&Frame::close(1001, ""))?;
    let (rest, end) = session.rest(SECOND)?;
    ensure!(rest.is_empty() && end == End::Eof, "after the Close: {end:?}");
    drop((session, unfinished));
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    ensure!(start.elapsed() < SECOND, "took {:?} although all peers were gone", start.elapsed());
    Ok(())
}

/// A peer that neither answers nor leaves.
fn drain_does_not_wait_for_ever(variant: Variant) -> Result<()> {
    let mut server = TestServer::start(&program(variant)?, &[])?;
    let _session = Session::open(&server, "/")?;
    let start = Instant::now();
    server.signal(Signal::TERM)?;
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    ensure!(start.elapsed() < Duration::from_millis(2500), "took {:?}", start.elapsed());
    ensure!(start.elapsed() > Duration::from_millis(450), "did not wait for the peer's Close: {:?}", start.elapsed());
    Ok(())
}

fn second_signal_ends_at_once(variant: Variant) -> Result<()> {
    let program = program(variant)?;
    for &(signal, code) in variant.signals() {
        let mut server = TestServer::start(&program, &[])?;
        let mut session = Session::open(&server, "/")?;
        server.signal(signal)?;
        ensure!(session.frame()?.opcode == CLOSE, "not closed");
        server.signal(signal)?;
        let status = server.wait(5 * SECOND)?;
        ensure!(status.code() == Some(code), "{signal:?} twice ended with {status}");
    }
    Ok(())
}

/// Three of one client, four in all.
fn connection_limits(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::start(&program(variant)?, &[])?;
    let first = Session::open(&server, "/")?;
    let _others = [Session::open(&server, "/")?, Session::open(&server, "/")?];
    refused(Session::raw(&server)?, 429, "too many connections from this address")?;
    let _fourth = Session::open_from(&server, "127.0.0.2", "/")?;
    refused(Session::raw_from(&server, "127.0.0.3")?, 503, "too many connections")?;
    refused(Session::raw(&server)?, 503, "too many connections")?;
    first.close()?;
    let deadline = Instant::now() + 3 * SECOND;
    loop {
        match Session::open(&server, "/") {
            Ok(session) => return session.close(),
            Err(error) if Instant::now() > deadline => return Err(error.context("the closed connection still counts")),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn refused(mut session: Session, status: u16, text: &str) -> Result<()> {
    session.send(&Request::new("/").bytes())?;
    let (answer, end) = session.rest(5 * SECOND)?;
    ensure!(answer == refusal(status, text), "not {status}: {}", String::from_utf8_lossy(&answer));
    ensure!(end == End::Eof, "ended with {end:?}");
    Ok(())
}

/// limits.connections + listen.backlog sockets are held, further ones closed.
fn surplus_sockets_are_closed(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::start(&program(variant)?, &[])?;
    let mut held = vec![];
    for _ in 0..8 {
        held.push(Session::raw(&server)?);
        // The kernel's queue is as short as the backlog: let the server take each out of it.
        std::thread::sleep(Duration::from_millis(15));
    }
    let start = Instant::now();
    let (answer, _) = Session::raw(&server)?.rest(5 * SECOND)?;
    ensure!(answer.is_empty(), "answered: {}", String::from_utf8_lossy(&answer));
    ensure!(start.elapsed() < Duration::from_millis(250), "closed only after {:?}", start.elapsed());
    Ok(())
}

/// accept() fails for want of descriptors: no spin, no crash, and service goes on afterwards.
fn short_of_file_descriptors(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = with_forty_descriptors(&Program::of_lab_spec("plain", variant)?)?;
    let mut sessions: Vec<Session> = (0..80).map(|_| Session::raw(&server)).collect::<Result<_>>()?;
    std::thread::sleep(Duration::from_millis(300));
    let before = cpu_time(server.pid())?;
    std::thread::sleep(SECOND);
    let used = cpu_time(server.pid())? - before;
    ensure!(used < Duration::from_millis(300), "used {used:?} CPU in a second of waiting");
    sessions.clear();
    std::thread::sleep(Duration::from_millis(700));
    Session::open(&server, "/")?.close()?;
    if variant.processes() { every_process_is_left(&server) } else { Ok(()) }
}

/// Peers that come one after the other find the process that accepts for others with descriptors, and those others without.
fn every_process_is_left(server: &TestServer) -> Result<()> {
    let mut peers = vec![];
    for _ in 0..80 {
        peers.push(Session::raw(server)?);
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(peers);
    std::thread::sleep(Duration::from_millis(700));
    let sessions = (0..8).map(|_| Session::open(server, "/")).collect::<Result<Vec<_>>>()?;
    sessions.into_iter().try_for_each(Session::close)
}

/// Peers that have closed when they are answered: their systems answer with a reset, which is nobody else's matter.
fn answers_nobody_takes(variant: Variant) -> Result<()> {
    // Development mode tells of exceptions that asyncio keeps to itself otherwise.
    let profile = if variant.target == Target::Python { Profile::Strict } else { Profile::Checked };
    let server = TestServer::start(&Program::build(&paths::lab_spec("plain"), variant, profile)?, &[])?;
    let pid = Pid::from_raw(server.pid().try_into()?).context("no process")?;
    let invalid = [Request::new("/").bytes(), Frame::text("unmasked").unmasked().bytes()].concat();
    // With several workers others than the one that sleeps may serve.
    kill_process(pid, Signal::STOP)?;
    for _ in 0..10 {
        Session::raw(&server)?.send(b"nonsense\r\n\r\n")?;
        Session::raw(&server)?.send(&invalid)?;
    }
    kill_process(pid, Signal::CONT)?;
    Session::open(&server, "/")?.close()?;
    let log = server.log();
    let is_event = |line: &&str| line.contains(" info ");
    ensure!(log.lines().all(|line| is_event(&line)), "{log}");
    Ok(())
}

fn with_forty_descriptors(program: &Program) -> Result<TestServer> {
    let mut limited = Command::new("prlimit");
    let inner = program.command();
    limited.arg("--nofile=40").arg(inner.get_program()).args(inner.get_args());
    limited.current_dir(&program.folder).env("PORT", "0").env("HOST", "127.0.0.1");
    let mut server = TestServer::launch(limited)?;
    server.variant = Some(program.variant);
    Ok(server)
}

/// Those that no descriptor was left for wait in the kernel's queue; a signal finds the server at rest, and nothing is said about it.
fn waiting_peers_are_served(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 || turns_away_without_descriptors(variant) {
        return Ok(());
    }
    let profile = if variant.target == Target::Python { Profile::Strict } else { Profile::Checked };
    let mut server = with_forty_descriptors(&Program::build(&paths::lab_spec("plain"), variant, profile)?)?;
    let mut sessions: Vec<Session> = (0..60).map(|_| Session::raw(&server)).collect::<Result<_>>()?;
    std::thread::sleep(Duration::from_millis(300));
    sessions.drain(..40);
    for mut session in sessions {
        session.send(&Request::new("/").bytes())?;
        let expected = acceptance(None, None);
        ensure!(session.exactly(expected.len())? == expected, "one that waited is refused");
    }
    let _more = (0..60).map(|_| Session::raw(&server)).collect::<Result<Vec<_>>>()?;
    std::thread::sleep(Duration::from_millis(300));
    server.signal(Signal::TERM)?;
    let status = server.wait(15 * SECOND)?;
    let log = server.log();
    ensure!(status.success(), "ended with {status}:\n{log}");
    let tries = log.matches(" error accept-failed ").count();
    ensure!((1..=60).contains(&tries), "{tries} events:\n{log}");
    ensure!(!["Traceback", "Warning"].iter().any(|word| log.contains(word)), "more is said:\n{log}");
    Ok(())
}

fn log_lines(variant: Variant) -> Result<()> {
    let server = TestServer::start(&program(variant)?, &[("LOG_LEVEL", "debug")])?;
    Session::open(&server, "/")?.close()?;
    refused_path(&server)?;
    let mut failing = Session::open(&server, "/")?;
    failing.send_frame(&Frame::new(3, ""))?;
    failing.rest(SECOND)?;
    drop(failing);
    std::thread::sleep(Duration::from_millis(200));
    let log = server.log();
    let expected = [
        format!(" info listening address={}\n", server.address),
        " debug opened peer=127.0.0.1".to_owned(),
        " debug closed peer=127.0.0.1".to_owned(),
        " code=1000\n".to_owned(),
        " info refused peer=127.0.0.1".to_owned(),
        " status=404 reason=\"no such resource\"\n".to_owned(),
        " info failed peer=127.0.0.1".to_owned(),
        " code=1002 reason=\"reserved opcode\"\n".to_owned(),
    ];
    for part in expected {
        ensure!(log.contains(&part), "no {part:?} in the log:\n{log}");
    }
    let stamped = log.lines().all(|line| line.len() > 24 && line.as_bytes()[10] == b'T' && line.as_bytes()[23] == b'Z');
    ensure!(stamped, "a line without its time:\n{log}");
    Ok(())
}

fn refused_path(server: &TestServer) -> Result<()> {
    let mut session = Session::raw(server)?;
    session.send(&Request::new("/none").bytes())?;
    session.rest(SECOND).map(drop)
}

fn socket_debug(variant: Variant) -> Result<()> {
    let server = TestServer::start(&program(variant)?, &[("SOCKET_DEBUG", "true")])?;
    let mut session = Session::open(&server, "/")?;
    session.send_frame(&Frame::text("Hello"))?;
    session.frame()?;
    session.close()?;
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("socket: ")).collect();
    ensure!(lines.len() >= 4, "too few socket lines:\n{log}");
    ensure!(lines.iter().all(|line| line.contains(" = ")), "a line without a result:\n{log}");
    Ok(())
}
