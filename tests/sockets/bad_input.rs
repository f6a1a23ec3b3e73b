//! What is no socket, no option, no address.

use std::fs;
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::lab::{command_of, listener, sockets, stderr, stdout};

/// A port that nothing uses, and that the kernel gives to nobody who does not ask for it.
const UNUSED: &str = "1";

fn assert_ends(arguments: &[&str], code: i32, message: &str) {
    let output = sockets(arguments);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(message), "{arguments:?}: {text}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
}

#[test]
fn wrong_command_lines_say_what_is_right() {
    for (arguments, message) in [
        (&["options", "--fd", "3"][..], "error: --fd 3 needs --pid: a descriptor is a number of one process,"),
        (&["options", "--pid", "1"], "error: --pid 1 needs --fd: `ls -l /proc/1/fd` lists"),
        (&["options"], "error: which socket? Name it with --port P, --path PATH, or --pid PID --fd N"),
        (&["options", "--port", "1", "--pid", "1"], "cannot be used with '--pid <PID>'"),
        (&["options", "--port", "1", "--target", "c"], "--spec <SPEC>"),
        (&["options", "--port", "1", "--spec", "x.yaml", "--target", "go"], "choices: c, python, nodejs, rust"),
        (
            &["options", "--port", "1", "--options", "TCP_NODLAY"],
            "did you mean TCP_NODELAY?\noptions: backlog, O_NONBLOCK,",
        ),
        (&["options", "--port", "1", "--options", ""], "there is no option ``\noptions: backlog,"),
        (&["options", "--pid", "-1", "--fd", "1"], "error: "),
        (&["options", "--pid", "1", "--fd", "99999999999"], "error: "),
        (&["states", "--port", "0"], "0 is not in 1..=65535"),
        (&["states", "--port", "65536"], "65536 is not in 1..=65535"),
        (&["states", "--port", "http"], "invalid digit"),
        (&["connections", "--state", "open"], "there is no state `open`; states: LISTEN, SYN_SENT, SYN_RECV,"),
        (&["connections", "--address", "localhost:80"], "`localhost` is no IP address (names are not looked up)"),
        (&["connections", "--address", "127.0.0.1"], "the port is missing; for example 127.0.0.1:8080"),
        (&["connections", "--address", "::1:80:"], "`` is no port"),
        (&["connections", "--address", "unix:/run/x"], "a unix socket has no IP address;"),
    ] {
        assert_ends(arguments, 2, message);
    }
}

#[test]
fn ports_and_addresses_without_a_socket() {
    let none = "error[SG504]: there is no TCP or UDP socket with port 1 in this network namespace\n";
    assert_ends(&["states", "--port", UNUSED], 1, none);
    assert_ends(&["connections", "--port", UNUSED], 1, none);
    let nothing = "error[SG504]: nothing listens on port 1 in this network namespace\n";
    assert_ends(&["options", "--port", UNUSED], 1, nothing);
    let message = "error[SG504]: there is no TCP or UDP socket with an end at 127.0.0.1:1 in this network namespace\n";
    assert_ends(&["connections", "--address", "127.0.0.1:1"], 1, message);
    let both =
        "error[SG504]: there is no TCP or UDP socket with port 1 and an end at [::1]:1 in this network namespace\n";
    assert_ends(&["connections", "--port", UNUSED, "--address", "[::1]:1"], 1, both);
}

#[test]
fn a_port_of_clients_is_no_listener() {
    let (listening, _) = listener(8, |_| ());
    let client = TcpStream::connect(listening.local_addr().unwrap()).unwrap();
    let port = client.local_addr().unwrap().port().to_string();
    let help = format!("it is the port of connections: `specgen sockets connections --port {port}`");
    assert_ends(&["options", "--port", &port], 1, &help);
}

#[test]
fn processes_that_are_gone_and_descriptors_that_are_no_sockets() {
    let mut child = Command::new("true").spawn().unwrap();
    let gone = child.id().to_string();
    child.wait().unwrap();
    assert_ends(&["options", "--pid", &gone, "--fd", "0"], 1, &format!("error[SG504]: there is no process {gone}\n"));
    assert_ends(&["options", "--pid", "0", "--fd", "0"], 1, "error[SG504]: there is no process 0\n");
    assert_ends(&["options", "--pid", "4294967295", "--fd", "0"], 1, "error[SG504]: there is no process 4294967295\n");

    let pid = std::process::id().to_string();
    let file = fs::File::open("/proc/self/status").unwrap();
    let fd = file.as_raw_fd().to_string();
    let message = format!("error[SG504]: descriptor {fd} of process {pid} is no socket but `/proc/");
    assert_ends(&["options", "--pid", &pid, "--fd", &fd], 1, &message);
    assert_ends(&["options", "--pid", &pid, "--fd", "99999"], 1, "has no descriptor 99999\n");
    assert_ends(&["options", "--pid", &pid, "--fd", "4294967295"], 1, "has no descriptor 4294967295\n");
}

#[test]
fn an_error_as_json() {
    let output = sockets(&["states", "--port", UNUSED, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["diagnostics"][0]["code"], "SG504");
    assert_eq!(stderr(&output), "");
}

/// Root may do everything, so the command is run as somebody else; somebody else may not look at the first process.
#[test]
fn processes_of_others_are_closed() {
    let (listening, port) = listener(8, |_| ());
    let own = std::process::id().to_string();
    let fd = listening.as_raw_fd().to_string();
    let root = rustix::process::geteuid().is_root();
    // Somebody else may not be let into the folder of this build.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("specgen");
    fs::copy(env!("CARGO_BIN_EXE_specgen"), &program).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (pid, number) = if root { (&*own, &*fd) } else { ("1", "0") };
    let unprivileged = |arguments: &[&str]| {
        let mut command = command_of(&program, arguments);
        if root {
            command.uid(65534).gid(65534).current_dir("/");
        }
        command.output().unwrap()
    };
    let output = unprivileged(&["options", "--pid", pid, "--fd", number]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.starts_with(&format!("error[SG503]: process {pid} (")), "{text}");
    assert!(
        text.contains("= help: run specgen as the user of that process, or as root, or give it CAP_SYS_PTRACE\n"),
        "{text}"
    );
    if root {
        let output = unprivileged(&["options", "--port", &port]);
        assert_eq!(output.status.code(), Some(3));
        let message = format!("error[SG503]: the process that listens is hidden: 127.0.0.1:{port} is of user 0\n");
        assert!(stderr(&output).starts_with(&message), "{}", stderr(&output));
        let states = unprivileged(&["states", "--port", &port]);
        assert_eq!(states.status.code(), Some(0), "states need no permission");
    }
}
