//! The configuration of a server: a value that a generated program spells out in `config.rs`.

#[cfg(feature = "auth")]
use crate::protocol::bearer::Tokens;
#[cfg(feature = "compression")]
use crate::protocol::extension::Wishes;
#[cfg(feature = "tcp")]
use crate::protocol::framing::Framing;
#[cfg(feature = "websocket")]
use crate::protocol::receiver::Accepts;
use std::time::Duration;

/// Everything that a spec settles.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// How the server waits.
    pub io: Io,
    /// Socket options.
    pub socket: SocketOptions,
    /// Buffers and backpressure.
    #[cfg(feature = "stream")]
    pub buffers: Buffers,
    /// Limits.
    #[cfg(feature = "stream")]
    pub limits: Limits,
    /// Time-outs.
    #[cfg(feature = "stream")]
    pub timeouts: Timeouts,
    /// Pings to quiet peers; `None`: no heartbeat is built in.
    #[cfg(feature = "websocket")]
    pub heartbeat: Option<Heartbeat>,
    /// What is served.
    #[cfg(feature = "websocket")]
    pub websocket: WebSocket,
    /// What is served over plain connections.
    #[cfg(feature = "tcp")]
    pub tcp: Tcp,
    /// What is served as datagrams.
    #[cfg(feature = "udp")]
    pub udp: Udp,
    /// What connections are encrypted with.
    #[cfg(feature = "tls")]
    pub tls: Tls,
    /// Where else what is counted is told.
    #[cfg(feature = "metrics-port")]
    pub monitor: Monitor,
    /// The log.
    pub log: Log,
}

/// Where to listen. `HOST` and `PORT` override it.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    /// An IPv4 or IPv6 address, or `unix:` and a path.
    pub host: &'static str,
    /// The port; 0 lets the kernel choose.
    pub port: u16,
    /// Connections that may wait to be accepted.
    #[cfg(feature = "stream")]
    pub backlog: u16,
}

/// How the server waits.
#[derive(Clone, Copy, Debug)]
pub struct Io {
    /// The I/O model.
    pub model: Model,
    /// The number of workers, threads that share the port; `None`: one for each core.
    pub workers: Option<usize>,
}

/// The I/O models: those that the crate is compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One connection at a time.
    #[cfg(feature = "blocking")]
    Blocking,
    /// epoll.
    #[cfg(all(feature = "epoll", target_os = "linux"))]
    Epoll(Trigger),
    /// Linux `io_uring`.
    #[cfg(feature = "io-uring")]
    IoUring,
    /// Windows' completion ports.
    #[cfg(all(feature = "iocp", windows))]
    Iocp,
    /// kqueue.
    #[cfg(all(feature = "kqueue", any(target_os = "freebsd", target_os = "macos")))]
    Kqueue(Trigger),
    /// poll(2).
    #[cfg(feature = "poll")]
    Poll,
    /// One thread a connection.
    #[cfg(feature = "threads")]
    Threads,
    /// The tokio runtime.
    #[cfg(feature = "tokio")]
    Tokio,
}

/// How readiness is reported.
#[cfg(any(feature = "epoll", feature = "kqueue"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// As long as it lasts.
    Level,
    /// Once.
    Edge,
}

