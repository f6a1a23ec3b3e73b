//! Behaviour that is a matter of time: handshakes too slow, idle peers, peers that do not read, heartbeats.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use generated_tests::answer::{Answer, End};
use generated_tests::frame::{CLOSE, Frame, PING};
use generated_tests::program::Program;
use generated_tests::request::{Request, refusal};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(
    quick: [idle_peer],
    full: [write_timeout, heartbeat_pings_and_goes_on, slow_handshake, trickled_handshake, idle_is_reset_by_any_byte, closing_drops_what_comes, lingers_after_a_failure, refusal_survives_pending_input, heartbeat_is_quiet_while_data_comes, heartbeat_times_out, heartbeat_from_the_environment],
);

const SECOND: Duration = Duration::from_secs(1);

/// `limit` is what the spec says; a busy machine may be late, but no server may be early.
fn assert_took(start: Instant, limit: Duration) -> Result<()> {
    let took = start.elapsed();
    ensure!(took >= limit.mul_f64(0.93), "took {took:?}, less than {limit:?}");
    ensure!(took <= limit + 2 * SECOND, "took {took:?}, much more than {limit:?}");
    Ok(())
}

fn timing(variant: Variant) -> Result<TestServer> {
    TestServer::of_lab_spec("timing", variant)
}

fn slow_handshake(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    for begun in [&b""[..], b"GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let start = Instant::now();
        let mut session = Session::raw(&server)?;
        session.send(begun)?;
        let (answer, end) = session.rest(5 * SECOND)?;
        assert_took(start, Duration::from_millis(400))?;
        ensure!(answer == refusal(408, "handshake took too long"), "answer: {}", String::from_utf8_lossy(&answer));
        ensure!(end == End::Eof, "ended with {end:?}");
    }
    Ok(())
}

