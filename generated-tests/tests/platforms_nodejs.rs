//! What Node.js programs do on platforms that are not at hand: they are told that they run there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use generated_tests::program::{Program, Target};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::tls::{Authority, Client, Validity};
use generated_tests::variant::Variant;
use generated_tests::{paths, tools};
use rustix::process::Signal;

/// One process, and two.
const VARIANTS: [Variant; 2] =
    [Variant::new(Target::NodeJs, "auto"), Variant::new(Target::NodeJs, "workers").workers(2)];

/// `NODE_OPTIONS` that have the modules of a program, but not those of Node.js, find themselves on another platform.
fn pretending(platform: &str) -> Result<String> {
    let module = format!(
        "const {{ platform }} = process;
        const asker = () => new Error().stack.split(\"\\n\")[3];
        Object.defineProperty(process, \"platform\", {{
          get: () => (asker().includes(\"file:\") ? \"{platform}\" : platform),
        }});\n"
    );
    let file = paths::generated().join(format!("platform-{platform}-{}.cjs", std::process::id()));
    std::fs::write(&file, module)?;
    Ok(format!("--require={}", file.display()))
}

fn program(variant: Variant, purpose: &str) -> Result<(Program, Client)> {
    let program = Program::of_lab_spec("platforms", variant)?.aside(purpose)?;
    let authority = Authority::new("laboratory")?;
    authority.issue(Validity::Now)?.write(&program.folder)?;
    Ok((program, Client::of(&authority)))
}

fn fails_with(program: &Program, environment: &[(&str, &str)], line: &str) -> Result<()> {
    let output = program.fails(environment)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said == format!("error: {line}\n"), "said {said:?}, not {line:?}");
    ensure!(output.status.code() == Some(1), "ended with {}", output.status);
    Ok(())
}

/// The end of the console comes as a SIGHUP there, and nothing is read anew.
#[test]
fn end_of_a_windows_console_drains() -> Result<()> {
    for variant in VARIANTS {
        let (program, client) = program(variant, "platforms-hangup")?;
        let mut server = TestServer::start(&program, &[("NODE_OPTIONS", &pretending("win32")?)])?;
        let mut session = Session::secure(&server, &client)?;
        session.send(b"before\n")?;
        ensure!(session.line()? == b"before", "another line");
        server.signal(Signal::HUP)?;
        let (rest, _) = session.rest(Duration::from_secs(5))?;
        ensure!(rest.is_empty(), "something was sent: {rest:?}");
        drop(session);
        let status = server.wait(Duration::from_secs(5))?;
        ensure!(status.success(), "ended with {status}");
        server.logs(&[" info draining connections=1\n", " info stopped\n"])?;
        ensure!(!server.log().contains("reloaded"), "files were read anew:\n{}", server.log());
    }
    Ok(())
}

/// The same program on Linux.
#[test]
fn hangup_reloads_elsewhere() -> Result<()> {
    for variant in VARIANTS {
        let (program, client) = program(variant, "platforms-reload")?;
        let mut server = TestServer::start(&program, &[])?;
        let mut session = Session::secure(&server, &client)?;
        server.signal(Signal::HUP)?;
        server.logs(&[" info reloaded\n"])?;
        session.send(b"still here\n")?;
        ensure!(session.line()? == b"still here", "another line");
        drop(session);
        server.stop()?;
    }
    Ok(())
}

#[test]
fn windows_has_no_unix_sockets() -> Result<()> {
    let (program, _) = program(Target::NodeJs.into(), "platforms-unix")?;
    let environment = [("HOST", "unix:/tmp/lab.sock"), ("NODE_OPTIONS", &*pretending("win32")?)];
    fails_with(&program, &environment, "HOST: \"unix:/tmp/lab.sock\" is not an IPv4 or IPv6 address")
}

/// 103 bytes of a path fit in BSD's structure, 107 in Linux's.
#[test]
fn paths_of_unix_sockets_have_their_platforms_length() -> Result<()> {
    let (program, _) = program(Target::NodeJs.into(), "platforms-paths")?;
    let host = |length: usize| format!("unix:{}", socket_path(length).display());
    let mac = pretending("darwin")?;
    let wrong = format!("HOST: \"{}\" is not an IPv4 or IPv6 address or unix:/path", host(104));
    fails_with(&program, &[("HOST", &host(104)), ("NODE_OPTIONS", &mac)], &wrong)?;
    TestServer::start(&program, &[("HOST", &host(103)), ("NODE_OPTIONS", &mac)])?.stop()?;
    TestServer::start(&program, &[("HOST", &host(107))])?.stop()
}

fn socket_path(length: usize) -> PathBuf {
    let start = format!("/tmp/lab-{}-", std::process::id());
    Path::new(&format!("{start}{}", "x".repeat(length - start.len()))).to_owned()
}

/// What is given to the socket, without one.
fn scope(folder: &Path, platform: &str) -> Result<String> {
    let script = "import { joinGroup } from './src/transport/multicast.js';
        const ignore = () => {};
        joinGroup({ addMembership: ignore, setMulticastTTL: ignore, setMulticastLoopback: ignore,
          setMulticastInterface: (scope) => process.stdout.write(scope) });";
    let mut node = Command::new(tools::find("node")?);
    node.args(["--input-type=module", "--eval", script]).current_dir(folder).env("NODE_OPTIONS", pretending(platform)?);
    let output = node.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The loopback interface's scope is 0 where it has no address but `::1`.
#[test]
fn windows_scopes_interfaces_by_number() -> Result<()> {
    let program = Program::of_lab_spec("platforms-udp", Target::NodeJs)?;
    let (here, there) = (scope(&program.folder, "linux")?, scope(&program.folder, "win32")?);
    ensure!(here == "::%lo", "{here:?} on Linux");
    ensure!(there == "::%0", "{there:?} on Windows");
    Ok(())
}