/// Socket options, named as in the spec. A unix socket has none of those of TCP and IP.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct SocketOptions {
    /// `SO_REUSEADDR`.
    pub reuse_address: bool,
    /// `SO_REUSEPORT`.
    pub reuse_port: bool,
    /// `TCP_NODELAY`.
    #[cfg(feature = "stream")]
    pub no_delay: bool,
    /// `SO_RCVBUF`, in bytes.
    pub receive_buffer: Option<usize>,
    /// `SO_SNDBUF`, in bytes.
    pub send_buffer: Option<usize>,
    /// `SO_KEEPALIVE` and its times.
    #[cfg(feature = "stream")]
    pub keep_alive: Option<KeepAlive>,
    /// Whether output is held back until the end of a turn.
    #[cfg(feature = "stream")]
    pub cork: bool,
    /// `TCP_QUICKACK`, behind every read.
    #[cfg(all(feature = "stream", feature = "linux-options"))]
    pub quick_ack: bool,
    /// `TCP_FASTOPEN`: so many connections may wait for the end of their handshake.
    #[cfg(feature = "stream")]
    pub fast_open: Option<u32>,
    /// `TCP_DEFER_ACCEPT`, in seconds.
    #[cfg(all(feature = "stream", feature = "linux-options"))]
    pub defer_accept: Option<u32>,
    /// `TCP_USER_TIMEOUT`, in milliseconds.
    #[cfg(all(feature = "stream", feature = "linux-options"))]
    pub user_timeout: Option<u32>,
    /// `SO_LINGER`, in seconds.
    #[cfg(feature = "stream")]
    pub linger: Option<u16>,
    /// `IPV6_V6ONLY`.
    pub v6_only: bool,
    /// The upper six bits of `IP_TOS` and `IPV6_TCLASS`.
    pub dscp: Option<u8>,
    /// `SO_BUSY_POLL`, in microseconds.
    #[cfg(feature = "linux-options")]
    pub busy_poll: Option<u32>,
    /// `SO_BINDTODEVICE`.
    #[cfg(feature = "linux-options")]
    pub bind_device: Option<&'static str>,
    /// `SO_RCVLOWAT`, in bytes.
    pub receive_low_watermark: Option<u32>,
}

/// Probes of quiet connections by the kernel.
#[cfg(feature = "stream")]
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    /// Silence before the first, in whole seconds (`TCP_KEEPIDLE`).
    pub idle: Duration,
    /// Time between two, in whole seconds (`TCP_KEEPINTVL`).
    pub interval: Duration,
    /// Unanswered ones before the connection is dead (`TCP_KEEPCNT`).
    pub count: u32,
}

/// Buffers and backpressure, in bytes.
#[cfg(feature = "stream")]
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    /// One read.
    pub receive: usize,
    /// One collected write.
    pub send: usize,
    /// Unsent bytes of one connection at which backpressure begins.
    pub high_watermark: usize,
    /// What happens there.
    pub overflow: Overflow,
}

/// What happens at the high watermark.
#[cfg(feature = "stream")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The peer that causes it is not read any more.
    Pause,
    /// The connection is closed.
    Close,
    /// Messages to it are dropped.
    Drop,
}

/// Limits.
#[cfg(feature = "stream")]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of one IP address.
    pub connections_per_client: Option<u32>,
    /// Bytes of one message, after decompression.
    pub message: usize,
    /// Messages a second, for each connection.
    pub messages_per_second: Option<u32>,
    /// Payload bytes a second, for each connection.
    pub bytes_per_second: Option<u32>,
    /// Bytes of the head of a handshake.
    #[cfg(feature = "websocket")]
    pub handshake: usize,
}

/// Time-outs.
#[cfg(feature = "stream")]
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the whole handshake, that of TLS included.
    #[cfg(any(feature = "websocket", feature = "tls"))]
    pub handshake: Duration,
    /// Without a byte from the peer.
    pub idle: Option<Duration>,
    /// Without progress on pending output.
    pub write: Option<Duration>,
    /// For the peer's Close, and then for the end of its stream.
    pub close: Duration,
    /// For the end of all connections after a signal.
    pub drain: Duration,
}

/// Pings to quiet peers.
#[cfg(feature = "websocket")]
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    /// Silence before a Ping; zero switches the heartbeat off.
    pub interval: Duration,
    /// Silence after it before the connection is failed.
    pub timeout: Duration,
}

/// What is served over WebSocket connections.
#[cfg(feature = "websocket")]
#[derive(Clone, Copy, Debug)]
pub struct WebSocket {
    /// The resource; `None`: every path.
    pub path: Option<&'static str>,
    /// The allowed origins; empty: every one.
    pub origins: &'static [&'static str],
    /// The subprotocols, the preferred one first.
    pub subprotocols: &'static [&'static str],
    /// Refuse clients with which no subprotocol is shared.
    pub require_subprotocol: bool,
    /// The messages that the app takes.
    pub accepts: Accepts,
    /// Whether text has to be UTF-8.
    pub validate_utf8: bool,
    /// Messages with a longer payload are sent in fragments of so many bytes.
    pub fragment_size: Option<usize>,
    /// Who is served; `None`: everybody.
    #[cfg(feature = "auth")]
    pub auth: Option<Auth>,
    /// The resource that says whether the server is well; `None`: there is none.
    #[cfg(feature = "health")]
    pub health: Option<&'static str>,
    /// The resource that tells what is counted; `None`: there is none.
    #[cfg(feature = "metrics-page")]
    pub metrics: Option<&'static str>,
    /// permessage-deflate; `None`: switched off.
    #[cfg(feature = "compression")]
    pub compression: Option<Compression>,
}

