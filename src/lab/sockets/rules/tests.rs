//! What is nothing to complain of; `tests/sockets.rs` provokes what is.

use super::*;
use crate::lab::sockets::{Memory, Protocol, Timer};

fn socket(protocol: Protocol, state: State, queues: Queues) -> Socket {
    let memory = Memory {
        receive: 0,
        receive_buffer: 131_072,
        send: 0,
        send_buffer: 16_384,
        forward: 0,
        options: 0,
        backlog: 0,
        drops: 0,
    };
    Socket {
        protocol,
        state,
        local: "127.0.0.1:80".parse().unwrap(),
        remote: Some("127.0.0.1:4000".parse().unwrap()),
        queues,
        timer: None,
        memory: Some(memory),
        metrics: None,
        uid: 0,
        inode: 1,
        owners: Vec::new(),
    }
}

fn connection(state: State) -> Socket {
    socket(Protocol::Tcp, state, Queues::Bytes { receive_queue: 0, send_queue: 0 })
}

fn listener(waiting: u32, backlog: u32) -> Socket {
    Socket { remote: None, ..socket(Protocol::Tcp, State::Listen, Queues::Accept { waiting, backlog }) }
}

fn measured() -> Metrics {
    Metrics {
        rtt_us: 100,
        rtt_variance_us: 50,
        rto_us: 200_000,
        congestion_window: 10,
        segment_size: 1448,
        peer_window: 65_536,
        unacknowledged: 0,
        timeouts: 0,
        retransmits: 0,
        segments_out: 1000,
        segments_in: 1000,
        bytes_sent: 0,
        bytes_retransmitted: 0,
        bytes_received: 0,
        not_sent: 0,
        since_sent_ms: 0,
        since_received_ms: 0,
        since_acknowledged_ms: 0,
        congestion: "cubic".to_owned(),
    }
}

fn rules(sockets: &[Socket]) -> Vec<Rule> {
    let limits = Limits { backlog: Some(4096), ..Limits::default() };
    findings(sockets, &limits).iter().map(|finding| finding.rule).collect()
}

#[test]
fn healthy_sockets_are_nothing_to_complain_of() {
    let busy = Socket {
        queues: Queues::Bytes { receive_queue: 1000, send_queue: 100_000 },
        metrics: Some(measured()),
        timer: Some(Timer { kind: TimerKind::Retransmit, expires_ms: Some(200) }),
        ..connection(State::Established)
    };
    let idle = Socket {
        metrics: Some(Metrics { since_acknowledged_ms: 3_600_000, ..measured() }),
        ..connection(State::Established)
    };
    let half_open = connection(State::SynRecv);
    assert_eq!(rules(&[listener(90, 128), busy, idle, half_open]), []);
}

#[test]
fn connections_on_their_way_to_being_closed_are_not_counted() {
    let closing = |quiet| Socket {
        metrics: Some(Metrics { since_acknowledged_ms: quiet, ..measured() }),
        ..connection(State::CloseWait)
    };
    assert_eq!(rules(&vec![closing(999); 100]), []);
    assert_eq!(rules(&vec![closing(1000); 4]), []);
    assert_eq!(rules(&vec![closing(1000); 5]), [Rule::CloseWait]);
}

#[test]
fn an_accept_queue_is_nearly_full_from_four_fifths_on() {
    assert_eq!(rules(&[listener(102, 128)]), []);
    assert_eq!(rules(&[listener(103, 128)]), [Rule::AcceptQueue]);
    assert_eq!(rules(&[listener(0, 0)]), []);
    assert_eq!(rules(&[listener(1, 0)]), [Rule::AcceptQueue]);
}

#[test]
fn a_send_queue_is_stuck_when_the_peer_takes_nothing_for_long() {
    let sending = |kind, since_sent_ms, timeouts| Socket {
        queues: Queues::Bytes { receive_queue: 0, send_queue: 1 },
        timer: Some(Timer { kind, expires_ms: Some(100) }),
        metrics: Some(Metrics { since_sent_ms, timeouts, ..measured() }),
        ..connection(State::Established)
    };
    assert_eq!(rules(&[sending(TimerKind::ZeroWindowProbe, 199, 0)]), []);
    assert_eq!(rules(&[sending(TimerKind::ZeroWindowProbe, 200, 0)]), [Rule::SendQueue]);
    assert_eq!(rules(&[sending(TimerKind::Retransmit, 5000, 1)]), []);
    assert_eq!(rules(&[sending(TimerKind::Retransmit, 50, 2)]), [Rule::SendQueue]);
}

#[test]
fn many_listeners_are_not_all_named() {
    let sockets = vec![listener(9, 8); 5];
    let finding = &findings(&sockets, &Limits::default())[0];
    let one = "127.0.0.1:80: 9 of 8 connections wait to be accepted";
    assert_eq!(finding.what, format!("{one}; {one}; {one}; and 2 more"));
}

#[test]
fn retransmits_are_measured_by_what_was_sent() {
    let lossy = |retransmits, segments_out| Socket {
        metrics: Some(Metrics { retransmits, segments_out, ..measured() }),
        ..connection(State::Established)
    };
    assert_eq!(rules(&[lossy(4, 10)]), []);
    assert_eq!(rules(&[lossy(19, 1000)]), []);
    assert_eq!(rules(&[lossy(20, 1000)]), [Rule::Retransmits]);
}

#[test]
fn the_first_guess_of_a_round_trip_is_no_variance() {
    let varying = |segments_out, rtt_us, rtt_variance_us| Socket {
        metrics: Some(Metrics { segments_out, rtt_us, rtt_variance_us, ..measured() }),
        ..connection(State::Established)
    };
    assert_eq!(rules(&[varying(3, 30_000, 30_000)]), []);
    assert_eq!(rules(&[varying(100, 300, 9000)]), []);
    assert_eq!(rules(&[varying(100, 30_000, 15_000)]), []);
    assert_eq!(rules(&[varying(100, 30_000, 15_001)]), [Rule::RoundTripVariance]);
}

#[test]
fn half_open_connections_are_many_beside_the_backlog_of_their_port() {
    let half_open = vec![connection(State::SynRecv); 64];
    let with = |backlog| rules(&[vec![listener(0, backlog)], half_open.clone()].concat());
    assert_eq!(with(129), []);
    assert_eq!(with(128), [Rule::SynRecv]);
}

#[test]
fn problems_come_before_notes() {
    let sockets = [vec![connection(State::TimeWait); 1000], vec![listener(5, 4)]].concat();
    assert_eq!(rules(&sockets), [Rule::AcceptQueue, Rule::TimeWait]);
    let finding = &findings(&sockets, &Limits::default())[1];
    assert_eq!((finding.count, finding.examples.len()), (1000, 3));
    assert_eq!(finding.examples[0], "127.0.0.1:80 → 127.0.0.1:4000");
}

#[test]
fn a_backlog_at_the_kernels_limit_is_a_note() {
    assert_eq!(rules(&[listener(0, 4095)]), []);
    assert_eq!(rules(&[listener(0, 4096)]), [Rule::BacklogLimit]);
}
