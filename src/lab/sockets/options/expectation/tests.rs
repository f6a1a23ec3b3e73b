use super::*;
use crate::analyse;
use crate::source::{Notation, Source};

const LISTENER: Kind = Kind { family: Family::V4, transport: Transport::Tcp, listens: true };
const CONNECTION: Kind = Kind { listens: false, ..LISTENER };
const DATAGRAMS: Kind = Kind { transport: Transport::Udp, ..CONNECTION };

fn limits() -> Limits {
    Limits {
        backlog: Some(4096),
        receive_buffer: Some(212_992),
        send_buffer: Some(212_992),
        receive_default: Some(212_992),
        send_default: Some(212_992),
        tcp_receive_default: Some(131_072),
        tcp_receive_most: Some(6_291_456),
        tcp_send_default: Some(16_384),
        busy_poll: Some(0),
    }
}

/// What a spec with these lines wants of an option.
fn expects(lines: &str, target: Target, option: SocketOption, kind: Kind) -> Expectation {
    let spec_type = if lines.contains("type:") { "" } else { "type: tcp\n" };
    let text = format!("specgen: 1\nname: x\n{spec_type}{lines}\ntargets: [{}]\n", target.name());
    let source = Source::from_bytes("x", text.as_bytes(), Some(Notation::Yaml)).unwrap();
    let analysis = analyse(&source);
    let model = analysis.model.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    Server { model: &model, plan: &model.targets[0], limits: &limits() }.expects(option, kind)
}

fn note(expectation: &Expectation) -> Option<&str> {
    match expectation {
        Expectation::Wanted(wanted) => wanted.note.as_deref(),
        _ => None,
    }
}

fn effective(expectation: Expectation) -> Value {
    match expectation {
        Expectation::Wanted(wanted) => wanted.effective,
        other => panic!("{other:?}"),
    }
}

#[test]
fn buffers_are_doubled_cut_and_raised() {
    let buffer = |size: &str| {
        expects(&format!("socket: {{receive_buffer: {size}}}"), Target::C, SocketOption::ReceiveBuffer, LISTENER)
    };
    let doubled = buffer("64KiB");
    assert_eq!(note(&doubled), Some("doubled by Linux, which counts its own structures too"));
    assert_eq!(effective(doubled), Value::Number(131_072));
    let cut = buffer("1MiB");
    let more = "for more: `sysctl net.core.rmem_max=1048576`, then start the server anew";
    assert_eq!(note(&cut), Some(&*format!("cut to net.core.rmem_max (212992), then doubled by Linux; {more}")));
    assert_eq!(effective(cut), Value::Number(425_984));
    // The kernel gives what was asked for, but by accident.
    assert!(note(&buffer("425984")).unwrap().starts_with("cut to net.core.rmem_max"));
    let raised = buffer("1KiB");
    assert_eq!(note(&raised), Some("raised to the least that Linux gives"));
    assert_eq!(effective(raised), Value::Number(2304));
    let least = expects("socket: {send_buffer: 1KiB}", Target::C, SocketOption::SendBuffer, LISTENER);
    assert_eq!(effective(least), Value::Number(4608));
}

#[test]
fn buffers_that_are_not_asked_for_are_the_kernels() {
    let default = |option, kind| expects("", Target::C, option, kind);
    assert_eq!(effective(default(SocketOption::ReceiveBuffer, LISTENER)), Value::Number(131_072));
    assert_eq!(effective(default(SocketOption::SendBuffer, LISTENER)), Value::Number(16_384));
    assert_eq!(default(SocketOption::ReceiveBuffer, CONNECTION), Expectation::Silent);
    let datagrams = expects("type: udp", Target::C, SocketOption::ReceiveBuffer, DATAGRAMS);
    assert_eq!(effective(datagrams), Value::Number(212_992));
}

#[test]
fn a_backlog_is_cut_to_somaxconn() {
    let backlog =
        |size: u16| expects(&format!("listen: {{backlog: {size}}}"), Target::Nodejs, SocketOption::Backlog, LISTENER);
    assert_eq!((note(&backlog(4096)), effective(backlog(4096))), (None, Value::Number(4096)));
    let cut = "cut to net.core.somaxconn; for more: `sysctl net.core.somaxconn=5000`, then start the server anew";
    assert_eq!((note(&backlog(5000)), effective(backlog(5000))), (Some(cut), Value::Number(4096)));
}

