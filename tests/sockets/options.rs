//! Options of a running server, beside its spec.

use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use serde_json::{Value, json};
use socket2::{Domain, SockRef, Socket, Type};

use super::lab::{connection, listener, report, sockets, stderr, stdout};

/// A spec of a server in C with these lines.
fn spec(lines: &str) -> (tempfile::TempDir, PathBuf) {
    spec_of("c", lines)
}

fn spec_of(target: &str, lines: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.yaml");
    let text = format!("specgen: 1\nname: demo\ntype: tcp\ntcp: lines\ntargets: [{target}]\n{lines}");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// Options as the spec's language would set them.
fn as_specified(socket: &Socket) {
    socket.set_reuse_address(true).unwrap();
    socket.set_tcp_nodelay(true).unwrap();
    socket.set_recv_buffer_size(128 * 1024).unwrap();
}

fn lines(port: &str) -> String {
    format!("listen: {{port: {port}, backlog: 64}}\nsocket: {{receive_buffer: 128KiB}}\n")
}

/// `role option value verdict note` of all options that differ.
fn differences(report: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for socket in report["sockets"].as_array().unwrap() {
        let role = socket["role"].as_str().unwrap();
        for reading in socket["options"].as_array().unwrap() {
            if reading["verdict"] == "differs" {
                let option = reading["option"].as_str().unwrap();
                found.push(format!("{role} {option} {} {}", reading["value"], reading["note"].as_str().unwrap_or("-")));
            }
        }
    }
    found
}

fn reading<'a>(socket: &'a Value, option: &str) -> &'a Value {
    socket["options"].as_array().unwrap().iter().find(|reading| reading["option"] == option).unwrap()
}

#[test]
fn a_server_that_is_as_its_spec_says() {
    let (listening, port) = listener(64, as_specified);
    let _open: Vec<_> = (0..3).map(|_| connection(&listening)).collect();
    let (_kept, path) = spec(&lines(&port));
    let arguments = ["options", "--port", &port, "--spec", path.to_str().unwrap()];
    let output = sockets(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).ends_with("\nas the spec says (target c)\n"), "{}", stdout(&output));
    let report = report(&arguments);
    assert_eq!((&report["differences"], &report["target"]), (&json!(0), &json!("c")));
    let found = report["sockets"].as_array().unwrap();
    assert_eq!(found.len(), 2, "a listener and three connections that are alike");
    assert_eq!((&found[0]["role"], &found[0]["alike"]), (&json!("listener"), &json!(0)));
    assert_eq!((&found[1]["role"], &found[1]["alike"]), (&json!("connection"), &json!(2)));
    let buffer = reading(&found[1], "SO_RCVBUF");
    assert_eq!((&buffer["value"], &buffer["asked"]), (&json!(262_144), &json!(131_072)));
    assert_eq!(buffer["verdict"], "adjusted");
    assert_eq!(buffer["note"], "doubled by Linux, which counts its own structures too");
    assert_eq!(buffer["field"], "socket.receive_buffer");
}

#[test]
fn a_wrong_buffer_a_wrong_delay_and_a_wrong_backlog_are_found() {
    let (listening, port) = listener(5, |socket| {
        socket.set_reuse_address(true).unwrap();
        socket.set_recv_buffer_size(64 * 1024).unwrap();
    });
    let _open = connection(&listening);
    let (_kept, path) = spec(&lines(&port));
    let arguments = ["options", "--port", &port, "--spec", path.to_str().unwrap()];
    let buffer = "SO_RCVBUF 131072 expected 262144 (doubled by Linux, which counts its own structures too)";
    let expected = [
        "listener backlog 5 -".to_owned(),
        format!("listener {buffer}"),
        "listener TCP_NODELAY false -".to_owned(),
        format!("connection {buffer}"),
        "connection TCP_NODELAY false -".to_owned(),
    ];
    assert_eq!(differences(&report(&arguments)), expected);
    let output = sockets(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.ends_with("\n5 options differ from the spec (target c)\n"), "{text}");
    let line = text.lines().find(|line| line.contains("TCP_NODELAY")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, ["TCP_NODELAY", "off", "on", "DIFFERS", "socket.no_delay"]);
}

