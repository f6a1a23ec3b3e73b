//! Behaviour §11: TLS.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::answer::End;
use generated_tests::exceptions::{Subject, lacks};
use generated_tests::frame::Frame;
use generated_tests::http::{Metrics, get, reserve};
use generated_tests::program::Program;
use generated_tests::request::{Request, refusal};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::tls::{Authority, Client, Ended, Identity, Validity, decoded};
use generated_tests::variant::Variant;
use rustix::process::Signal;

generated_tests::for_each_variant!(
    quick: [
        echoes,
        reload,
    ],
    full: [
        records_cut_anywhere,
        many_messages_in_one_record,
        slow_reader,
        half_close,
        half_close_before_reading,
        closing_is_polite,
        drain,
        refusals_are_encrypted,
        bad_files,
        protocols,
        no_common_protocol,
        certificates_of_clients,
        old_version,
        slow_handshake,
        no_tls_at_all,
        garbage_behind_the_handshake,
        end_without_notice,
        watched_without_tls,
    ],
);

const SECOND: Duration = Duration::from_secs(1);
/// The port of the metrics in the laboratory spec.
const METRICS: u16 = 19093;

/// A program of a laboratory spec, with files that are good.
struct Lab {
    program: Program,
    authority: Authority,
    identity: Identity,
}

impl Lab {
    fn new(spec: &str, variant: Variant, purpose: &str) -> Result<Self> {
        let program = Program::of_lab_spec(spec, variant)?.aside(purpose)?;
        let authority = Authority::new("laboratory")?;
        let identity = authority.issue(Validity::Now)?;
        identity.write(&program.folder)?;
        Ok(Self { program, authority, identity })
    }

    fn start(&self) -> Result<TestServer> {
        TestServer::start(&self.program, &[])
    }

    fn client(&self) -> Client {
        Client::of(&self.authority)
    }
}

fn lines_back(session: &mut Session, line: &str) -> Result<()> {
    session.send(format!("{line}\n").as_bytes())?;
    let answer = session.line()?;
    ensure!(answer == line.as_bytes(), "{line:?} came back as {:?}", String::from_utf8_lossy(&answer));
    Ok(())
}

fn message_back(session: &mut Session, payload: Vec<u8>) -> Result<()> {
    session.send_frame(&Frame::binary(payload.clone()))?;
    let mut echoed = vec![];
    while echoed.len() < payload.len() {
        echoed.extend(session.frame()?.payload);
    }
    ensure!(echoed == payload, "{} bytes came back otherwise", payload.len());
    Ok(())
}

fn echoes(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-echoes")?;
    let server = lab.start()?;
    for client in [lab.client(), lab.client().of_1_2()] {
        let mut session = Session::open_secure(&server, &client, "/")?;
        for size in [1, 125, 16_384, 65_536, 3_000_000] {
            message_back(&mut session, (0..size).map(|index: u32| index.to_le_bytes()[0] ^ 0x5a).collect())?;
        }
        session.close()?;
    }
    Ok(())
}

/// What one record holds is not what one message is.
fn records_cut_anywhere(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-cut")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    let mut records = session.layer()?.encrypt(b"one\ntw")?;
    records.extend(session.layer()?.encrypt(b"o\n")?);
    records.extend(session.layer()?.encrypt(b"three\n")?);
    for piece in records.chunks(3) {
        std::io::Write::write_all(&mut session.stream(), piece)?;
        std::thread::sleep(Duration::from_millis(1));
    }
    for line in ["one", "two", "three"] {
        ensure!(session.line()? == line.as_bytes(), "not {line}");
    }
    Ok(())
}

/// All that came is handled, though the socket has nothing more to tell.
fn many_messages_in_one_record(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-many")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    let lines: String = (0..20_000).map(|number| format!("{number}\n")).collect();
    session.send(lines.as_bytes())?;
    let answer = session.exactly(lines.len())?;
    ensure!(answer == lines.as_bytes(), "answered otherwise");
    Ok(())
}

/// Output beyond what the kernel takes waits, and what waits in the peer's records is answered when it reads again.
fn slow_reader(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-slow-reader")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    let line = format!("{}\n", "x".repeat(999));
    let records = session.layer()?.encrypt(line.repeat(20).as_bytes())?;
    let mut sent = 20;
    session.stream().set_write_timeout(Some(Duration::from_millis(300)))?;
    std::io::Write::write_all(&mut session.stream(), &records)?;
    while sent < 20_000 {
        let records = session.layer()?.encrypt(line.repeat(20).as_bytes())?;
        sent += 20;
        let mut rest = &records[..];
        while let Ok(size) = std::io::Write::write(&mut session.stream(), rest) {
            rest = &rest[size..];
            if rest.is_empty() {
                break;
            }
        }
        if !rest.is_empty() {
            // The server has stopped reading: the rest goes out while its answers are read.
            let mut writer = session.stream().try_clone()?;
            let rest = rest.to_vec();
            writer.set_write_timeout(Some(10 * SECOND))?;
            let writing = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &rest));
            let answer = session.exactly(line.len() * sent)?;
            writing.join().ok().context("the writer panicked")??;
            ensure!(answer == line.repeat(sent).as_bytes(), "answered otherwise");
            return lines_back(&mut session, "and goes on");
        }
    }
    anyhow::bail!("{sent} lines of 1,000 bytes were taken from a peer that reads nothing");
}

