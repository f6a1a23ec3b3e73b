//! Behaviour §6 but for the framings' corpora: half-closed streams, time, backpressure, limits, broadcasts, drain, log.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use generated_tests::answer::End;
use generated_tests::process::resident;
use generated_tests::program::Program;
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;
use rustix::process::Signal;

generated_tests::for_each_variant!(
    quick: [half_close_gets_all_answers, drains_on_sigterm],
    full: [
        idle_peer,
        half_close_before_reading,
        write_timeout,
        pause_keeps_everything,
        broadcast_reaches_the_others,
        second_signal_ends_at_once,
        connection_limits,
        log_lines,
        close_is_for_the_slow,
        custom_handlers_echo,
        idle_is_reset_by_any_byte,
        lingers_after_a_failure,
        failure_survives_pending_input,
        drop_keeps_lines_whole,
        drain_does_not_wait_for_ever,
        drain_sends_what_is_owed,
        settings_from_the_environment,
        ipv6,
        socket_debug,
    ],
);

const SECOND: Duration = Duration::from_secs(1);
const LINE: usize = 10_000;

fn open(spec: &str, variant: Variant) -> Result<(TestServer, Session)> {
    let server = TestServer::of_lab_spec(spec, variant)?;
    let session = Session::raw(&server)?;
    Ok((server, session))
}

fn timing(variant: Variant) -> Result<Program> {
    Program::of_lab_spec("tcp-timing", variant)
}

/// The server's end of the stream, with nothing before it.
fn ends(session: &mut Session) -> Result<()> {
    let (rest, end) = session.rest(5 * SECOND)?;
    ensure!(rest.is_empty() && end == End::Eof, "{end:?} behind {:?}", String::from_utf8_lossy(&rest));
    Ok(())
}

fn assert_took(start: Instant, limit: Duration) -> Result<()> {
    let took = start.elapsed();
    ensure!(took >= limit.mul_f64(0.93), "took {took:?}, less than {limit:?}");
    ensure!(took <= limit + 2 * SECOND, "took {took:?}, much more than {limit:?}");
    Ok(())
}

/// A numbered line, its line feed with it.
fn line(number: u32) -> Vec<u8> {
    let mut line = format!("{number} ").into_bytes();
    line.resize(LINE, b'a' + number.to_le_bytes()[0] % 26);
    line.push(b'\n');
    line
}

/// The numbers of whole lines, which have to come in order; an unfinished one may be last.
fn numbers(received: &[u8]) -> Result<Vec<u32>> {
    let mut numbers: Vec<u32> = vec![];
    for received in received.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        let digits = received.iter().take_while(|byte| byte.is_ascii_digit()).copied().collect();
        let number: u32 = String::from_utf8(digits)?.parse()?;
        ensure!(received == line(number), "line {number} is not what was sent");
        ensure!(numbers.last().is_none_or(|last| *last < number), "line {number} out of order");
        numbers.push(number);
    }
    Ok(numbers)
}

/// 3 MB are answered although the client ended its stream behind them, and reads late.
fn half_close_gets_all_answers(variant: Variant) -> Result<()> {
    let (_server, mut session) = open("tcp-overflow-pause", variant)?;
    let sent: Vec<u8> = (0..300).flat_map(line).collect();
    let mut writer = session.stream().try_clone()?;
    let copy = sent.clone();
    let sender = std::thread::spawn(move || -> Result<()> {
        writer.write_all(&copy)?;
        Ok(writer.shutdown(std::net::Shutdown::Write)?)
    });
    std::thread::sleep(SECOND / 4);
    let (received, end) = session.rest(20 * SECOND)?;
    sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(received == sent, "{} of {} bytes came back", received.len(), sent.len());
    Ok(())
}

/// What the server has read already when it stops for backpressure comes before the end that may be read with it.
fn half_close_before_reading(variant: Variant) -> Result<()> {
    let (_server, mut session) = open("tcp-overflow-pause", variant)?;
    // The answer to the first line is more than the kernel takes: the others are not answered at once.
    let lines = format!("{}\nsecond\nthird\n", "x".repeat(12_000_000));
    session.send(lines.as_bytes())?;
    session.finish()?;
    std::thread::sleep(SECOND / 4);
    let (answer, end) = session.rest(20 * SECOND)?;
    ensure!(answer == lines.as_bytes(), "{} of {} bytes came back", answer.len(), lines.len());
    ensure!(end == End::Eof, "ended with {end:?}");
    Ok(())
}

