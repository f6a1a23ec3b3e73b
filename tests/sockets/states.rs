//! States that are provoked, and what is said of them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

use nix::libc;
use nix::sys::socket::setsockopt;
use nix::{setsockopt_impl, sockopt_impl};
use serde_json::{Value, json};
use socket2::{SockFilter, SockRef};

use super::lab::{attempt, connection, finding, listener, report, sockets, stdout};

sockopt_impl!(DeferAccept, SetOnly, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, i32);

/// Writes until nothing more goes.
fn fill(mut stream: &TcpStream) {
    stream.set_nonblocking(true).unwrap();
    while match stream.write(&[b'x'; 65536]) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        Err(error) => panic!("{error}"),
    } {}
}

fn count(report: &Value, state: &str) -> u64 {
    let states = report["states"].as_array().unwrap();
    states.iter().find(|counted| counted["state"] == state).map_or(0, |counted| counted["count"].as_u64().unwrap())
}

/// Both ends of the connection that `client` is one of; others may have used its port before.
fn ends(report: &Value, client: &TcpStream) -> Vec<Value> {
    let [own, peer] = [client.local_addr(), client.peer_addr()].map(|address| address.unwrap().to_string());
    let is_end = |socket: &&Value| {
        let places = (socket["local"].as_str(), socket["remote"].as_str());
        [(Some(&*own), Some(&*peer)), (Some(&*peer), Some(&*own))].contains(&places)
    };
    report["connections"].as_array().unwrap().iter().filter(is_end).cloned().collect()
}

#[test]
fn healthy_connections_are_counted_and_nothing_is_said_of_them() {
    let (listening, port) = listener(128, |_| ());
    let _open: Vec<_> = (0..3).map(|_| connection(&listening)).collect();
    let report = report(&["states", "--port", &port]);
    assert_eq!(count(&report, "ESTABLISHED"), 3);
    assert_eq!(report["findings"], json!([]));
    let shown = &report["listeners"][0];
    assert_eq!((&shown["waiting"], &shown["backlog"]), (&json!(0), &json!(128)));
    assert_eq!(shown["owners"][0]["pid"], std::process::id());
    let text = stdout(&sockets(&["states", "--port", &port]));
    assert!(text.contains("\n  ESTABLISHED      3       0       0\n\nnothing to complain of\n"), "{text}");
}

#[test]
fn connections_that_the_application_does_not_close() {
    let (listening, port) = listener(128, |_| ());
    let half_closed: Vec<TcpStream> = (0..6).map(|_| connection(&listening).1).collect();
    let finding = finding(&["states", "--port", &port], "close-wait");
    assert_eq!(finding["what"], "6 connections in CLOSE_WAIT for more than a second");
    assert_eq!((&finding["count"], &finding["weight"]), (&json!(6), &json!("problem")));
    assert_eq!(finding["fields"], json!(["timeouts.idle"]));
    assert_eq!(count(&report(&["states", "--port", &port]), "CLOSE_WAIT"), 6);
    drop(half_closed);
}

#[test]
fn an_accept_queue_that_is_full() {
    let (listening, port) = listener(2, |_| ());
    // The kernel lets one more wait than the backlog says.
    let _waiting: Vec<_> = (0..3).map(|_| TcpStream::connect(listening.local_addr().unwrap()).unwrap()).collect();
    let before = finding(&["states", "--port", &port], "accept-queue");
    assert_eq!(before["what"], format!("127.0.0.1:{port}: 3 of 2 connections wait to be accepted"));
    assert_eq!(before["fields"], json!(["io.workers", "listen.backlog"]));
    let _refused = attempt(&listening);
    let shown = report(&["states", "--port", &port]);
    assert!(shown["listeners"][0]["memory"]["drops"].as_u64().unwrap() > 0, "{shown:#}");
    for _ in 0..3 {
        let _ = listening.accept().unwrap();
    }
    let after = finding(&["states", "--port", &port], "accept-queue");
    assert!(after["what"].as_str().unwrap().ends_with(" dropped since it listens"), "{after:#}");
    assert_eq!(after["weight"], "note", "it may be long ago");
}

#[test]
fn a_queue_that_nobody_reads_and_one_that_makes_no_progress() {
    let (listening, port) = listener(128, |_| ());
    let (client, mut server) = connection(&listening);
    fill(&client);
    let unread = finding(&["states", "--port", &port], "receive-queue");
    assert!(unread["what"].as_str().unwrap().starts_with("1 receive queue full of bytes that are not read ("));
    assert_eq!(unread["fields"], json!(["io.workers", "buffers.receive"]));
    let client_port = client.local_addr().unwrap().port().to_string();
    let stuck = finding(&["states", "--port", &client_port], "send-queue");
    assert!(stuck["what"].as_str().unwrap().starts_with("1 send queue of bytes that make no progress ("));
    assert_eq!(stuck["fields"], json!(["buffers.high_watermark", "buffers.overflow", "timeouts.write"]));

    let address = client.local_addr().unwrap().to_string();
    let ends = ends(&report(&["connections", "--address", &address]), &client);
    assert_eq!(ends.len(), 2);
    let sender = ends.iter().find(|end| end["local"] == address).unwrap();
    assert_eq!(sender["timer"]["kind"], "zero-window-probe");
    assert!(sender["send_queue"].as_u64().unwrap() > 0);
    let receiver = ends.iter().find(|end| end["remote"] == address).unwrap();
    assert!(receiver["receive_queue"].as_u64().unwrap() > 0);
    assert_eq!(receiver["owners"][0]["pid"], std::process::id());

    server.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    while matches!(server.read(&mut [0; 1 << 20]), Ok(1..)) {}
    assert_eq!(report(&["states", "--port", &port])["findings"], json!([]));
}

