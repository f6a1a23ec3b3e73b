//! What Python programs do on Windows, which is not at hand: they find themselves on a system that lacks what Windows lacks.

use std::time::Duration;

use anyhow::{Result, ensure};
use generated_tests::answer::End;
use generated_tests::datagrams::Datagrams;
use generated_tests::paths;
use generated_tests::program::{Program, Target};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::tls::{Authority, Client, Validity};
use generated_tests::variant::Variant;
use rustix::process::Signal;

const SECOND: Duration = Duration::from_secs(1);
const MODELS: [&str; 4] = ["auto", "select", "threads", "blocking"];
/// What has the number of Windows' SIGBREAK.
const BREAK: Signal = Signal::TTIN;

fn there(program: &Program) -> Result<TestServer> {
    TestServer::start(program, &[("PYTHONPATH", &shim())])
}

fn shim() -> String {
    paths::client("windows").display().to_string()
}

fn program(spec: &str, model: &'static str) -> Result<Program> {
    Program::of_lab_spec(spec, Variant::new(Target::Python, model))
}

/// A connection that `windows-tls` serves, and its server.
fn secure(model: &'static str) -> Result<(TestServer, Session)> {
    let program = program("windows-tls", model)?.aside("windows")?;
    let authority = Authority::new("laboratory")?;
    authority.issue(Validity::Now)?.write(&program.folder)?;
    let server = there(&program)?;
    let mut session = Session::secure(&server, &Client::of(&authority))?;
    session.send(b"hello\n")?;
    ensure!(session.line()? == b"hello", "{model}: another line");
    Ok((server, session))
}

/// Ctrl+C and Ctrl+Break let peers go.
#[test]
fn signals_drain() -> Result<()> {
    for model in MODELS {
        for signal in [Signal::INT, BREAK] {
            let (mut server, mut session) = secure(model)?;
            server.signal(signal)?;
            let (rest, _) = session.rest(5 * SECOND)?;
            ensure!(rest.is_empty(), "{model}: something was sent: {rest:?}");
            drop(session);
            let status = server.wait(5 * SECOND)?;
            ensure!(status.code() == Some(0), "{model}: ended with {status}");
            server.logs(&[" info draining connections=1\n", " info stopped\n"])?;
        }
    }
    Ok(())
}

/// The second signal does not wait for peers that stay.
#[test]
fn second_signal_ends_at_once() -> Result<()> {
    for model in MODELS {
        for (signal, code) in [(Signal::INT, 130), (BREAK, 149)] {
            let (mut server, _session) = secure(model)?;
            server.signal(Signal::INT)?;
            server.logs(&[" info draining connections=1\n"])?;
            server.signal(signal)?;
            let status = server.wait(5 * SECOND)?;
            ensure!(status.code() == Some(code), "{model}: ended with {status}");
        }
    }
    Ok(())
}

/// The same program on Linux reads its files anew.
#[test]
fn hangup_reloads_elsewhere() -> Result<()> {
    for model in MODELS {
        let program = program("windows-tls", model)?.aside("windows-reload")?;
        Authority::new("laboratory")?.issue(Validity::Now)?.write(&program.folder)?;
        let mut server = TestServer::start(&program, &[])?;
        server.signal(Signal::HUP)?;
        server.logs(&[" info reloaded\n"])?;
        server.stop()?;
    }
    Ok(())
}

/// A peer that says nothing for a second is closed, with the lines of others before it.
#[test]
fn lines_reach_the_others() -> Result<()> {
    for model in ["auto", "select", "threads"] {
        let mut server = there(&program("windows-tcp", model)?)?;
        let (mut speaker, mut listener) = (Session::raw(&server)?, Session::raw(&server)?);
        // Until the listener is known nobody hears it.
        let mut heard = [0];
        listener.stream().set_read_timeout(Some(SECOND / 10))?;
        while listener.stream().peek(&mut heard).is_err() {
            speaker.send(b"hello\n")?;
        }
        ensure!(listener.line()? == b"hello", "{model}: another line");
        ensure!(listener.rest(5 * SECOND)?.1 == End::Eof, "{model}: the idle connection was not closed");
        server.signal(Signal::INT)?;
        server.wait(5 * SECOND)?;
    }
    Ok(())
}

#[test]
fn datagrams_come_back() -> Result<()> {
    for model in ["auto", "select", "blocking"] {
        let mut server = there(&program("windows-udp", model)?)?;
        let client = Datagrams::open(&server)?;
        client.echo("hello")?;
        // Where Windows has to cut it fails.
        client.send([0; 600])?;
        client.echo(vec![b'x'; 512])?;
        server.logs(&[" warn dropped reason=\"too long\" count=1\n"])?;
        server.signal(BREAK)?;
        let status = server.wait(5 * SECOND)?;
        ensure!(status.code() == Some(0), "{model}: ended with {status}");
    }
    Ok(())
}

#[test]
fn there_are_no_unix_sockets() -> Result<()> {
    let output = program("windows-tcp", "auto")?.fails(&[("HOST", "unix:/tmp/lab.sock"), ("PYTHONPATH", &shim())])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said == "error: HOST: \"unix:/tmp/lab.sock\" is not an IPv4 or IPv6 address\n", "said {said:?}");
    ensure!(output.status.code() == Some(1), "ended with {}", output.status);
    Ok(())
}