/// The handlers that are generated send every message back.
fn custom_handlers_echo(variant: Variant) -> Result<()> {
    let (_server, mut session) = open("tcp-custom", variant)?;
    let messages = [&b"\x00\x05hello"[..], b"\x00\x00", b"\x00\x01x"].concat();
    session.send(&messages)?;
    ensure!(session.exactly(messages.len())? == messages, "other messages came back");
    session.finish()?;
    ends(&mut session)
}

fn idle_peer(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[])?;
    let start = Instant::now();
    let mut session = Session::raw(&server)?;
    ends(&mut session)?;
    assert_took(start, SECOND)
}

fn idle_is_reset_by_any_byte(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[])?;
    let mut session = Session::raw(&server)?;
    for byte in b"slow line\n" {
        session.send(&[*byte])?;
        std::thread::sleep(Duration::from_millis(200));
    }
    ensure!(session.line()? == b"slow line", "another line");
    Ok(())
}

/// A peer that sends and never reads is cut off.
fn write_timeout(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[])?;
    let session = Session::raw(&server)?;
    session.stream().set_write_timeout(Some(Duration::from_millis(100)))?;
    let start = Instant::now();
    let sent = line(1);
    let (mut stream, mut offset) = (session.stream(), 0);
    while start.elapsed() < 15 * SECOND {
        match stream.write(&sent[offset..]) {
            Ok(size) => offset = (offset + size) % sent.len(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => {
                ensure!(start.elapsed() > Duration::from_millis(600), "cut off after {:?}", start.elapsed());
                return Ok(());
            }
        }
    }
    anyhow::bail!("still connected after {:?}", start.elapsed())
}

/// A failed connection takes what still comes, but not for ever.
fn lingers_after_a_failure(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[("WS_MAX_PAYLOAD", "10")])?;
    let mut session = Session::raw(&server)?;
    session.send(b"good\nlonger than ten bytes\nlost\n")?;
    let (answer, end) = session.rest(5 * SECOND)?;
    ensure!(answer == b"good\n" && end == End::Eof, "{end:?} behind {:?}", String::from_utf8_lossy(&answer));
    std::thread::sleep(SECOND);
    let gone = (0..40).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        session.send(&[b'x'; 1000]).is_err()
    });
    ensure!(gone, "the socket is still open long after timeouts.close");
    Ok(())
}

