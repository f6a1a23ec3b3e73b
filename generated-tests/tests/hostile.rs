//! Texts of a spec are data: programs with hostile ones, and with names of keywords and modules, behave.

use std::process::Command;

use anyhow::{Result, ensure};
use generated_tests::frame::Frame;
use generated_tests::program::{self, Profile, Program, Target};
use generated_tests::request::{Request, acceptance};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::{paths, tools};

generated_tests::for_each_target!(hostile_strings, names);

const HOSTILE_PATH: &str = "/'\"`\\{{7*7}}{%x%}${id}$(id)*/-->//%if/'''\"\"\"%s";
const HOSTILE_SUBPROTOCOL: &str = "!#$%&'*+-.^_`|~";

fn serve(feature: &str, target: Target) -> Result<TestServer> {
    let spec = paths::root().join("specs/features").join(format!("{feature}.yaml"));
    TestServer::start(&Program::build(&spec, target, Profile::Checked)?, &[])
}

/// The path and the subprotocol work to the letter.
fn hostile_strings(target: Target) -> Result<()> {
    let mut server = serve("hostile-strings", target)?;
    let mut session = Session::raw(&server)?;
    session.send(&Request::new(HOSTILE_PATH).add("Sec-WebSocket-Protocol", HOSTILE_SUBPROTOCOL).bytes())?;
    let expected = acceptance(Some(HOSTILE_SUBPROTOCOL), None);
    let mut answer = vec![0; expected.len()];
    std::io::Read::read_exact(&mut session.stream(), &mut answer)?;
    ensure!(answer == expected, "answer: {}", String::from_utf8_lossy(&answer));
    echo(&mut session)?;
    session.close()?;
    server.stop()
}

fn names(target: Target) -> Result<()> {
    for name in ["name-socket", "name-class", "name-test"] {
        let mut server = serve(name, target)?;
        let mut session = Session::open(&server, "/")?;
        echo(&mut session)?;
        session.close()?;
        server.stop()?;
    }
    Ok(())
}

fn echo(session: &mut Session) -> Result<()> {
    session.send_frame(&Frame::text("grüße"))?;
    let received = session.frame()?;
    ensure!(received.payload == "grüße".as_bytes(), "received {received:?}");
    Ok(())
}

/// `specgen run` builds, compiles and starts in the foreground; the process that it becomes takes the signals, and its exit
/// status is the server's.
#[test]
fn run_starts_a_server_in_the_foreground() -> Result<()> {
    for target in [Target::C, Target::Python, Target::NodeJs] {
        let failed = run_command(target)?.env("PORT", "99999").output()?;
        let message = String::from_utf8_lossy(&failed.stderr).into_owned();
        ensure!(failed.status.code() == Some(1), "{target}: {}: {message}", failed.status);
        ensure!(message.contains("PORT: \"99999\" is not a port"), "{target}: {message}");
        let mut command = run_command(target)?;
        command.env("PORT", "0");
        let mut server = TestServer::launch(command)?;
        let mut session = Session::open(&server, "/")?;
        echo(&mut session)?;
        session.close()?;
        server.stop()?;
    }
    Ok(())
}

fn run_command(target: Target) -> Result<Command> {
    tools::find("make")?;
    let mut command = Command::new(program::specgen()?);
    command.arg("run").arg(paths::root().join("specs/examples/echo.yaml")).args(["--target", target.name()]);
    command.arg("--cache").arg(paths::generated().join("run-cache")).env("HOST", "127.0.0.1");
    Ok(command)
}