fn half_close(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-half-close")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    let lines = "a line\n".repeat(30_000);
    session.send(lines.as_bytes())?;
    session.finish()?;
    let (answer, end) = session.rest(10 * SECOND)?;
    ensure!(answer == lines.as_bytes(), "{} of {} bytes came back", answer.len(), lines.len());
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(session.layer()?.ended() == Some(Ended::Politely), "no close_notify");
    Ok(())
}

/// What the server has read already when it stops for backpressure comes before the end that it has read with it.
fn half_close_before_reading(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-half-close-first")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    // The answer to the first line is more than the kernel takes: the others are not answered at once.
    let lines = format!("{}\nsecond\nthird\n", "x".repeat(12_000_000));
    let mut records = vec![];
    for piece in lines.as_bytes().chunks(16_384) {
        records.extend(session.layer()?.encrypt(piece)?);
    }
    records.extend(session.layer()?.encrypt_end()?);
    let mut writer = session.stream().try_clone()?;
    let writing = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &records));
    writing.join().ok().context("the writer panicked")??;
    std::thread::sleep(SECOND / 4);
    let (answer, end) = session.rest(20 * SECOND)?;
    ensure!(answer == lines.as_bytes(), "{} of {} bytes came back", answer.len(), lines.len());
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(session.layer()?.ended() == Some(Ended::Politely), "no close_notify");
    Ok(())
}

fn closing_is_polite(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-closing")?;
    let server = lab.start()?;
    for (frame, code) in [(Frame::close(1000, ""), 1000), (Frame::new(3, [1]), 1002)] {
        let mut session = Session::open_secure(&server, &lab.client(), "/")?;
        session.send_frame(&frame)?;
        let closed = session.close_code(5 * SECOND)?;
        ensure!(closed == code, "closed with {closed}, not {code}");
        ensure!(session.layer()?.ended() == Some(Ended::Politely), "no close_notify behind {code}");
    }
    Ok(())
}

fn drain(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-drain")?;
    let mut server = lab.start()?;
    let mut session = Session::open_secure(&server, &lab.client(), "/")?;
    server.signal(Signal::TERM)?;
    let code = session.close_code(5 * SECOND)?;
    ensure!(code == 1001, "closed with {code}");
    ensure!(session.layer()?.ended() == Some(Ended::Politely), "no close_notify");
    drop(session);
    let status = server.wait(10 * SECOND)?;
    ensure!(status.success(), "ended with {status}");
    Ok(())
}

fn refusals_are_encrypted(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-refusals")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    session.send(&Request::new("/elsewhere").bytes())?;
    let (answer, end) = session.rest(5 * SECOND)?;
    ensure!(answer == refusal(404, "no such resource"), "answer: {}", String::from_utf8_lossy(&answer));
    ensure!(end == End::Eof, "ended with {end:?}");
    ensure!(session.layer()?.ended() == Some(Ended::Politely), "no close_notify");
    Ok(())
}