fn failure_survives_pending_input(variant: Variant) -> Result<()> {
    let server = TestServer::of_lab_spec("tcp-lines", variant)?;
    for _ in 0..10 {
        let mut session = Session::raw(&server)?;
        session.send(&[&b"good\n"[..], &[b'x'; 300_000]].concat())?;
        let (answer, end) = session.rest(5 * SECOND)?;
        ensure!(answer == b"good\n" && end == End::Eof, "{end:?} behind {:?}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

/// 30 MB are sent before the first byte is read: the server may hold back, lose nothing, and not grow with it.
fn pause_keeps_everything(variant: Variant) -> Result<()> {
    const COUNT: u32 = 3000;
    let (server, mut session) = open("tcp-overflow-pause", variant)?;
    session.send(b"begin\n")?;
    ensure!(session.line()? == b"begin", "another line");
    let before = resident(server.pid())?;
    let mut writer = session.stream().try_clone()?;
    let sender = std::thread::spawn(move || (0..COUNT).try_for_each(|number| writer.write_all(&line(number))));
    std::thread::sleep(SECOND);
    let grown = resident(server.pid())?.saturating_sub(before);
    ensure!(grown < 12 << 20, "{grown} bytes more memory while the peer does not read");
    for number in 0..COUNT {
        let received = session.exactly(LINE + 1)?;
        ensure!(received == line(number), "line {number} is not what was sent");
    }
    sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    session.finish()?;
    ends(&mut session)
}

/// One peer sends for two seconds to another, which does not read: gives how many lines, and what the other reads then.
fn flood(spec: &str, variant: Variant) -> Result<(usize, Vec<u32>, End, String)> {
    let (server, mut slow) = open(spec, variant)?;
    let mut sender = Session::raw(&server)?;
    // Both are known before the first line.
    std::thread::sleep(SECOND / 10);
    let start = Instant::now();
    let mut sent = 0;
    while start.elapsed() < 2 * SECOND {
        sender.send(&line(sent))?;
        sent += 1;
    }
    slow.finish()?;
    let (received, end) = slow.rest(10 * SECOND)?;
    Ok((usize::try_from(sent)?, numbers(&received)?, end, server.log()))
}

fn close_is_for_the_slow(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let (sent, received, end, log) = flood("tcp-overflow-close", variant)?;
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(received.len() < sent, "all {sent} lines were taken: no backpressure was reached");
    let in_a_row = received.iter().zip(0..).all(|(number, expected)| *number == expected);
    ensure!(in_a_row, "a line is missing before the end");
    ensure!(log.contains(" info failed peer=") && log.contains(" reason=\"too slow\""), "no event:\n{log}");
    Ok(())
}

fn drop_keeps_lines_whole(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let (sent, received, end, _) = flood("tcp-overflow-drop", variant)?;
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(received.len() < sent, "all {sent} lines were taken: nothing was dropped");
    ensure!(!received.is_empty(), "nothing at all arrived");
    Ok(())
}

fn broadcast_reaches_the_others(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("tcp-broadcast", variant)?;
    let mut sessions = (0..6).map(|_| Session::raw(&server)).collect::<Result<Vec<_>>>()?;
    // A peer hears what is said from when the server has accepted it; wine takes its time to start threads.
    std::thread::sleep(if variant.on_windows() { SECOND } else { SECOND / 4 });
    for speaker in 0..sessions.len() {
        sessions[speaker].send(format!("from {speaker}\r\n\n").as_bytes())?;
        for (listener, session) in sessions.iter_mut().enumerate().filter(|(listener, _)| *listener != speaker) {
            let heard = session.line()?;
            ensure!(heard == format!("from {speaker}").as_bytes(), "{listener} heard {heard:?}");
            ensure!(session.line()?.is_empty(), "{listener} did not hear the empty line");
        }
    }
    for mut session in sessions {
        session.finish()?;
        ends(&mut session)?;
    }
    Ok(())
}

fn drains_on_sigterm(variant: Variant) -> Result<()> {
    let mut server = TestServer::start(&timing(variant)?, &[])?;
    let mut session = Session::raw(&server)?;
    session.send(b"hello\nunfinished")?;
    ensure!(session.line()? == b"hello", "another line");
    let start = Instant::now();
    server.signal(Signal::TERM)?;
    ends(&mut session)?;
    server.refuses()?;
    drop(session);
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    ensure!(start.elapsed() < SECOND, "took {:?} although all peers were gone", start.elapsed());
    let log = server.log();
    ensure!(log.contains(" info draining connections=1\n") && log.contains(" info stopped\n"), "log:\n{log}");
    ensure!(!log.contains(" failed "), "a failure was logged:\n{log}");
    Ok(())
}

/// A peer that does not leave is waited for until `timeouts.close`.
fn drain_does_not_wait_for_ever(variant: Variant) -> Result<()> {
    let mut server = TestServer::start(&timing(variant)?, &[])?;
    let mut session = Session::raw(&server)?;
    session.send(b"hello\n")?;
    session.line()?;
    let start = Instant::now();
    server.signal(Signal::TERM)?;
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    ensure!(start.elapsed() < Duration::from_millis(3000), "took {:?}", start.elapsed());
    ensure!(start.elapsed() > Duration::from_millis(450), "did not wait for the peer: {:?}", start.elapsed());
    Ok(())
}

/// SIGTERM while a megabyte of answers is on its way to a peer that reads slowly.
fn drain_sends_what_is_owed(variant: Variant) -> Result<()> {
    let (mut server, mut session) = open("tcp-overflow-pause", variant)?;
    let sent: Vec<u8> = (0..20).flat_map(line).collect();
    session.send(&sent)?;
    // All lines were read once the first part of the last answer is here.
    let mut received = session.exactly(sent.len() - LINE)?;
    server.signal(Signal::TERM)?;
    let (rest, end) = session.rest(5 * SECOND)?;
    received.extend(rest);
    ensure!(received == sent && end == End::Eof, "{end:?} behind {} of {} bytes", received.len(), sent.len());
    drop(session);
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    Ok(())
}

fn second_signal_ends_at_once(variant: Variant) -> Result<()> {
    let program = timing(variant)?;
    for &(signal, code) in variant.signals() {
        let mut server = TestServer::start(&program, &[])?;
        let mut session = Session::raw(&server)?;
        session.send(b"hello\n")?;
        session.line()?;
        server.signal(signal)?;
        ends(&mut session)?;
        server.signal(signal)?;
        let status = server.wait(5 * SECOND)?;
        ensure!(status.code() == Some(code), "{signal:?} twice ended with {status}");
    }
    Ok(())
}

/// A peer that is served: its line comes back.
fn served(mut session: Session) -> Result<Session> {
    session.send(b"served\n")?;
    let line = session.line()?;
    ensure!(line == b"served", "received {line:?}");
    Ok(session)
}

/// Three of one client, four in all.
fn connection_limits(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::start(&timing(variant)?, &[])?;
    let first = served(Session::raw(&server)?)?;
    let _others = [served(Session::raw(&server)?)?, served(Session::raw(&server)?)?];
    ends(&mut Session::raw(&server)?)?;
    let _fourth = served(Session::raw_from(&server, "127.0.0.2")?)?;
    ends(&mut Session::raw_from(&server, "127.0.0.3")?)?;
    drop(first);
    let deadline = Instant::now() + 3 * SECOND;
    while let Err(error) = Session::raw(&server).and_then(served) {
        ensure!(Instant::now() < deadline, "the closed connection still counts: {error:#}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = server.log();
    for reason in ["too many connections from this address", "too many connections"] {
        ensure!(log.contains(&format!(" reason=\"{reason}\"\n")), "no refusal for {reason:?} in the log:\n{log}");
    }
    Ok(())
}

fn log_lines(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[("LOG_LEVEL", "debug"), ("WS_MAX_PAYLOAD", "10")])?;
    let mut session = served(Session::raw(&server)?)?;
    session.finish()?;
    ends(&mut session)?;
    let mut failing = Session::raw(&server)?;
    failing.send(b"longer than ten bytes\n")?;
    ends(&mut failing)?;
    drop(failing);
    let listening = format!(" info listening address={}\n", server.address);
    let expected = [
        &listening,
        " debug opened peer=127.0.0.1",
        " debug closed peer=127.0.0.1",
        " info failed peer=127.0.0.1",
        " reason=\"message too big\"\n",
    ];
    server.logs(&expected)?;
    let log = server.log();
    ensure!(!log.contains("code="), "a code, but type tcp has none:\n{log}");
    let stamped = log.lines().all(|line| line.len() > 24 && line.as_bytes()[10] == b'T' && line.as_bytes()[23] == b'Z');
    ensure!(stamped, "a line without its time:\n{log}");
    Ok(())
}

fn settings_from_the_environment(variant: Variant) -> Result<()> {
    let settings =
        [("WS_MAX_PAYLOAD", "10"), ("WS_PING_INTERVAL", "0"), ("WS_COMPRESSION", "false"), ("LOG_LEVEL", "error")];
    let server = TestServer::start(&timing(variant)?, &settings)?;
    let mut session = Session::raw(&server)?;
    session.send(b"0123456789\n0123456789a\n")?;
    ensure!(session.line()? == b"0123456789", "another line");
    ends(&mut session)?;
    ensure!(server.log().is_empty(), "LOG_LEVEL=error, but: {}", server.log());
    Ok(())
}

fn ipv6(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[("HOST", "::1")])?;
    ensure!(server.address.is_ipv6(), "listens on {}", server.address);
    served(Session::raw(&server)?).map(drop)
}

fn socket_debug(variant: Variant) -> Result<()> {
    let server = TestServer::start(&timing(variant)?, &[("SOCKET_DEBUG", "true")])?;
    let mut session = served(Session::raw(&server)?)?;
    session.finish()?;
    ends(&mut session)?;
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("socket: ")).collect();
    ensure!(lines.len() >= 4, "too few socket lines:\n{log}");
    ensure!(lines.iter().all(|line| line.contains(" = ")), "a line without a result:\n{log}");
    Ok(())
}