#[test]
fn deferred_accepting_is_counted_in_retransmissions() {
    for (asked, seconds) in [("1s", 1), ("1500ms", 3), ("3s", 3), ("4s", 7), ("60s", 63), ("128s", 247)] {
        let lines = format!("socket: {{defer_accept: {asked}}}");
        let expected = expects(&lines, Target::C, SocketOption::DeferAccept, LISTENER);
        assert_eq!(effective(expected), Value::Number(seconds), "{asked}");
    }
    assert_eq!(effective(expects("", Target::C, SocketOption::DeferAccept, LISTENER)), Value::Number(0));
}

#[test]
fn a_low_watermark_is_at_most_half_of_the_buffer() {
    let lines = "socket: {receive_buffer: 64KiB, receive_low_watermark: 128KiB}";
    let expected = expects(lines, Target::C, SocketOption::ReceiveLowWatermark, LISTENER);
    assert_eq!(effective(expected), Value::Number(65_536));
    let expected = expects("socket: {receive_low_watermark: 128KiB}", Target::C, SocketOption::ReceiveBuffer, LISTENER);
    assert_eq!(expected, Expectation::Silent);
}

#[test]
fn nodejs_sets_options_on_connections() {
    let no_delay = |target, kind| expects("", target, SocketOption::NoDelay, kind);
    assert_eq!(no_delay(Target::Nodejs, LISTENER), Expectation::Incomparable("Node.js sets it on each connection"));
    assert_eq!(no_delay(Target::Nodejs, CONNECTION), flag(true));
    for target in [Target::C, Target::Python, Target::Rust] {
        assert_eq!(no_delay(target, LISTENER), flag(true));
        assert_eq!(no_delay(target, CONNECTION), flag(true));
    }
    let off = expects("socket: {no_delay: false}", Target::C, SocketOption::NoDelay, CONNECTION);
    assert_eq!(off, flag(false));
}

#[test]
fn a_cork_stays_in_c_alone() {
    let cork = |target| expects("socket: {cork: true}", target, SocketOption::Cork, CONNECTION);
    assert_eq!(cork(Target::C), flag(true));
    for target in [Target::Python, Target::Rust] {
        assert_eq!(cork(target), Expectation::Incomparable("the server sets it around each turn's output"));
    }
}

#[test]
fn keep_alive_with_its_times() {
    let lines = "socket: {keep_alive: {idle: 1500ms, interval: 5s, count: 3}}";
    for (option, value) in [
        (SocketOption::KeepAlive, Value::Flag(true)),
        (SocketOption::KeepIdle, Value::Number(2)),
        (SocketOption::KeepInterval, Value::Number(5)),
        (SocketOption::KeepCount, Value::Number(3)),
    ] {
        assert_eq!(effective(expects(lines, Target::Rust, option, LISTENER)), value);
    }
    assert_eq!(effective(expects("", Target::Rust, SocketOption::KeepAlive, LISTENER)), Value::Flag(false));
    assert_eq!(expects("", Target::Rust, SocketOption::KeepIdle, LISTENER), Expectation::Silent);
}

#[test]
fn workers_share_a_port() {
    let port = |lines: &str| expects(lines, Target::C, SocketOption::ReusePort, LISTENER);
    assert_eq!(port(""), flag(false));
    assert_eq!(port("socket: {reuse_port: true}"), flag(true));
    assert_eq!(port("io: {workers: 2}"), Expectation::Incomparable("workers share the port by it"));
}

#[test]
fn datagrams_have_options_of_their_own() {
    let lines =
        "type: udp\nudp: {broadcast: true, multicast: {group: 239.1.2.3, ttl: 4, loopback: false}}\nsocket: {dscp: 46}";
    let expected = |option| expects(lines, Target::C, option, DATAGRAMS);
    assert_eq!(expected(SocketOption::Broadcast), flag(true));
    assert_eq!(effective(expected(SocketOption::MulticastTimeToLive)), Value::Number(4));
    assert_eq!(expected(SocketOption::MulticastLoop), flag(false));
    assert_eq!(effective(expected(SocketOption::TypeOfService)), Value::Number(184));
    assert_eq!(expected(SocketOption::KeepAlive), Expectation::Silent);
}
