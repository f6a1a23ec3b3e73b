//! The command, and sockets to try it on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{PTracer, set_ptracer};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// Runs `specgen sockets` with these arguments.
pub fn sockets(arguments: &[&str]) -> Output {
    command_of(Path::new(env!("CARGO_BIN_EXE_specgen")), arguments).output().unwrap()
}

/// The same, of a copy of the program.
pub fn command_of(program: &Path, arguments: &[&str]) -> Command {
    // Yama lets a child look at its parent only if the parent allows it; other kernels have no such rule.
    let _ = set_ptracer(PTracer::Any);
    let mut command = Command::new(program);
    command.arg("sockets").args(arguments).stdin(Stdio::null());
    command
}

/// What it reports as JSON.
pub fn report(arguments: &[&str]) -> Value {
    let output = sockets(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The finding of that rule, as soon as there is one.
pub fn finding(arguments: &[&str], rule: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let report = report(arguments);
        let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule);
        if let Some(finding) = found {
            return finding.clone();
        }
        assert!(Instant::now() < deadline, "no finding {rule} in {report:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A TCP socket of this machine that `prepare` has set options on, listening.
pub fn listener(backlog: i32, prepare: impl FnOnce(&Socket)) -> (TcpListener, String) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    prepare(&socket);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).unwrap();
    socket.listen(backlog).unwrap();
    let listener = TcpListener::from(socket);
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

/// Both ends of a connection: the one that connects, the one that accepts.
pub fn connection(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// A client that does not wait until it is connected.
pub fn attempt(listener: &TcpListener) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_nonblocking(true).unwrap();
    let _ = socket.connect(&listener.local_addr().unwrap().into());
    socket
}
