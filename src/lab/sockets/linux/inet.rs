//! TCP and UDP sockets.

use std::io;
use std::net::SocketAddr;

use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP};
use netlink_packet_sock_diag::inet::nlas::{MemInfo, Nla, TcpInfo};
use netlink_packet_sock_diag::inet::{self, ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags};

use super::netlink::dump;
use crate::lab::sockets::address::canonical;
use crate::lab::sockets::{Memory, Metrics, Protocol, Queues, Socket, State, Timer, TimerKind};

/// Every socket of this network namespace, or those of one local port. No owners yet.
///
/// # Errors
/// As the kernel says.
pub fn sockets(port: Option<u16>) -> io::Result<Vec<Socket>> {
    let mut found = Vec::new();
    for (protocol, number) in [(Protocol::Tcp, IPPROTO_TCP), (Protocol::Udp, IPPROTO_UDP)] {
        for family in [AF_INET, AF_INET6] {
            dump(SockDiagMessage::InetRequest(request(family, number, port)), |answer| {
                if let SockDiagMessage::InetResponse(response) = answer {
                    found.extend(socket(protocol, *response));
                }
            })?;
        }
    }
    Ok(found)
}

fn request(family: u8, protocol: u8, port: Option<u16>) -> InetRequest {
    let mut socket_id = if family == AF_INET { SocketId::new_v4() } else { SocketId::new_v6() };
    socket_id.source_port = port.unwrap_or(0);
    let extensions = ExtensionFlags::INFO | ExtensionFlags::CONG | ExtensionFlags::SKMEMINFO;
    InetRequest { family, protocol, extensions, states: StateFlags::all(), socket_id }
}

fn socket(protocol: Protocol, response: InetResponse) -> Option<Socket> {
    let header = response.header;
    let state = state(header.state)?;
    let id = &header.socket_id;
    let local = canonical(SocketAddr::new(id.source_address, id.source_port));
    let remote = canonical(SocketAddr::new(id.destination_address, id.destination_port));
    let mut socket = Socket {
        protocol,
        state,
        local,
        remote: (remote.port() != 0).then_some(remote),
        queues: queues(protocol, state, header.recv_queue, header.send_queue),
        timer: header.timer.map(timer),
        memory: None,
        metrics: None,
        uid: header.uid,
        inode: header.inode.into(),
        owners: Vec::new(),
    };
    add(&mut socket, response.nlas);
    Some(socket)
}

fn queues(protocol: Protocol, state: State, receive_queue: u32, send_queue: u32) -> Queues {
    match (protocol, state) {
        (Protocol::Tcp, State::Listen) => Queues::Accept { waiting: receive_queue, backlog: send_queue },
        _ => Queues::Bytes { receive_queue, send_queue },
    }
}

/// Adds what the kernel tells in attributes.
fn add(socket: &mut Socket, attributes: impl IntoIterator<Item = Nla>) {
    let mut congestion = String::new();
    for attribute in attributes {
        match attribute {
            Nla::MemInfo(memory) => socket.memory = Some(self::memory(&memory)),
            // A listener's is that of no connection.
            Nla::TcpInfo(info) if socket.state != State::Listen => socket.metrics = Some(metrics(&info)),
            Nla::Congestion(name) => congestion = name,
            _ => {}
        }
    }
    if let Some(metrics) = &mut socket.metrics {
        metrics.congestion = congestion;
    }
}

/// The numbers of include/net/tcp_states.h.
fn state(number: u8) -> Option<State> {
    Some(match number {
        1 => State::Established,
        2 => State::SynSent,
        // 12: a connection that has no socket yet.
        3 | 12 => State::SynRecv,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        7 => State::Close,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        _ => return None,
    })
}

fn timer(timer: inet::Timer) -> Timer {
    let (kind, expires) = match timer {
        inet::Timer::Retransmit(expires, _) => (TimerKind::Retransmit, Some(expires)),
        inet::Timer::KeepAlive(expires) => (TimerKind::KeepAlive, Some(expires)),
        inet::Timer::TimeWait => (TimerKind::TimeWait, None),
        inet::Timer::Probe(expires) => (TimerKind::ZeroWindowProbe, Some(expires)),
    };
    Timer { kind, expires_ms: expires.and_then(|expires| expires.as_millis().try_into().ok()) }
}

fn memory(memory: &MemInfo) -> Memory {
    Memory {
        receive: memory.receive_queue,
        receive_buffer: memory.receive_queue_max,
        send: memory.send_queue,
        send_buffer: memory.send_queue_max,
        forward: memory.cache,
        options: memory.options,
        backlog: memory.backlog_queue_length,
        drops: memory.drops,
    }
}

fn metrics(info: &TcpInfo) -> Metrics {
    Metrics {
        rtt_us: info.rtt,
        rtt_variance_us: info.rttvar,
        rto_us: info.rto,
        congestion_window: info.snd_cwnd,
        segment_size: info.snd_mss,
        peer_window: info.snd_wnd,
        unacknowledged: info.unacked,
        timeouts: info.retransmits,
        retransmits: info.total_retrans,
        segments_out: info.segs_out,
        segments_in: info.segs_in,
        bytes_sent: info.bytes_sent,
        bytes_retransmitted: info.bytes_retrans,
        bytes_received: info.bytes_received,
        not_sent: info.notsent_bytes,
        since_sent_ms: info.last_data_sent,
        since_received_ms: info.last_data_recv,
        since_acknowledged_ms: info.last_ack_recv,
        congestion: String::new(),
    }
}
