//! Behaviour §8.1: several workers that behave as one server.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::answer::End;
use generated_tests::datagrams::Datagrams;
use generated_tests::frame::{CLOSE, Frame, TEXT};
use generated_tests::http::Metrics;
use generated_tests::process::threads;
use generated_tests::program::Target;
use generated_tests::request::{Request, refusal};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::sockets::owner;
use generated_tests::variant::Variant;
use rustix::process::{Pid, Signal, kill_process};

generated_tests::for_each_target!(
    limits_count_over_all,
    broadcasts_reach_all,
    all_serve,
    all_drain,
    killed_worker_ends_the_server,
    datagrams_reach_all,
    known_peers_count_over_all,
    metrics_are_summed,
);

/// Python's workers exchange broadcasts on every model, each with its own loop.
mod python_models {
    use super::{Result, Target, TestServer, Variant, broadcasts, datagrams_between};

    fn reaches_all(model: &'static str) -> Result<()> {
        let variant = Variant::new(Target::Python, model).workers(2);
        broadcasts(&TestServer::of_lab_spec("workers", variant)?)?;
        datagrams_between(&TestServer::of_lab_spec("workers-udp", variant)?)
    }

    #[test]
    fn epoll() -> Result<()> {
        reaches_all("epoll")
    }

    #[test]
    #[ignore = "part of the full matrix"]
    fn threads() -> Result<()> {
        reaches_all("threads")
    }

    #[test]
    #[ignore = "part of the full matrix"]
    fn select() -> Result<()> {
        reaches_all("select")
    }

    #[test]
    #[ignore = "part of the full matrix"]
    fn uvloop() -> Result<()> {
        reaches_all("uvloop")
    }
}

/// Rust's workers on Windows: with completion ports one accepts for all, otherwise they share their sockets.
mod rust_on_windows {
    use super::{Result, Target, TestServer, Variant, all_drain_of, broadcasts, datagrams_between};

    fn work_together(variant: Variant) -> Result<()> {
        broadcasts(&TestServer::of_lab_spec("workers", variant)?)?;
        all_drain_of(TestServer::of_lab_spec("workers", variant)?)?;
        datagrams_between(&TestServer::of_lab_spec("workers-udp", variant)?)
    }

    #[test]
    fn iocp() -> Result<()> {
        work_together(Variant::new(Target::Rust, "iocp").workers(2))
    }

    #[test]
    #[ignore = "part of the full matrix"]
    fn threads() -> Result<()> {
        work_together(Variant::new(Target::Rust, "threads").workers(2).windows())
    }