/// A failure to start is this line alone.
fn fails_with(program: &Program, line: &str) -> Result<()> {
    let output = program.fails(&[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said == format!("{line}\n"), "said {said:?}, not {line:?}");
    ensure!(output.status.code() == Some(1), "ended with {}", output.status);
    ensure!(output.stdout.is_empty(), "printed {:?}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn bad_files(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-clients", variant, "tls-bad-files")?;
    let place = |name: &str| lab.program.folder.join(name);
    let write = |name: &str, text: &str| std::fs::write(place(name), text);
    let good = || -> Result<()> {
        write("clients.pem", &lab.authority.pem())?;
        lab.identity.write(&lab.program.folder)
    };
    for (field, name) in [("certificate", "certificate.pem"), ("key", "key.pem"), ("client_ca", "clients.pem")] {
        good()?;
        std::fs::remove_file(place(name))?;
        let line = format!("error: tls.{field} {name}: No such file or directory; name a PEM file");
        fails_with(&lab.program, &line)?;
        let nothing = if field == "key" { "no private key in it" } else { "no certificate in it" };
        for text in ["", "no PEM\n", "-----BEGIN X-----\nAAAA\n-----END X-----\n"] {
            write(name, text)?;
            fails_with(&lab.program, &format!("error: tls.{field} {name}: {nothing}; name a PEM file"))
                .with_context(|| format!("{text:?}"))?;
        }
    }
    good()?;
    write("key.pem", &lab.authority.issue(Validity::Now)?.key)?;
    let line = "error: tls.key key.pem: does not belong to the certificate; name the certificate's key";
    fails_with(&lab.program, line)?;
    lab.authority.issue(Validity::Past)?.write(&lab.program.folder)?;
    fails_with(&lab.program, "error: tls.certificate certificate.pem: expired; renew it")?;
    lab.authority.issue(Validity::Future)?.write(&lab.program.folder)?;
    fails_with(&lab.program, "error: tls.certificate certificate.pem: not yet valid; wait, or set the clock")?;
    good()?;
    TestServer::start(&lab.program, &[])?.stop()
}

fn protocols(variant: Variant) -> Result<()> {
    let agreed = |lab: &Lab, server: &TestServer, offer: &[&'static str]| -> Result<Option<String>> {
        Ok(Session::secure(server, &lab.client().offering(offer))?.layer()?.protocol())
    };
    let lab = Lab::new("tls", variant, "tls-protocols")?;
    let server = lab.start()?;
    ensure!(agreed(&lab, &server, &[])?.is_none(), "a protocol that was not offered");
    ensure!(agreed(&lab, &server, &["h2", "http/1.1"])?.as_deref() == Some("http/1.1"), "not http/1.1");
    let lab = Lab::new("tls-tcp", variant, "tls-protocols-tcp")?;
    let server = lab.start()?;
    ensure!(agreed(&lab, &server, &["h2"])?.is_none(), "a protocol without `alpn`");
    Ok(())
}

fn no_common_protocol(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-no-protocol")?;
    let server = lab.start()?;
    let refused = Session::secure(&server, &lab.client().offering(&["h2"]));
    let text = refused.err().map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(text.contains("NoApplicationProtocol"), "not refused with that alert: {text:?}");
    server.logs(&[" info refused peer=127.0.0.1", " reason=\"TLS handshake failed\"\n"])?;
    Session::open_secure(&server, &lab.client(), "/")?.close()
}

fn certificates_of_clients(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-clients", variant, "tls-client-certificates")?;
    let clients = Authority::new("clients")?;
    std::fs::write(lab.program.folder.join("clients.pem"), clients.pem())?;
    let server = lab.start()?;
    let known = lab.client().known_as(clients.issue(Validity::Now)?).offering(&["lab/1", "lab/2"]);
    let mut session = Session::secure(&server, &known)?;
    lines_back(&mut session, "hello")?;
    let layer = session.layer()?;
    ensure!(layer.protocol().as_deref() == Some("lab/2"), "not the server's preference: {:?}", layer.protocol());
    ensure!(layer.version() == Some(rustls::ProtocolVersion::TLSv1_3), "{:?}", layer.version());
    drop(session);
    let without_alert = lacks(variant.target, Subject::AlertsToStrangers);
    let strangers = [
        (lab.client(), false),
        (lab.client().known_as(lab.authority.issue(Validity::Now)?), without_alert),
        (lab.client().known_as(clients.issue(Validity::Past)?), without_alert),
    ];
    for (stranger, without_alert) in strangers {
        // With TLS 1.3 a client's part of the handshake is over before the server judges its certificate.
        let refused = Session::secure(&server, &stranger).and_then(|mut session| lines_back(&mut session, "hello"));
        let text = format!("{:#}", refused.err().context("a stranger is served")?);
        ensure!(without_alert || text.contains("received fatal alert"), "not refused by an alert: {text:?}");
    }
    server.logs(&[" reason=\"TLS handshake failed\"\n"])?;
    lines_back(&mut Session::secure(&server, &known)?, "and the known one again")
}

fn old_version(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-clients", variant, "tls-old-version")?;
    std::fs::write(lab.program.folder.join("clients.pem"), lab.authority.pem())?;
    let server = lab.start()?;
    let client = lab.client().known_as(lab.authority.issue(Validity::Now)?).of_1_2();
    let refused = Session::secure(&server, &client);
    let text = refused.err().map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(text.contains("ProtocolVersion"), "not refused with that alert: {text:?}");
    Ok(())
}

/// Begun or not: it is closed without an answer.
fn slow_handshake(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-slow-handshake")?;
    let server = lab.start()?;
    // The header of a handshake record that never comes.
    for begun in [&b""[..], &[22, 3, 1, 0, 200, 1]] {
        let start = Instant::now();
        let mut session = Session::raw(&server)?;
        session.send(begun)?;
        let (answer, _) = session.rest(10 * SECOND)?;
        ensure!(answer.is_empty(), "answered with {answer:?}");
        let took = start.elapsed();
        ensure!(took >= Duration::from_millis(1395), "closed after {took:?}");
    }
    Ok(())
}

/// A client that speaks something else gets an alert at most, and the server goes on.
fn no_tls_at_all(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls", variant, "tls-none")?;
    let server = lab.start()?;
    let mut session = Session::raw(&server)?;
    session.send(&Request::new("/").bytes())?;
    let (answer, _) = session.rest(5 * SECOND)?;
    ensure!(answer.is_empty() || answer.starts_with(&[21, 3]), "answered with {:?}", String::from_utf8_lossy(&answer));
    server.logs(&[" info refused peer=127.0.0.1", " reason=\"TLS handshake failed\"\n"])?;
    Session::open_secure(&server, &lab.client(), "/")?.close()
}

/// A record that was tampered with ends the connection with an alert, and nothing of it is handed on.
fn garbage_behind_the_handshake(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-garbage")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    lines_back(&mut session, "before")?;
    let mut record = session.layer()?.encrypt(b"forged\n")?;
    if let Some(last) = record.last_mut() {
        *last ^= 1;
    }
    std::io::Write::write_all(&mut session.stream(), &record)?;
    let text = match session.line() {
        Ok(line) => format!("{line:?}"),
        Err(error) => format!("{error:#}"),
    };
    ensure!(text.contains("BadRecordMac"), "not that alert: {text}");
    drop(session);
    lines_back(&mut Session::secure(&server, &lab.client())?, "others go on")
}

fn end_without_notice(variant: Variant) -> Result<()> {
    let lab = Lab::new("tls-tcp", variant, "tls-blunt")?;
    let server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    session.send(b"one\ntwo\n")?;
    session.stream().shutdown(std::net::Shutdown::Write)?;
    let (answer, end) = session.rest(5 * SECOND)?;
    ensure!(answer == b"one\ntwo\n" && end == End::Eof, "{end:?} behind {:?}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// The port beside the server's own is plain HTTP; what is counted are the bytes of the sockets, encrypted as they are.
fn watched_without_tls(variant: Variant) -> Result<()> {
    let _port = reserve(METRICS)?;
    let lab = Lab::new("tls-metrics", variant, "tls-metrics")?;
    let server = lab.start()?;
    let address = SocketAddr::new(server.address.ip(), METRICS);
    ensure!(get(address, "/h")?.status == 200, "no health");
    let mut session = Session::secure(&server, &lab.client())?;
    lines_back(&mut session, "hello")?;
    let metrics = Metrics::fetch(address, "/m")?;
    metrics.expect(&[("server_connections", 1.0), ("server_messages_received_total", 1.0)])?;
    for counter in ["server_received_bytes_total", "server_sent_bytes_total"] {
        let bytes = metrics.value(counter).unwrap_or_default();
        // A TLS handshake takes some hundred bytes both ways.
        ensure!(bytes > 100.0, "{counter} is {bytes}");
    }
    Ok(())
}

/// Waits until new connections show this certificate.
fn shows(server: &TestServer, client: &Client, identity: &Identity) -> Result<()> {
    let expected = decoded(&identity.certificate)?;
    let deadline = Instant::now() + 5 * SECOND;
    // Every worker reads the files for itself.
    let mut in_a_row = 0;
    while in_a_row < 8 {
        let shown = Session::secure(server, client)?.layer()?.certificate();
        in_a_row = if shown.as_deref() == Some(&expected[..]) { in_a_row + 1 } else { 0 };
        ensure!(Instant::now() < deadline, "the new certificate is not shown; the log:\n{}", server.log());
    }
    Ok(())
}

fn reload(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let lab = Lab::new("tls-tcp", variant, "tls-reload")?;
    let mut server = lab.start()?;
    let mut session = Session::secure(&server, &lab.client())?;
    lines_back(&mut session, "before")?;
    let renewed = lab.authority.issue(Validity::Now)?;
    renewed.write(&lab.program.folder)?;
    server.signal(Signal::HUP)?;
    server.logs(&[" info reloaded\n"])?;
    shows(&server, &lab.client(), &renewed)?;
    lines_back(&mut session, "the old connection goes on")?;
    std::fs::write(lab.program.folder.join("key.pem"), &lab.identity.key)?;
    server.signal(Signal::HUP)?;
    let reason = "tls.key key.pem: does not belong to the certificate; name the certificate's key";
    server.logs(&[&format!(" error reload-failed error=\"{reason}\"\n")])?;
    shows(&server, &lab.client(), &renewed)?;
    lines_back(&mut session, "and on")?;
    drop(session);
    server.stop()
}
