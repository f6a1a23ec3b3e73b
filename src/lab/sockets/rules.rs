//! The rules: what is worth saying of sockets. One function a rule, in the order of reports.

use super::finding::{Advice, Finding, Rule, Weight};
use super::{Limits, Metrics, Queues, Socket, State, TimerKind};

/// Everything that is worth saying of these sockets.
pub fn findings(sockets: &[Socket], limits: &Limits) -> Vec<Finding> {
    let by_sockets = [
        close_wait,
        accept_queue,
        receive_queue,
        send_queue,
        syn_recv,
        datagram_drops,
        retransmits,
        round_trip_variance,
        time_wait,
    ];
    let found = by_sockets.iter().filter_map(|rule| rule(sockets));
    let mut findings: Vec<Finding> = found.chain(backlog_limit(sockets, limits)).collect();
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// The sockets that a condition holds for, unless there are none.
fn those(sockets: &[Socket], holds: impl Fn(&Socket) -> bool) -> Option<Vec<&Socket>> {
    let those: Vec<&Socket> = sockets.iter().filter(|socket| holds(socket)).collect();
    (!those.is_empty()).then_some(those)
}

/// `1 connection`, `2 connections`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What is said of each of a few sockets, and how many more there are.
fn listed(sockets: &[&Socket], say: impl Fn(&Socket) -> String) -> String {
    const MOST: usize = 3;
    let said: Vec<String> = sockets.iter().take(MOST).map(|socket| say(socket)).collect();
    match sockets.len().saturating_sub(MOST) {
        0 => said.join("; "),
        others => format!("{}; and {others} more", said.join("; ")),
    }
}

/// A few are on their way to being closed at any time.
const MANY_CLOSE_WAIT: usize = 5;
/// Milliseconds: an application that closes at all has done so by then.
const SLOW_TO_CLOSE: u32 = 1000;

fn close_wait(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::CloseWait,
        weight: Weight::Problem,
        why: "their peers have closed them and the application has not: each holds a descriptor and memory until it does",
        remedy: "close a connection when a read returns 0 (end of file); look for a handler that does not return or keeps the connection",
        fields: &["timeouts.idle"],
    };
    let waits = |metrics: &Metrics| metrics.since_acknowledged_ms >= SLOW_TO_CLOSE;
    let waiting =
        those(sockets, |socket| socket.state == State::CloseWait && socket.metrics.as_ref().is_some_and(waits))?;
    let what = || format!("{} in CLOSE_WAIT for more than a second", count(waiting.len(), "connection"));
    (waiting.len() >= MANY_CLOSE_WAIT).then(|| ADVICE.at(&waiting, what()))
}

fn accept_queue(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::AcceptQueue,
        weight: Weight::Problem,
        why: "clients that connect while the queue is full get no answer and try again after a second or later",
        remedy: "accept faster (a handler that blocks keeps its worker from accepting; more workers), or let more connections wait",
        fields: &["io.workers", "listen.backlog"],
    };
    let crowded = those(sockets, |socket| is_nearly_full(socket) || socket.is_listener() && socket.drops() > 0)?;
    let what = listed(&crowded, crowd);
    // Drops without a queue now may be long ago.
    let weight = if crowded.iter().any(|socket| is_nearly_full(socket)) { Weight::Problem } else { Weight::Note };
    Some(Advice { weight, ..ADVICE }.at(&crowded, what))
}

/// Four fifths of a listener's queue are taken.
fn is_nearly_full(socket: &Socket) -> bool {
    socket
        .accept_queue()
        .is_some_and(|(waiting, backlog)| waiting > 0 && u64::from(waiting) * 5 >= u64::from(backlog) * 4)
}

fn crowd(socket: &Socket) -> String {
    let (waiting, backlog) = socket.accept_queue().unwrap_or_default();
    let dropped = match socket.drops() {
        0 => String::new(),
        drops => format!(", {drops} dropped since it listens"),
    };
    format!("{}: {waiting} of {backlog} connections wait to be accepted{dropped}", socket.local)
}

/// Half of a buffer.
fn is_a_lot(part: u32, whole: u32) -> bool {
    whole > 0 && part >= whole / 2
}