#[test]
fn an_option_that_was_changed_on_one_connection_is_found() {
    let (listening, port) = listener(64, as_specified);
    let (_client, _alike) = connection(&listening);
    let (_other_client, other) = connection(&listening);
    SockRef::from(&other).set_keepalive(true).unwrap();
    let (_kept, path) = spec(&lines(&port));
    let report = report(&["options", "--port", &port, "--spec", path.to_str().unwrap()]);
    assert_eq!(differences(&report), ["connection SO_KEEPALIVE true -"]);
    assert_eq!(report["sockets"].as_array().unwrap().len(), 3, "the two connections are not alike");
}

#[test]
fn an_option_that_the_spec_leaves_to_the_kernel() {
    let (_listening, port) = listener(64, as_specified);
    let (_kept, path) = spec(&format!("listen: {{port: {port}, backlog: 64}}\n"));
    let output = report(&["options", "--port", &port, "--spec", path.to_str().unwrap()]);
    let settings = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_rmem").unwrap();
    let default = settings.split_whitespace().nth(1).unwrap();
    let note = format!("listener SO_RCVBUF 262144 the spec leaves it to the kernel, which gives {default}");
    assert_eq!(differences(&output), [note]);
}

#[test]
fn what_the_kernel_cut_is_said_and_no_difference() {
    let most: usize = std::fs::read_to_string("/proc/sys/net/core/rmem_max").unwrap().trim().parse().unwrap();
    let backlog: u32 = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
    let (asked, queue) = (most + 1024, (backlog + 1).min(65535));
    let (_listening, port) = listener(queue.try_into().unwrap(), |socket| {
        as_specified(socket);
        socket.set_recv_buffer_size(asked).unwrap();
    });
    let lines = format!("listen: {{port: {port}, backlog: {queue}}}\nsocket: {{receive_buffer: {asked}}}\n");
    let (_kept, path) = spec(&lines);
    let output = report(&["options", "--port", &port, "--spec", path.to_str().unwrap()]);
    assert_eq!(differences(&output), [] as [String; 0]);
    let found = &output["sockets"][0];
    let notes = ["SO_RCVBUF", "backlog"].map(|option| reading(found, option)["note"].as_str().unwrap().to_owned());
    let anew = "then start the server anew";
    let cut = format!(
        "cut to net.core.rmem_max ({most}), then doubled by Linux; for more: `sysctl net.core.rmem_max={asked}`, {anew}"
    );
    assert_eq!(notes[0], cut);
    assert_eq!(notes[1], format!("cut to net.core.somaxconn; for more: `sysctl net.core.somaxconn={queue}`, {anew}"));
}

#[test]
fn nodejs_sets_no_delay_on_connections_only() {
    let (listening, port) = listener(64, |socket| socket.set_reuse_address(true).unwrap());
    let (_client, server) = connection(&listening);
    let (_kept, path) = spec_of("c, nodejs", &format!("listen: {{port: {port}, backlog: 64}}\n"));
    let arguments = ["options", "--port", &port, "--spec", path.to_str().unwrap(), "--target", "nodejs"];
    assert_eq!(differences(&report(&arguments)), ["connection TCP_NODELAY false -"]);
    server.set_nodelay(true).unwrap();
    assert_eq!(differences(&report(&arguments)), [] as [String; 0]);
}

#[test]
fn one_descriptor_and_some_of_its_options() {
    let (listening, _) = listener(7, as_specified);
    let (pid, fd) = (std::process::id().to_string(), listening.as_raw_fd().to_string());
    let options = "tcp_nodelay,SO_SNDBUF,backlog,IPV6_V6ONLY";
    let report = report(&["options", "--pid", &pid, "--fd", &fd, "--options", options]);
    let found = &report["sockets"][0];
    assert_eq!(
        (&found["owner"]["pid"], &found["owner"]["fd"]),
        (&json!(std::process::id()), &json!(listening.as_raw_fd()))
    );
    let names: Vec<&str> =
        found["options"].as_array().unwrap().iter().map(|reading| reading["option"].as_str().unwrap()).collect();
    assert_eq!(names, ["backlog", "SO_SNDBUF", "TCP_NODELAY", "IPV6_V6ONLY"]);
    assert_eq!(reading(found, "IPV6_V6ONLY")["value"], Value::Null, "IPv4 has no such option");
    assert_eq!(reading(found, "backlog")["value"], 7);
    assert_eq!(reading(found, "TCP_NODELAY")["value"], true);
}

