//! What the kernel says of a socket, as a value.

use std::net::SocketAddr;

use serde::Serialize;

use super::State;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the protocols' own")]
pub enum Protocol {
    Tcp,
    Udp,
}

/// A process that has the socket open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// Its name as the kernel keeps it: at most 15 bytes (proc(5), `comm`).
    pub name: String,
    /// The descriptor.
    pub fd: u32,
}

/// What waits in a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Queues {
    /// Of a listener: connections.
    Accept {
        /// Connections that are complete and not accepted.
        waiting: u32,
        /// How many may wait.
        backlog: u32,
    },
    /// Of any other socket: bytes.
    Bytes {
        /// Received, and not read by the application.
        receive_queue: u32,
        /// Written by the application, and not acknowledged by the peer.
        send_queue: u32,
    },
}

/// What a timer of TCP is set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerKind {
    /// What was sent is sent again.
    Retransmit,
    /// A silent peer is probed.
    KeepAlive,
    /// The connection is forgotten.
    TimeWait,
    /// A peer that has closed its window is asked whether it is open again.
    ZeroWindowProbe,
}

/// A timer that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// What for.
    pub kind: TimerKind,
    /// Milliseconds until then; the kernel tells it of some.
    pub expires_ms: Option<u64>,
}

/// Memory of a socket, in bytes: `SK_MEMINFO` of sock_diag(7). It counts the kernel's own structures too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// In the receive queue.
    pub receive: u32,
    /// What may be there: SO_RCVBUF.
    pub receive_buffer: u32,
    /// In the send queue.
    pub send: u32,
    /// What may be there: SO_SNDBUF.
    pub send_buffer: u32,
    /// Reserved beyond that.
    pub forward: u32,
    /// Of socket options.
    pub options: u32,
    /// Packets that wait until the socket is unlocked, in bytes.
    pub backlog: u32,
    /// Packets that were dropped since the socket is open; of a listener: connections.
    pub drops: u32,
}

/// What TCP measures: `struct tcp_info` of linux/tcp.h.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Smoothed round-trip time, microseconds.
    pub rtt_us: u32,
    /// Its mean deviation, microseconds.
    pub rtt_variance_us: u32,
    /// The retransmission timeout, microseconds.
    pub rto_us: u32,
    /// Segments that may be under way.
    pub congestion_window: u32,
    /// Bytes of a segment.
    pub segment_size: u32,
    /// Bytes that the peer takes.
    pub peer_window: u32,
    /// Segments that are under way.
    pub unacknowledged: u32,
    /// Retransmission timeouts in a row, without an acknowledgement between.
    pub timeouts: u8,
    /// Segments that were sent again, in all.
    pub retransmits: u32,
    /// Segments sent, those that were sent again among them.
    pub segments_out: u32,
    /// Segments received.
    pub segments_in: u32,
    /// Bytes of data sent, those that were sent again among them.
    pub bytes_sent: u64,
    /// Bytes of data that were sent again.
    pub bytes_retransmitted: u64,
    /// Bytes of data received.
    pub bytes_received: u64,
    /// Bytes that the application wrote and TCP has not sent.
    pub not_sent: u32,
    /// Milliseconds since data was sent.
    pub since_sent_ms: u32,
    /// Milliseconds since data came.
    pub since_received_ms: u32,
    /// Milliseconds since the peer acknowledged anything.
    pub since_acknowledged_ms: u32,
    /// The congestion control.
    pub congestion: String,
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Socket {
    /// What it speaks.
    pub protocol: Protocol,
    /// Its state; a UDP socket is `ESTABLISHED` if it is connected, or else `CLOSE`.
    pub state: State,
    /// Its own address; IPv4 inside of IPv6 is shown as IPv4.
    pub local: SocketAddr,
    /// The peer's, unless there is none.
    pub remote: Option<SocketAddr>,
    /// What waits.
    #[serde(flatten)]
    pub queues: Queues,
    /// The timer that runs.
    pub timer: Option<Timer>,
    /// Its memory; what is left of a closed connection has none.
    pub memory: Option<Memory>,
    /// TCP's measurements.
    pub metrics: Option<Metrics>,
    /// The user that opened it.
    pub uid: u32,
    /// Its number; 0: no process has it.
    pub inode: u64,
    /// The processes that have it, as far as they may be seen.
    pub owners: Vec<Owner>,
}

impl Socket {
    /// Connections that wait, and how many may; of a listener.
    pub fn accept_queue(&self) -> Option<(u32, u32)> {
        match self.queues {
            Queues::Accept { waiting, backlog } => Some((waiting, backlog)),
            Queues::Bytes { .. } => None,
        }
    }

    /// Bytes that are not read and bytes that are not acknowledged; a listener has none.
    pub fn bytes(&self) -> (u32, u32) {
        match self.queues {
            Queues::Accept { .. } => (0, 0),
            Queues::Bytes { receive_queue, send_queue } => (receive_queue, send_queue),
        }
    }

    /// Whether it is a UDP socket.
    pub fn is_udp(&self) -> bool {
        self.protocol == Protocol::Udp
    }

    /// Whether connections come in here.
    pub fn is_listener(&self) -> bool {
        self.protocol == Protocol::Tcp && self.state == State::Listen
    }

    /// Packets that the kernel dropped at it.
    pub fn drops(&self) -> u32 {
        self.memory.map_or(0, |memory| memory.drops)
    }

    /// Whether one of its two ends is there.
    pub fn touches(&self, address: SocketAddr) -> bool {
        self.local == address || self.remote == Some(address)
    }
}