#[test]
fn a_peer_that_does_not_answer() {
    let (listening, port) = listener(128, |_| ());
    let (client, mut server) = connection(&listening);
    // BPF_RET | BPF_K: every segment that comes is dropped.
    match SockRef::from(&client).attach_filter(&[SockFilter::new(0x06, 0, 0, 0)]) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied && !rustix::process::geteuid().is_root() => {
            return println!("left out: this kernel lets root alone filter what a socket receives");
        }
        attached => attached.unwrap(),
    }
    server.write_all(b"lost").unwrap();
    let stuck = finding(&["states", "--port", &port], "send-queue");
    assert_eq!(stuck["what"], "1 send queue of bytes that make no progress (4 in all)");
    let lossy = finding(&["states", "--port", &port], "retransmits");
    assert!(lossy["what"].as_str().unwrap().starts_with("1 connection with many segments sent again ("));
    let shown = report(&["connections", "--port", &port, "--state", "established"]);
    assert_eq!(shown["connections"][0]["timer"]["kind"], "retransmit");
}

#[test]
fn round_trips_that_vary() {
    let (listening, port) = listener(128, |_| ());
    let (client, mut server) = connection(&listening);
    server.set_nodelay(true).unwrap();
    for round in 0..20 {
        // Half of the acknowledgements come at once, the others late.
        SockRef::from(&client).set_tcp_quickack(round % 2 == 0).unwrap();
        server.write_all(b"x").unwrap();
        sleep(Duration::from_millis(60));
    }
    let varying = finding(&["states", "--port", &port], "round-trip-variance");
    assert_eq!(varying["what"], "1 connection whose round-trip time varies by more than half of it");
    assert_eq!(varying["weight"], "note");
}

#[test]
fn connections_that_are_half_open() {
    let (listening, port) = listener(8, |socket| setsockopt(socket, DeferAccept, &30).unwrap());
    let _silent: Vec<_> = (0..6).map(|_| attempt(&listening)).collect();
    let half_open = finding(&["states", "--port", &port], "syn-recv");
    assert_eq!(half_open["what"], "6 connections half open (SYN_RECV), of 8 that may be");
    assert_eq!(half_open["fields"], json!(["listen.backlog", "io.workers", "socket.defer_accept"]));
    assert_eq!(count(&report(&["states", "--port", &port]), "SYN_RECV"), 6);
}

#[test]
fn connections_that_this_side_closed() {
    let (listening, port) = listener(128, |_| ());
    for _ in 0..1000 {
        let (mut client, server) = connection(&listening);
        drop(server);
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
    }
    let closed = finding(&["states", "--port", &port], "time-wait");
    assert_eq!((&closed["what"], &closed["weight"]), (&json!("1000 connections in TIME_WAIT"), &json!("note")));
    assert_eq!(closed["examples"].as_array().unwrap().len(), 3);
}

#[test]
fn datagrams_that_are_dropped() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    SockRef::from(&receiver).set_recv_buffer_size(4096).unwrap();
    let address = receiver.local_addr().unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..100 {
        sender.send_to(&[0; 1000], address).unwrap();
    }
    let port = address.port().to_string();
    let dropped = finding(&["states", "--port", &port], "datagram-drops");
    let shown = report(&["states", "--port", &port]);
    let datagrams = &shown["datagrams"][0];
    let drops = datagrams["memory"]["drops"].as_u64().unwrap();
    assert!((90..100).contains(&drops), "{drops}");
    assert_eq!(dropped["what"], format!("127.0.0.1:{port}: {drops} datagrams dropped since it is open"));
    assert_eq!(dropped["fields"], json!(["socket.receive_buffer", "io.workers", "udp.batch"]));
    assert_eq!(datagrams["owners"][0]["pid"], std::process::id());
}

#[test]
fn a_backlog_that_the_kernel_cut() {
    let most: i64 = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
    let (_listening, port) = listener(i32::MAX, |_| ());
    let cut = finding(&["states", "--port", &port], "backlog-limit");
    let what = format!("1 listener with the longest backlog that net.core.somaxconn allows ({most})");
    assert_eq!((&cut["what"], &cut["weight"]), (&json!(what), &json!("note")));
}

#[test]
fn connections_by_state_and_address() {
    let (listening, port) = listener(128, |_| ());
    let (client, server) = connection(&listening);
    let address = client.local_addr().unwrap().to_string();
    let text = stdout(&sockets(&["connections", "--port", &port]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("  STATE        LOCAL"), "{text}");
    let owner = format!("[{}] fd ", std::process::id());
    assert!(lines[1].contains(&address) && lines[1].contains(&owner), "{text}");
    let none = sockets(&["connections", "--port", &port, "--state", "close-wait"]);
    assert_eq!((none.status.code(), stdout(&none)), (Some(0), "no connections\n".to_owned()));
    let listening_ones = report(&["connections", "--port", &port, "--state", "listen"]);
    assert_eq!(listening_ones["connections"].as_array().unwrap().len(), 1);
    drop((client, server));
}

#[test]
fn ipv4_inside_of_ipv6_is_ipv4() {
    let listening = std::net::TcpListener::bind("[::]:0").unwrap();
    let port = listening.local_addr().unwrap().port();
    let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let _server = listening.accept().unwrap();
    let by_client = report(&["connections", "--address", &client.local_addr().unwrap().to_string()]);
    let by_server = report(&["connections", "--address", &format!("[::ffff:127.0.0.1]:{port}")]);
    for report in [by_client, by_server] {
        assert_eq!(ends(&report, &client).len(), 2, "{report:#}");
    }
}