#[test]
fn another_place_than_the_specs() {
    let (_listening, port) = listener(64, as_specified);
    let other = if port == "8080" { "8081" } else { "8080" };
    let lines = lines(other).replace("{port", "{host: 127.0.0.2, port");
    let (_kept, path) = spec(&lines);
    let output = report(&["options", "--port", &port, "--spec", path.to_str().unwrap()]);
    let expected = ["listener host \"127.0.0.1\" -".to_owned(), format!("listener port {port} -")];
    assert_eq!(differences(&output), expected);
}

#[test]
fn a_spec_of_another_type_or_with_mistakes() {
    let (_listening, port) = listener(64, as_specified);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("udp.yaml");
    std::fs::write(&path, "specgen: 1\nname: demo\ntype: udp\ntargets: [c]\n").unwrap();
    let output = sockets(&["options", "--port", &port, "--spec", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let message = format!("error[SG504]: no UDP socket is bound to port {port} in this network namespace\n");
    assert!(stderr(&output).starts_with(&message), "{}", stderr(&output));
    let output = sockets(&["options", "--port", &port, "--spec", path.to_str().unwrap(), "--target", "rust"]);
    assert_eq!(output.status.code(), Some(1));
    std::fs::write(&path, "specgen: 1\nname: demo\ntype: udp\nhartbeat: 3\ntargets: [c]\n").unwrap();
    let output = sockets(&["options", "--port", &port, "--spec", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["diagnostics"][0]["code"], "SG101");
}

#[test]
fn unix_sockets_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.bind(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    socket.listen(9).unwrap();
    let listening = UnixListener::from(std::os::fd::OwnedFd::from(socket));
    let shown = report(&["options", "--path", path.to_str().unwrap()]);
    let found = &shown["sockets"][0];
    assert_eq!((&found["role"], &found["local"]), (&json!("listener"), &json!(format!("unix:{}", path.display()))));
    assert_eq!(reading(found, "backlog")["value"], 9);

    let (_kept, specified) = spec(&format!("listen: {{host: \"unix:{}\", backlog: 9}}\n", path.display()));
    let arguments = ["options", "--path", path.to_str().unwrap(), "--spec", specified.to_str().unwrap()];
    assert_eq!(differences(&report(&arguments)), [] as [String; 0]);
    let (_kept, specified) = spec("listen: {host: \"unix:/run/other\", backlog: 10}\n");
    let arguments = ["options", "--path", path.to_str().unwrap(), "--spec", specified.to_str().unwrap()];
    let expected = [format!("listener host \"unix:{}\" -", path.display()), "listener backlog 9 -".to_owned()];
    assert_eq!(differences(&report(&arguments)), expected);

    let (client, _other) = UnixStream::pair().unwrap();
    let (pid, fd) = (std::process::id().to_string(), client.as_raw_fd().to_string());
    assert_eq!(report(&["options", "--pid", &pid, "--fd", &fd])["sockets"][0]["role"], "socket");
    drop(listening);
    for (path, message) in [
        (path.clone(), format!("error[SG504]: nothing listens at `{}`\n", path.display())),
        (
            folder.path().join("none"),
            format!("error[SG504]: nothing listens at `{}/none`: there", folder.path().display()),
        ),
    ] {
        let output = sockets(&["options", "--path", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).starts_with(&message), "{}", stderr(&output));
    }
}

#[test]
fn sockets_of_ipv6_and_of_udp_have_options_of_their_own() {
    let listening = TcpListener::bind("[::1]:0").unwrap();
    let port = listening.local_addr().unwrap().port().to_string();
    let shown = report(&["options", "--port", &port]);
    assert_eq!(reading(&shown["sockets"][0], "IPV6_TCLASS")["value"], 0);
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    datagrams.set_broadcast(true).unwrap();
    let port = datagrams.local_addr().unwrap().port().to_string();
    let shown = report(&["options", "--port", &port]);
    let found = &shown["sockets"][0];
    assert_eq!((&found["role"], &reading(found, "SO_BROADCAST")["value"]), (&json!("datagrams"), &json!(true)));
    assert!(found["options"].as_array().unwrap().iter().all(|reading| reading["option"] != "TCP_NODELAY"));
}