/// What is served over plain connections.
#[cfg(feature = "tcp")]
#[derive(Clone, Copy, Debug)]
pub struct Tcp {
    /// How messages are told apart.
    pub framing: Framing,
}

/// What is served as datagrams.
#[cfg(feature = "udp")]
#[derive(Clone, Copy, Debug)]
pub struct Udp {
    /// The largest payload, in bytes.
    pub max_datagram: usize,
    /// Datagrams a second, for each peer.
    pub rate_limit: Option<u32>,
    /// How many datagrams are read, or sent, at once.
    pub batch: usize,
    /// How many peers are known, where an app or a rule needs that; `None`: none are kept.
    pub known_peers: Option<usize>,
    /// How long a silent peer is known; `None`: a minute.
    pub idle: Option<Duration>,
    /// Whether datagrams are numbered.
    pub reliability: Reliability,
    /// A group to be joined.
    pub multicast: Option<Multicast>,
    /// `SO_BROADCAST`.
    pub broadcast: bool,
}

/// Whether datagrams are numbered.
#[cfg(feature = "udp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// They are payload from their first byte on.
    None,
    /// They are: duplicates are dropped.
    Sequence,
    /// They are, and what is not acknowledged is sent again.
    Ack,
}

/// A multicast group.
#[cfg(feature = "udp")]
#[derive(Clone, Copy, Debug)]
pub struct Multicast {
    /// Its address.
    pub group: &'static str,
    /// The name of an interface, or an address of it; the kernel's choice without.
    pub interface: Option<&'static str>,
    /// How many networks what is sent may cross.
    pub ttl: u8,
    /// Whether this machine hears what is sent.
    pub loopback: bool,
}

/// Bearer tokens.
#[cfg(feature = "auth")]
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    /// A file with a token a line; empty lines, and those that begin with `#`, are none.
    pub tokens_file: Option<&'static str>,
    /// An environment variable with tokens between commas.
    pub tokens_variable: Option<&'static str>,
    /// What was found there.
    pub tokens: Tokens,
}

/// TLS. The files are in PEM form; they are read at start, and again at every SIGHUP
/// where the system has that.
#[cfg(feature = "tls")]
#[derive(Clone, Copy, Debug)]
pub struct Tls {
    /// The path of the server's certificate and those that it is signed with.
    pub certificate: &'static str,
    /// The path of its private key.
    pub key: &'static str,
    /// The path of the certificates that sign those of clients; `None`: clients need none.
    pub client_ca: Option<&'static str>,
    /// The application protocols, the preferred one first; empty: none is negotiated.
    pub alpn: &'static [&'static str],
}

/// What is told on a port of its own.
#[cfg(feature = "metrics-port")]
#[derive(Clone, Copy, Debug)]
pub struct Monitor {
    /// The port; the address is the server's.
    pub port: u16,
    /// The resource that tells what is counted.
    pub metrics: &'static str,
    /// The resource that says whether the server is well; `None`: there is none.
    #[cfg(feature = "health-port")]
    pub health: Option<&'static str>,
}

/// permessage-deflate.
#[cfg(feature = "compression")]
#[derive(Clone, Copy, Debug)]
pub struct Compression {
    /// The parameters to negotiate.
    pub wishes: Wishes,
    /// 0 (none) to 9 (best).
    pub level: u8,
    /// 1 to 9.
    pub memory_level: u8,
    /// Shorter messages go uncompressed.
    pub threshold: usize,
}

/// The log.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// The least important events that are logged.
    pub level: Level,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `time level event key=value …`
    Text,
    /// One JSON object.
    Json,
}

/// How important an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every connection.
    Debug,
    /// Start, stop, refusals, failures of peers.
    Info,
    /// Nothing, at present.
    Warn,
    /// Failures of this program.
    Error,
}
