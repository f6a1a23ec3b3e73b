//! Behaviour §10: tokens, metrics, health.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::answer::End;
use generated_tests::datagrams::Datagrams;
use generated_tests::frame::Frame;
use generated_tests::http::{Metrics, get, reserve};
use generated_tests::program::Program;
use generated_tests::request::{Request, acceptance, refusal};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;
use rustix::process::Signal;

generated_tests::for_each_variant!(
    quick: [],
    full: [
        metrics_of_websocket,
        tokens,
        tokens_of_the_environment,
        no_tokens,
        health,
        metrics_of_tcp,
        health_while_draining,
        metrics_of_udp,
    ],
);

const SECOND: Duration = Duration::from_secs(1);
const TOKENS: &str = "# tokens of the laboratory\n\n  file-token \t\n#commented\na+b/c==\n";

/// A server that knows `file-token`, `a+b/c==`, `first` and `second`.
fn guarded(variant: Variant) -> Result<TestServer> {
    let program = Program::of_lab_spec("auth", variant)?;
    let file = program.folder.join("tokens.txt");
    if std::fs::read_to_string(&file).is_ok_and(|text| text != TOKENS) || !file.exists() {
        std::fs::write(&file, TOKENS)?;
    }
    TestServer::start(&program, &[("LAB_TOKENS", "first,second")])
}

fn chat() -> Request {
    Request::new("/chat")
}

fn bearer(token: &str) -> Request {
    chat().add("Authorization", &format!("Bearer {token}"))
}

fn protocols(list: &str) -> Request {
    chat().add("Sec-WebSocket-Protocol", list)
}

/// What the server answers to a request, up to the end of its head or of the connection.
fn answers(server: &TestServer, request: &Request, expected: &[u8]) -> Result<()> {
    let mut session = Session::raw(server)?;
    session.send(&request.bytes())?;
    let text = String::from_utf8_lossy(&request.bytes()).into_owned();
    let answer = session.exactly(expected.len()).with_context(|| text.clone())?;
    ensure!(answer == expected, "{text}was answered with {}", String::from_utf8_lossy(&answer));
    Ok(())
}

fn tokens(variant: Variant) -> Result<()> {
    let server = guarded(variant)?;
    let accepted = [
        bearer("file-token"),
        bearer("a+b/c=="),
        bearer("first"),
        bearer("second"),
        chat().add("authorization", "bearer first"),
        chat().add("Authorization", "BEARER first"),
        Request::new("/chat?token=first"),
        Request::new("/chat?a=b&token=second&token=wrong"),
        Request::new("/chat?token=a%2bb%2Fc%3D%3D"),
        protocols("first"),
        bearer("first").add("Origin", "https://a.example"),
    ];
    for request in accepted {
        answers(&server, &request, &acceptance(None, None))?;
    }
    answers(&server, &protocols("first, v1.chat"), &acceptance(Some("v1.chat"), None))?;
    let repeated = protocols("first").add("Sec-WebSocket-Protocol", "v1.chat, v2.chat");
    answers(&server, &repeated, &acceptance(Some("v2.chat"), None))?;
    answers(&server, &bearer("first").add("Sec-WebSocket-Protocol", "v1.chat"), &acceptance(Some("v1.chat"), None))?;
    let refused = [
        chat(),
        bearer("wrong"),
        bearer(""),
        bearer("First"),
        bearer("firs"),
        bearer("first2"),
        bearer("first,second"),
        bearer("#commented"),
        bearer("commented"),
        bearer("# tokens of the laboratory"),
        chat().add("Authorization", "Basic first"),
        chat().add("Authorization", "first"),
        Request::new("/chat?token=wrong&token=first"),
        Request::new("/chat?token="),
        Request::new("/chat?xtoken=first"),
        Request::new("/chat?token=wrong").add("Sec-WebSocket-Protocol", "first"),
        Request::new("/chat?token=first").add("Authorization", "Bearer wrong"),
        protocols("v1.chat, first"),
        protocols("wrong"),
    ];
    for request in refused {
        answers(&server, &request, &refusal(401, "token required"))?;
    }
    // What is judged before.
    answers(&server, &Request::new("/none"), &refusal(404, "no such resource"))?;
    answers(&server, &chat().add("Origin", "https://b.example"), &refusal(403, "origin not allowed"))?;
    server.logs(&[" info refused peer=127.0.0.1", " status=401 reason=\"token required\"\n"])?;
    let log = server.log();
    ensure!(!log.contains("first") && !log.contains("file-token"), "a token in the log:\n{log}");
    Ok(())
}

