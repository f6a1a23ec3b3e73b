//! `specgen sockets connections`.

use super::table::{Align, Table};
use super::{findings, milliseconds, owners, size};
use crate::lab::sockets::{ConnectionsReport, Socket, State, Timer, TimerKind};

/// The report as a table, a connection a line; then what is wrong.
pub fn connections(report: &ConnectionsReport) -> String {
    if report.connections.is_empty() {
        return "no connections\n".to_owned();
    }
    let mut table = Table::new(&[
        ("STATE", Align::Left),
        ("LOCAL", Align::Left),
        ("REMOTE", Align::Left),
        ("RECV-Q", Align::Right),
        ("SEND-Q", Align::Right),
        ("RTT ms", Align::Right),
        ("CWND", Align::Right),
        ("RETRANS", Align::Right),
        ("TIMER", Align::Left),
        ("RECV-MEM", Align::Right),
        ("SEND-MEM", Align::Right),
        ("OWNER", Align::Left),
    ]);
    for socket in &report.connections {
        table.row(cells(socket));
    }
    table.render() + &findings(&report.findings)
}

fn cells(socket: &Socket) -> [String; 12] {
    let (received, sent) = socket.accept_queue().unwrap_or_else(|| socket.bytes());
    let [rtt, window, retransmits] = measured(socket);
    let [receive_memory, send_memory] = memory(socket);
    [
        state(socket),
        socket.local.to_string(),
        socket.remote.map_or_else(dash, |remote| remote.to_string()),
        received.to_string(),
        sent.to_string(),
        rtt,
        window,
        retransmits,
        socket.timer.map_or_else(dash, timer),
        receive_memory,
        send_memory,
        owners(&socket.owners),
    ]
}

fn dash() -> String {
    "-".to_owned()
}

fn state(socket: &Socket) -> String {
    match (socket.is_udp(), socket.state) {
        (true, State::Established) => "UDP connected".to_owned(),
        (true, _) => "UDP".to_owned(),
        (false, state) => state.to_string(),
    }
}

/// Round-trip time with its variance, congestion window, retransmitted segments.
fn measured(socket: &Socket) -> [String; 3] {
    socket.metrics.as_ref().map_or_else(
        || [dash(), dash(), dash()],
        |metrics| {
            let rtt = format!("{}±{}", milliseconds(metrics.rtt_us), milliseconds(metrics.rtt_variance_us));
            [rtt, metrics.congestion_window.to_string(), metrics.retransmits.to_string()]
        },
    )
}

fn timer(timer: Timer) -> String {
    let kind = match timer.kind {
        TimerKind::Retransmit => "retransmit",
        TimerKind::KeepAlive => "keep-alive",
        TimerKind::TimeWait => "time-wait",
        TimerKind::ZeroWindowProbe => "probe",
    };
    match timer.expires_ms {
        None => kind.to_owned(),
        Some(expires) if expires < 10_000 => format!("{kind} {expires}ms"),
        Some(expires) => format!("{kind} {}s", expires / 1000),
    }
}

/// What is used of what may be.
fn memory(socket: &Socket) -> [String; 2] {
    socket.memory.map_or_else(
        || [dash(), dash()],
        |memory| {
            let of = |used, most| format!("{}/{}", size(used), size(most));
            [of(memory.receive, memory.receive_buffer), of(memory.send, memory.send_buffer)]
        },
    )
}