fn receive_queue(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::ReceiveQueue,
        weight: Weight::Problem,
        why: "the application reads more slowly than its peers send, so the kernel makes them wait",
        remedy: "look at what the handler does between two reads; spread connections over more workers; larger reads",
        fields: &["io.workers", "buffers.receive"],
    };
    let full = those(sockets, |socket| !socket.is_udp() && has_unread(socket))?;
    let unread: u64 = full.iter().map(|socket| u64::from(socket.bytes().0)).sum();
    let what = format!("{} full of bytes that are not read ({unread} in all)", count(full.len(), "receive queue"));
    Some(ADVICE.at(&full, what))
}

/// Whether what is not read takes much of the buffer. Bytes are counted as well as memory: large segments take little beside their bytes.
fn has_unread(socket: &Socket) -> bool {
    let (unread, _) = socket.bytes();
    let Some(memory) = socket.memory else { return false };
    unread > 0 && (is_a_lot(unread, memory.receive_buffer) || is_a_lot(memory.receive, memory.receive_buffer))
}

/// Milliseconds: a window that is closed for less is that of a peer that reads.
const WINDOW_CLOSED: u32 = 200;
/// Retransmission timeouts in a row, of a peer that does not answer.
const UNANSWERED: u8 = 2;

fn send_queue(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::SendQueue,
        weight: Weight::Problem,
        why: "their peers do not read what they are sent, or the network is gone: the bytes stay in this machine's memory",
        remedy: "bound what one peer may leave unread, and give up peers that make no progress",
        fields: &["buffers.high_watermark", "buffers.overflow", "timeouts.write"],
    };
    let stuck = those(sockets, |socket| !socket.is_udp() && is_stuck(socket))?;
    let unsent: u64 = stuck.iter().map(|socket| u64::from(socket.bytes().1)).sum();
    let what = format!("{} of bytes that make no progress ({unsent} in all)", count(stuck.len(), "send queue"));
    Some(ADVICE.at(&stuck, what))
}

/// The peer's window stays closed, or it does not answer.
fn is_stuck(socket: &Socket) -> bool {
    let (_, unsent) = socket.bytes();
    let Some(metrics) = &socket.metrics else { return false };
    let probes = socket.timer.is_some_and(|timer| timer.kind == TimerKind::ZeroWindowProbe);
    let closed = probes && metrics.since_sent_ms >= WINDOW_CLOSED;
    unsent > 0 && socket.state != State::SynSent && (closed || metrics.timeouts >= UNANSWERED)
}

fn syn_recv(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::SynRecv,
        weight: Weight::Problem,
        why: "these clients have begun to connect and not finished: a SYN flood, lost packets, an accept queue that is full, \
              or TCP_DEFER_ACCEPT with clients that send nothing",
        remedy: "see whether the addresses are clients of yours; keep net.ipv4.tcp_syncookies at 1; accept faster or let more wait",
        fields: &["listen.backlog", "io.workers", "socket.defer_accept"],
    };
    let half_open = those(sockets, |socket| socket.state == State::SynRecv)?;
    let ports: Vec<u16> = half_open.iter().map(|socket| socket.local.port()).collect();
    let room = |socket: &Socket| match socket.queues {
        Queues::Accept { backlog, .. } if ports.contains(&socket.local.port()) => backlog.max(1) as usize,
        _ => 0,
    };
    let room: usize = sockets.iter().map(room).sum();
    let what = || format!("{} half open (SYN_RECV), of {room} that may be", count(half_open.len(), "connection"));
    (room > 0 && half_open.len() * 2 >= room).then(|| ADVICE.at(&half_open, what()))
}

fn datagram_drops(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::DatagramDrops,
        weight: Weight::Problem,
        why: "datagrams came while the receive buffer was full, and are lost",
        remedy: "a larger receive buffer for bursts (up to net.core.rmem_max); more workers or larger batches for a lasting load",
        fields: &["socket.receive_buffer", "io.workers", "udp.batch"],
    };
    let lossy = those(sockets, |socket| socket.is_udp() && socket.drops() > 0)?;
    let lost = |socket: &Socket| {
        format!("{}: {} dropped since it is open", socket.local, count(socket.drops() as usize, "datagram"))
    };
    Some(ADVICE.at(&lossy, listed(&lossy, lost)))
}