fn tokens_of_the_environment(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("auth-variable", variant)?;
    let server = TestServer::start(&program, &[("LAB_TOKENS", "one,,two words,")])?;
    answers(&server, &Request::new("/any?token=one"), &acceptance(None, None))?;
    answers(&server, &Request::new("/any?token=two%20words"), &acceptance(None, None))?;
    answers(&server, &Request::new("/any?token=two"), &refusal(401, "token required"))?;
    answers(&server, &Request::new("/any?token="), &refusal(401, "token required"))
}

fn no_tokens(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("auth-variable", variant)?;
    for value in ["", ",,"] {
        let output = program.fails(&[("LAB_TOKENS", value)])?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1), "ended with {}: {said}", output.status);
        ensure!(said.starts_with("error: ") && said.lines().count() == 1, "standard error: {said:?}");
        ensure!(said.contains("LAB_TOKENS"), "the variable is not named: {said:?}");
    }
    Ok(())
}

/// Waits for samples to have these values: a server may count after it has answered.
fn settles(address: SocketAddr, path: &str, expected: &[(&str, f64)]) -> Result<Metrics> {
    for _ in 0..50 {
        let metrics = Metrics::fetch(address, path)?;
        if metrics.expect(expected).is_ok() {
            return Ok(metrics);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let metrics = Metrics::fetch(address, path)?;
    metrics.expect(expected)?;
    Ok(metrics)
}

fn metrics_of_websocket(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("metrics", variant)?;
    let begin = Metrics::fetch(server.address, "/metrics")?;
    begin.are(&[&CONNECTIONS[..], &TRAFFIC, &["handshake_seconds"]].concat())?;
    begin.expect(&[
        ("server_connections", 0.0),
        ("server_messages_received_total", 0.0),
        ("server_messages_sent_total", 0.0),
        ("server_backpressure_total", 0.0),
    ])?;
    ensure!(begin.value("server_closed_total{code=\"1000\"}").is_none(), "a label that never occurred");
    begin.histogram("server_handshake_seconds", 0.0)?;

    let mut sessions = (0..2).map(|_| Session::open(&server, "/chat")).collect::<Result<Vec<_>>>()?;
    for session in &mut sessions {
        for _ in 0..3 {
            session.send_frame(&Frame::text("hello"))?;
            session.frame()?;
        }
    }
    let mut refused = Session::raw(&server)?;
    refused.send(&Request::new("/none").bytes())?;
    refused.rest(5 * SECOND)?;
    let mut failing = Session::open(&server, "/chat")?;
    failing.send_frame(&Frame::text("x".repeat(101)))?;
    failing.rest(5 * SECOND)?;
    drop((refused, failing));
    sessions.pop().context("no session")?.close()?;

    let metrics = settles(
        server.address,
        "/metrics",
        &[
            ("server_connections", 1.0),
            ("server_messages_received_total", 6.0),
            ("server_messages_sent_total", 6.0),
            ("server_refused_total{reason=\"no such resource\"}", 1.0),
            ("server_closed_total{code=\"1000\"}", 1.0),
            ("server_closed_total{code=\"1009\"}", 1.0),
        ],
    )?;
    metrics.histogram("server_handshake_seconds", 3.0)?;
    metrics.histogram("server_message_seconds", 6.0)?;
    for (sample, least) in
        [("server_accepted_total", 3.0), ("server_received_bytes_total", 600.0), ("server_sent_bytes_total", 400.0)]
    {
        ensure!(metrics.value(sample).is_some_and(|value| value >= least), "{sample}: {:?}", metrics.value(sample));
    }
    // A WebSocket is not served there, and the path has no query.
    answers(&server, &Request::new("/metrics"), &refusal(404, "no such resource"))?;
    ensure!(get(server.address, "/metrics?x=y")?.status == 200, "a query hides the metrics");
    Ok(())
}

fn health(variant: Variant) -> Result<()> {
    let server = TestServer::of_lab_spec("health", variant)?;
    let response = get(server.address, "/health")?;
    ensure!(response.status == 200 && response.body.trim_end() == "ok", "got {response:?}");
    let mut session = Session::open(&server, "/chat")?;
    session.send_frame(&Frame::text("hello"))?;
    ensure!(session.frame()?.payload == b"hello", "not served beside the health check");
    session.close()
}

/// What servers of connections show.
const CONNECTIONS: [&str; 5] = ["connections", "accepted_total", "refused_total", "closed_total", "backpressure_total"];
/// What every server shows.
const TRAFFIC: [&str; 5] =
    ["messages_received_total", "messages_sent_total", "received_bytes_total", "sent_bytes_total", "message_seconds"];
const TCP_METRICS: u16 = 19_090;
const UDP_METRICS: u16 = 19_091;

fn metrics_of_tcp(variant: Variant) -> Result<()> {
    let _port = reserve(TCP_METRICS)?;
    let server = TestServer::of_lab_spec("metrics-tcp", variant)?;
    let address = SocketAddr::new(server.address.ip(), TCP_METRICS);
    let begin = Metrics::fetch(address, "/m")?;
    begin.are(&[&CONNECTIONS[..], &TRAFFIC].concat())?;
    begin.expect(&[("server_connections", 0.0)])?;
    let mut session = Session::raw(&server)?;
    session.send(b"one\ntwo\n")?;
    ensure!(session.exactly(8)? == b"one\ntwo\n", "other lines came back");
    let metrics = settles(
        address,
        "/m",
        &[
            ("server_connections", 1.0),
            ("server_accepted_total", 1.0),
            ("server_messages_received_total", 2.0),
            ("server_messages_sent_total", 2.0),
            ("server_received_bytes_total", 8.0),
            ("server_sent_bytes_total", 8.0),
            ("server_closed_total", 0.0),
        ],
    )?;
    metrics.histogram("server_message_seconds", 2.0)?;
    session.finish()?;
    ensure!(session.rest(5 * SECOND)?.1 == End::Eof, "not ended");
    drop(session);
    settles(address, "/m", &[("server_connections", 0.0), ("server_closed_total", 1.0)])?;
    ensure!(get(address, "/h")?.status == 200, "no health beside the metrics");
    for other in ["/", "/metrics", "/m/", "/health"] {
        ensure!(get(address, other)?.status == 404, "{other} is served");
    }
    Ok(())
}

/// While peers are waited for, the listener of its own says so.
fn health_while_draining(variant: Variant) -> Result<()> {
    let _port = reserve(TCP_METRICS)?;
    let mut server = TestServer::of_lab_spec("metrics-tcp", variant)?;
    let address = SocketAddr::new(server.address.ip(), TCP_METRICS);
    let mut session = Session::raw(&server)?;
    session.send(b"held\n")?;
    session.line()?;
    server.signal(Signal::TERM)?;
    ensure!(session.rest(5 * SECOND)?.1 == End::Eof, "not drained");
    let response = get(address, "/h")?;
    ensure!(response.status == 503 && response.body.trim_end() == "draining", "got {response:?}");
    drop(session);
    let status = server.wait(5 * SECOND)?;
    ensure!(status.code() == Some(0), "ended with {status}");
    Ok(())
}

fn metrics_of_udp(variant: Variant) -> Result<()> {
    let _port = reserve(UDP_METRICS)?;
    let server = TestServer::of_lab_spec("metrics-udp", variant)?;
    let address = SocketAddr::new(server.address.ip(), UDP_METRICS);
    let begin = Metrics::fetch(address, "/metrics")?;
    begin.are(&[&TRAFFIC[..], &["dropped_datagrams_total"]].concat())?;
    let too_long = "server_dropped_datagrams_total{reason=\"too long\"}";
    ensure!(begin.value(too_long).is_none(), "a label that never occurred");
    let client = Datagrams::open(&server)?;
    for size in [101, 102, 5000] {
        client.send(vec![0; size])?;
    }
    // Of those that are too long so much counts as is read: one byte more than fits.
    settles(address, "/metrics", &[(too_long, 3.0), ("server_received_bytes_total", 303.0)])?;
    for number in 0..5_u8 {
        client.echo([number])?;
    }
    for number in 0..20_u8 {
        client.send([number])?;
    }
    let deadline = Instant::now() + 5 * SECOND;
    loop {
        let metrics = Metrics::fetch(address, "/metrics")?;
        let limited = metrics.value("server_dropped_datagrams_total{reason=\"rate limit\"}").unwrap_or(0.0);
        let received = metrics.value("server_messages_received_total").unwrap_or(0.0);
        if limited + received == 25.0 {
            ensure!((5.0..=10.0).contains(&received), "{received} received, {limited} above the rate limit");
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "of 25 were {received} received, {limited} above the rate limit");
        std::thread::sleep(Duration::from_millis(20));
    }
}