/// Bytes that keep coming do not prolong the handshake.
fn trickled_handshake(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let start = Instant::now();
    let mut session = Session::raw(&server)?;
    let head = Request::new("/").bytes();
    for byte in head.iter().take(12) {
        if session.send(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let (answer, _) = session.rest(5 * SECOND)?;
    assert_took(start, Duration::from_millis(400))?;
    ensure!(answer == refusal(408, "handshake took too long"), "answer: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

fn idle_peer(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let mut session = Session::open(&server, "/")?;
    let start = Instant::now();
    let frame = session.frame()?;
    assert_took(start, SECOND)?;
    let expected = Frame::close(1001, "idle timeout").unmasked().bytes();
    ensure!(frame.opcode == CLOSE && frame.payload == expected[2..], "got {frame:?}");
    session.send_frame(&Frame::close(1001, ""))?;
    let (rest, end) = session.rest(5 * SECOND)?;
    ensure!(rest.is_empty() && end == End::Eof, "after the Close: {end:?}");
    Ok(())
}

fn idle_is_reset_by_any_byte(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let mut session = Session::open(&server, "/")?;
    for byte in Frame::text("slow").bytes() {
        session.send(&[byte])?;
        std::thread::sleep(Duration::from_millis(250));
    }
    let frame = session.frame()?;
    ensure!(frame.payload == b"slow", "got {frame:?}");
    session.close()
}

/// After the server's own Close nothing is answered any more, but the peer's Close ends the wait.
fn closing_drops_what_comes(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let mut session = Session::open(&server, "/")?;
    ensure!(session.frame()?.opcode == CLOSE, "not closed");
    let start = Instant::now();
    session.send_frame(&Frame::text("late"))?;
    session.send_frame(&Frame::ping("late"))?;
    session.send_frame(&Frame::new(3, "neither judged"))?;
    session.send_frame(&Frame::close(1000, ""))?;
    let (rest, end) = session.rest(5 * SECOND)?;
    ensure!(rest.is_empty() && end == End::Eof, "got {} bytes, {end:?}", rest.len());
    ensure!(start.elapsed() < Duration::from_millis(450), "waited for timeouts.close although the Close came");

    let mut mute = Session::open(&server, "/")?;
    ensure!(mute.frame()?.opcode == CLOSE, "not closed");
    let start = Instant::now();
    let (rest, end) = mute.rest(5 * SECOND)?;
    assert_took(start, Duration::from_millis(500))?;
    ensure!(rest.is_empty() && end == End::Eof, "got {} bytes, {end:?}", rest.len());
    Ok(())
}

/// The Close of a failed connection must not be lost to a reset, and the socket does not stay for ever.
fn lingers_after_a_failure(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let mut session = Session::open(&server, "/")?;
    session.send_frame(&Frame::new(3, ""))?;
    let answer = session.answer(5 * SECOND)?;
    ensure!(answer == Answer::accepted().close(1002, "reserved opcode"), "got {answer:?}");
    for _ in 0..5 {
        session.send(&[0xff; 1000])?;
        std::thread::sleep(Duration::from_millis(30));
    }
    std::thread::sleep(SECOND);
    let gone = (0..20).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        session.send(&[0xff; 1000]).is_err()
    });
    ensure!(gone, "the socket is still open long after timeouts.close");
    Ok(())
}

fn refusal_survives_pending_input(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    for _ in 0..10 {
        let mut session = Session::raw(&server)?;
        session.send(&[Request::new("/none").bytes(), vec![b'x'; 300_000]].concat())?;
        let (answer, end) = session.rest(5 * SECOND)?;
        ensure!(answer == refusal(404, "no such resource"), "answer: {}", String::from_utf8_lossy(&answer));
        ensure!(end == End::Eof, "ended with {end:?}");
    }
    Ok(())
}

/// A peer that sends and never reads is cut off.
fn write_timeout(variant: Variant) -> Result<()> {
    let server = timing(variant)?;
    let mut session = Session::open(&server, "/")?;
    session.stream().set_write_timeout(Some(Duration::from_millis(100)))?;
    let message = Frame::binary(vec![1; 60_000]).bytes();
    let start = Instant::now();
    let mut stream = session.stream();
    let mut offset = 0;
    while start.elapsed() < 15 * SECOND {
        match stream.write(&message[offset..]) {
            Ok(size) => offset = (offset + size) % message.len(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => {
                ensure!(start.elapsed() > Duration::from_millis(600), "cut off after {:?}", start.elapsed());
                return session.rest(SECOND).map(drop);
            }
        }
    }
    anyhow::bail!("still connected after {:?}", start.elapsed())
}

fn heartbeat(variant: Variant) -> Result<TestServer> {
    TestServer::of_lab_spec("heartbeat", variant)
}

fn heartbeat_pings_and_goes_on(variant: Variant) -> Result<()> {
    let server = heartbeat(variant)?;
    let mut session = Session::open(&server, "/")?;
    for _ in 0..4 {
        let start = Instant::now();
        let frame = session.frame()?;
        ensure!(frame.opcode == PING && frame.payload.is_empty(), "got {frame:?}");
        assert_took(start, Duration::from_millis(200))?;
        session.send_frame(&Frame::pong(""))?;
    }
    session.close()
}

fn heartbeat_is_quiet_while_data_comes(variant: Variant) -> Result<()> {
    let server = heartbeat(variant)?;
    let mut session = Session::open(&server, "/")?;
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(70));
        session.send_frame(&Frame::text("busy"))?;
        let frame = session.frame()?;
        ensure!(frame.opcode != PING, "a Ping although data came");
    }
    session.close()
}

/// Ping at 200 ms, given up 300 ms later.
fn heartbeat_times_out(variant: Variant) -> Result<()> {
    let server = heartbeat(variant)?;
    let mut session = Session::open(&server, "/")?;
    let start = Instant::now();
    let answer = session.answer(5 * SECOND)?;
    assert_took(start, Duration::from_millis(500))?;
    ensure!(answer == Answer::accepted().close(1011, "ping timeout"), "got {answer:?}");
    Ok(())
}

fn heartbeat_from_the_environment(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("heartbeat", variant)?;
    let off = TestServer::start(&program, &[("WS_PING_INTERVAL", "0")])?;
    let mut session = Session::open(&off, "/")?;
    ensure!(session.frame_within(SECOND).is_err(), "a Ping although heartbeat is off");
    session.close()?;
    let slow = TestServer::start(&program, &[("WS_PING_INTERVAL", "700")])?;
    let mut session = Session::open(&slow, "/")?;
    let start = Instant::now();
    ensure!(session.frame()?.opcode == PING, "no Ping");
    assert_took(start, Duration::from_millis(700))
}