    #[test]
    #[ignore = "part of the full matrix"]
    fn tokio() -> Result<()> {
        work_together(Variant::new(Target::Rust, "tokio").workers(2).windows())
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn serve(target: Target) -> Result<TestServer> {
    TestServer::of_lab_spec("workers", target)
}

fn open(server: &TestServer, count: usize) -> Result<Vec<Session>> {
    (0..count).map(|_| Session::open(server, "/")).collect()
}

fn refused(mut session: Session, status: u16, text: &str) -> Result<()> {
    session.send(&Request::new("/").bytes())?;
    let (answer, _) = session.rest(5 * SECOND)?;
    ensure!(answer == refusal(status, text), "not {status}: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Eight of one client, twelve in all.
fn limits_count_over_all(target: Target) -> Result<()> {
    let server = serve(target)?;
    let mut sessions = open(&server, 8)?;
    for _ in 0..4 {
        refused(Session::raw(&server)?, 429, "too many connections from this address")?;
    }
    let _others = (0..4).map(|_| Session::open_from(&server, "127.0.0.2", "/")).collect::<Result<Vec<_>>>()?;
    for _ in 0..4 {
        refused(Session::raw_from(&server, "127.0.0.3")?, 503, "too many connections")?;
    }
    sessions.pop().context("no session")?.close()?;
    let deadline = Instant::now() + 3 * SECOND;
    while let Err(error) = Session::open(&server, "/") {
        ensure!(Instant::now() < deadline, "the closed connection still counts: {error:#}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn broadcasts_reach_all(target: Target) -> Result<()> {
    broadcasts(&serve(target)?)
}

fn broadcasts(server: &TestServer) -> Result<()> {
    let mut sessions = open(server, 8)?;
    for speaker in 0..sessions.len() {
        let text = format!("from {speaker}");
        sessions[speaker].send_frame(&Frame::text(&text))?;
        sessions[speaker].send_frame(&Frame::binary(vec![7; 70_000]))?;
        for (listener, session) in sessions.iter_mut().enumerate().filter(|(listener, _)| *listener != speaker) {
            let frame = session.frame().with_context(|| format!("{listener} of {speaker}"))?;
            ensure!(frame.opcode == 1 && frame.payload == text.as_bytes(), "{listener} heard {:?}", frame.payload);
            let frame = session.frame().with_context(|| format!("{listener} of {speaker}"))?;
            ensure!(frame.opcode == 2 && frame.payload.len() == 70_000, "{listener} did not hear the binary message");
        }
    }
    sessions.into_iter().try_for_each(Session::close)
}

/// Every connection is served by a worker, and not all by the same.
fn all_serve(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("workers-tcp", target)?;
    let mut sessions = vec![];
    let mut owners = BTreeSet::new();
    // Where workers accept from one socket, the first to wake up takes what came in the meantime: they come one by one.
    for number in 0..60 {
        let mut session = Session::raw(&server)?;
        session.send(format!("{number}\n").as_bytes())?;
        ensure!(session.line()? == number.to_string().as_bytes(), "another line");
        owners.insert(owner(&server, session.stream())?);
        sessions.push(session);
    }
    match target {
        Target::C | Target::Rust => ensure!(threads(server.pid())? >= 3, "{} threads", threads(server.pid())?),
        Target::Python | Target::NodeJs => ensure!(owners.len() > 1, "60 connections are all one worker's"),
    }
    Ok(())
}

fn all_drain(target: Target) -> Result<()> {
    all_drain_of(serve(target)?)
}

fn all_drain_of(mut server: TestServer) -> Result<()> {
    let sessions = open(&server, 8)?;
    server.signal(Signal::TERM)?;
    for mut session in sessions {
        let frame = session.frame()?;
        let expected = Frame::close(1001, "server shutting down").unmasked().bytes();
        ensure!(frame.opcode == CLOSE && frame.payload == expected[2..], "got {frame:?}");
        session.send_frame(&Frame::close(1001, ""))?;
        let (rest, end) = session.rest(SECOND)?;
        ensure!(rest.is_empty() && end == End::Eof, "after the Close: {end:?}");
    }
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    Ok(())
}

/// Where workers are processes: one that dies takes the others down in good order.
fn killed_worker_ends_the_server(target: Target) -> Result<()> {
    if matches!(target, Target::C | Target::Rust) {
        return Ok(());
    }
    let mut server = serve(target)?;
    let sessions = open(&server, 8)?;
    let owners = sessions.iter().map(|session| owner(&server, session.stream())).collect::<Result<Vec<_>>>()?;
    let victim = owners.iter().copied().find(|pid| *pid != server.pid()).context("no worker process")?;
    kill_process(Pid::from_raw(i32::try_from(victim)?).context("no process")?, Signal::KILL)?;
    for (mut session, owner) in sessions.into_iter().zip(owners) {
        if owner == victim {
            continue;
        }
        let frame = session.frame()?;
        let going_away = Frame::close(1001, "server shutting down").unmasked().bytes();
        ensure!(frame.opcode == CLOSE && frame.payload == going_away[2..], "got {frame:?}");
        session.send_frame(&Frame::close(1001, ""))?;
    }
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(1), "ended with {status}");
    server.logs(&[" error worker-failed"])
}

/// A worker that is stopped while 20 MB are broadcast on another, and then goes on: the sender, and a listener of that worker.
fn stop_worker(server: &TestServer) -> Result<(Session, Session)> {
    let mut sessions = open(server, 8)?;
    let owners = sessions.iter().map(|session| owner(server, session.stream())).collect::<Result<Vec<_>>>()?;
    let listener = owners.iter().position(|owner| *owner != owners[0]).context("all are one worker's")?;
    let stopped = Pid::from_raw(i32::try_from(owners[listener])?).context("no process")?;
    let (listener, mut sender) = (sessions.swap_remove(listener), sessions.swap_remove(0));
    sessions.clear();
    kill_process(stopped, Signal::STOP)?;
    let sent = (0..2000).try_for_each(|_| sender.send_frame(&Frame::binary(vec![7; 10_000])));
    let answer = sent.and_then(|()| sender.send_frame(&Frame::ping("all sent"))).and_then(|()| sender.frame());
    kill_process(stopped, Signal::CONT)?;
    ensure!(answer.context("the sender has to wait")?.payload == b"all sent", "something else came");
    Ok((sender, listener))
}

fn busy_worker_loses_broadcasts(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("workers-drop", target)?;
    let (mut sender, mut listener) = stop_worker(&server)?;
    let mut received = 0;
    loop {
        sender.send_frame(&Frame::text("last"))?;
        while let Ok(frame) = listener.frame_within(SECOND / 5) {
            if frame.opcode == TEXT {
                ensure!((1..2000).contains(&received), "{received} of 2000 broadcasts were not lost");
                return Ok(());
            }
            ensure!(frame.payload == [7; 10_000], "not what was sent");
            received += 1;
        }
    }
}

fn busy_worker_closes_connections(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("workers-close", target)?;
    let (sender, mut listener) = stop_worker(&server)?;
    let answer = listener.answer(10 * SECOND)?;
    ensure!(answer.close_code() == Some(1013), "ended with {:?}", answer.items.last());
    sender.close()
}

/// One worker can be stopped where they are processes.
mod processes {
    use super::{Result, Target, busy_worker_closes_connections, busy_worker_loses_broadcasts};

    #[test]
    fn python_loses_broadcasts() -> Result<()> {
        busy_worker_loses_broadcasts(Target::Python)
    }

    #[test]
    fn python_closes_connections() -> Result<()> {
        busy_worker_closes_connections(Target::Python)
    }

    #[test]
    fn nodejs_loses_broadcasts() -> Result<()> {
        busy_worker_loses_broadcasts(Target::NodeJs)
    }

    #[test]
    fn nodejs_closes_connections() -> Result<()> {
        busy_worker_closes_connections(Target::NodeJs)
    }
}

fn datagrams_reach_all(target: Target) -> Result<()> {
    datagrams_between(&TestServer::of_lab_spec("workers-udp", target)?)
}

fn datagrams_between(server: &TestServer) -> Result<()> {
    let clients = (0..8).map(|_| Datagrams::open(server)).collect::<Result<Vec<_>>>()?;
    for client in &clients {
        client.send("here I am")?;
        std::thread::sleep(Duration::from_millis(20));
    }
    clients.iter().try_for_each(|client| client.all(Duration::from_millis(60)).map(drop))?;
    for (number, speaker) in clients.iter().enumerate() {
        speaker.send(number.to_string())?;
        for (other, listener) in clients.iter().enumerate().filter(|(other, _)| *other != number) {
            let heard = listener.receive().with_context(|| format!("{other} of {number}"))?;
            ensure!(heard == number.to_string().as_bytes(), "{other} heard {heard:?} of {number}");
        }
    }
    Ok(())
}

/// Four peers are known in all, and where workers are processes one more of a worker that knew none.
fn known_peers_count_over_all(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("workers-udp-few", target)?;
    let clients = (0..24).map(|_| Datagrams::open(&server)).collect::<Result<Vec<_>>>()?;
    for client in &clients {
        client.send("here I am")?;
        std::thread::sleep(Duration::from_millis(20));
    }
    clients.iter().try_for_each(|client| client.all(Duration::from_millis(60)).map(drop))?;
    Datagrams::open(&server)?.send("one more")?;
    let heard = clients.iter().map(|client| client.all(Duration::from_millis(60)));
    let listeners = heard.collect::<Result<Vec<_>>>()?.iter().filter(|heard| !heard.is_empty()).count();
    let most = if matches!(target, Target::C | Target::Rust) { 3 } else { 4 };
    ensure!((3..=most).contains(&listeners), "{listeners} other peers are known");
    Ok(())
}

/// Whichever worker answers the scrape, it tells of all.
fn metrics_are_summed(target: Target) -> Result<()> {
    let server = TestServer::of_lab_spec("workers-metrics", target)?;
    let mut sessions = open(&server, 12)?;
    for session in &mut sessions {
        session.send_frame(&Frame::text("counted"))?;
        ensure!(session.frame()?.payload == b"counted", "another message");
    }
    refused_path(&server)?;
    for _ in 0..6 {
        let metrics = Metrics::fetch(server.address, "/metrics")?;
        metrics.expect(&[
            ("server_connections", 12.0),
            ("server_messages_received_total", 12.0),
            ("server_messages_sent_total", 12.0),
            ("server_refused_total{reason=\"no such resource\"}", 1.0),
        ])?;
        metrics.histogram("server_handshake_seconds", 12.0)?;
        metrics.histogram("server_message_seconds", 12.0)?;
    }
    sessions.into_iter().try_for_each(Session::close)
}

fn refused_path(server: &TestServer) -> Result<()> {
    let mut session = Session::raw(server)?;
    session.send(&Request::new("/elsewhere").bytes())?;
    session.rest(5 * SECOND).map(drop)
}