/// Fewer are no measure of a connection.
const ENOUGH_RETRANSMITS: u32 = 5;
/// Of a hundred segments.
const MANY_RETRANSMITS: u64 = 2;

fn retransmits(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::Retransmits,
        weight: Weight::Problem,
        why: "packets are lost on the way, or a peer is gone: what is sent again comes late",
        remedy: "look at the path (interface errors, MTU, congestion) and at whether these peers still answer; \
                 give up silent peers sooner",
        fields: &["socket.user_timeout", "socket.keep_alive", "timeouts.write"],
    };
    let many = |metrics: &Metrics| {
        metrics.retransmits >= ENOUGH_RETRANSMITS
            && u64::from(metrics.retransmits) * 100 >= u64::from(metrics.segments_out) * MANY_RETRANSMITS
    };
    let lossy = those(sockets, |socket| socket.metrics.as_ref().is_some_and(many))?;
    let again: u64 =
        lossy.iter().filter_map(|socket| socket.metrics.as_ref()).map(|metrics| u64::from(metrics.retransmits)).sum();
    let what = format!("{} with many segments sent again ({again} in all)", count(lossy.len(), "connection"));
    Some(ADVICE.at(&lossy, what))
}

/// Microseconds: less is nothing that a person would notice.
const LARGE_VARIANCE: u32 = 10_000;
/// Segments before which the kernel's estimate still is its first guess.
const ENOUGH_SEGMENTS: u32 = 10;

fn round_trip_variance(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::RoundTripVariance,
        weight: Weight::Note,
        why: "answers take very different times: a queue on the way fills and empties, or the peer delays its acknowledgements",
        remedy: "send a message in one write rather than in several; look for a full link on the path",
        fields: &["socket.no_delay", "socket.quick_ack"],
    };
    let varies = |metrics: &Metrics| {
        metrics.segments_out >= ENOUGH_SEGMENTS
            && metrics.rtt_variance_us >= LARGE_VARIANCE
            && metrics.rtt_variance_us > metrics.rtt_us / 2
    };
    let varying =
        those(sockets, |socket| socket.state == State::Established && socket.metrics.as_ref().is_some_and(varies))?;
    let what = format!("{} whose round-trip time varies by more than half of it", count(varying.len(), "connection"));
    Some(ADVICE.at(&varying, what))
}

/// The kernel gives each peer address some 28,000 ports, and each of these takes one for a minute.
const MANY_TIME_WAIT: usize = 1000;

fn time_wait(sockets: &[Socket]) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::TimeWait,
        weight: Weight::Note,
        why: "this side closed these connections first, and the kernel remembers each for a minute (RFC 9293 §3.6.1); \
              a client that connects anew each time can run out of ports",
        remedy: "keep connections open and use them again, or let the client close first; it is harmless for a listening port",
        fields: &["timeouts.idle", "heartbeat.interval"],
    };
    let closed = those(sockets, |socket| socket.state == State::TimeWait)?;
    let what = || format!("{} in TIME_WAIT", count(closed.len(), "connection"));
    (closed.len() >= MANY_TIME_WAIT).then(|| ADVICE.at(&closed, what()))
}

fn backlog_limit(sockets: &[Socket], limits: &Limits) -> Option<Finding> {
    const ADVICE: Advice = Advice {
        rule: Rule::BacklogLimit,
        weight: Weight::Note,
        why: "the kernel cuts every backlog to net.core.somaxconn: a program that asked for more was not told",
        remedy: "raise it (`sysctl net.core.somaxconn=N`) and start the program anew, or ask for no more",
        fields: &["listen.backlog"],
    };
    let most = limits.backlog?;
    let at_limit =
        those(sockets, |socket| socket.accept_queue().is_some_and(|(_, backlog)| i64::from(backlog) >= most))?;
    let what = format!(
        "{} with the longest backlog that net.core.somaxconn allows ({most})",
        count(at_limit.len(), "listener")
    );
    Some(ADVICE.at(&at_limit, what))
}

#[cfg(test)]
mod tests;
