//! The model: a checked spec with every default closed. Nothing in it can be invalid, and no text stands where a choice belongs.

mod lower;

pub use lower::{io_model, io_model_path, io_models, lower, platforms};

/// A language to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// C11.
    C,
    /// Python.
    Python,
    /// Node.js.
    Nodejs,
    /// Rust.
    Rust,
}

impl Target {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [Self::C, Self::Python, Self::Nodejs, Self::Rust];

    /// Its name in a spec, on the command line, and as a folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Python => "python",
            Self::Nodejs => "nodejs",
            Self::Rust => "rust",
        }
    }

    /// The target of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

/// What a server runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the systems' own")]
pub enum Platform {
    Linux,
    Macos,
    Freebsd,
    Windows,
}

impl Platform {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Linux, Self::Macos, Self::Freebsd, Self::Windows];

    /// Its name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Macos => "macos",
            Self::Freebsd => "freebsd",
            Self::Windows => "windows",
        }
    }

    /// Its name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::Macos => "macOS",
            Self::Freebsd => "FreeBSD",
            Self::Windows => "Windows",
        }
    }

    /// The platform of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }
}

/// How a program waits for sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the systems' own")]
pub enum IoModel {
    Blocking,
    Threads,
    Select,
    Poll,
    Epoll,
    Kqueue,
    IoUring,
    Wsapoll,
    Iocp,
    Asyncio,
    Uvloop,
    EventLoop,
    Workers,
    Tokio,
}

impl IoModel {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 14] = [
        Self::Blocking,
        Self::Threads,
        Self::Select,
        Self::Poll,
        Self::Epoll,
        Self::Kqueue,
        Self::IoUring,
        Self::Wsapoll,
        Self::Iocp,
        Self::Asyncio,
        Self::Uvloop,
        Self::EventLoop,
        Self::Workers,
        Self::Tokio,
    ];

    /// Its name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Threads => "threads",
            Self::Select => "select",
            Self::Poll => "poll",
            Self::Epoll => "epoll",
            Self::Kqueue => "kqueue",
            Self::IoUring => "io_uring",
            Self::Wsapoll => "wsapoll",
            Self::Iocp => "iocp",
            Self::Asyncio => "asyncio",
            Self::Uvloop => "uvloop",
            Self::EventLoop => "event-loop",
            Self::Workers => "workers",
            Self::Tokio => "tokio",
        }
    }

    /// The model of that name; `auto` is what the target takes on the platform.
    pub fn find(name: &str, target: Target, platform: Platform) -> Option<Self> {
        if name == "auto" {
            return Some(Self::best(target, platform));
        }
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    fn best(target: Target, platform: Platform) -> Self {
        match (target, platform) {
            (Target::Python, _) => Self::Asyncio,
            (Target::Nodejs, _) => Self::EventLoop,
            (Target::C | Target::Rust, Platform::Linux) => Self::Epoll,
            (Target::C | Target::Rust, Platform::Macos | Platform::Freebsd) => Self::Kqueue,
            (Target::C | Target::Rust, Platform::Windows) => Self::Iocp,
        }
    }
}

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerType {
    /// RFC 6455.
    WebSocket,
    /// Messages in a byte stream.
    Tcp,
    /// Datagrams.
    Udp,
}

/// Where a message of a byte stream ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// What one read gives is a message.
    None,
    /// At LF, or CR LF.
    Lines,
    /// At these bytes.
    Delimiter(String),
    /// Its length goes before it.
    LengthPrefix {
        /// 1, 2, 4 or 8.
        bytes: u8,
        /// The least significant byte comes first.
        little: bool,
    },
}

/// What a datagram's header is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliability {
    /// There is none.
    #[default]
    None,
    /// Duplicates and reordering are detected.
    Sequence,
    /// Lost datagrams are sent again.
    Ack,
}

/// A multicast group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multicast {
    /// Its address.
    pub group: String,
    /// The interface's name or address; empty lets the kernel choose.
    pub interface: String,
    /// IP_MULTICAST_TTL.
    pub ttl: u8,
    /// IP_MULTICAST_LOOP.
    pub loopback: bool,
}

/// Datagrams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Udp {
    /// Bytes; larger ones are dropped.
    pub max_datagram: u64,
    /// The group to join.
    pub multicast: Option<Multicast>,
    /// SO_BROADCAST.
    pub broadcast: bool,
    /// Datagrams a second of one peer.
    pub rate_limit: Option<u64>,
    /// Datagrams of one system call.
    pub batch: u64,
    /// The header.
    pub reliability: Reliability,
}

impl Udp {
    /// Bytes that are read of a datagram: one more than any may have, to tell what is longer.
    #[must_use]
    pub fn read_size(&self) -> u64 {
        /// Of a header, and of the bit map that is the rest of an acknowledgement.
        const HEADER: u64 = 8;
        match self.reliability {
            Reliability::None => self.max_datagram + 1,
            Reliability::Sequence | Reliability::Ack => HEADER + self.max_datagram.max(HEADER) + 1,
        }
    }
}

/// TLS; paths are read when the server starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the spec's fields")]
pub struct Tls {
    pub certificate: String,
    pub key: String,
    pub client_ca: Option<String>,
    /// 1.3 is the oldest version, not 1.2.
    pub only_1_3: bool,
    /// Application protocols, in the order of preference; empty: none is negotiated.
    pub alpn: Vec<String>,
}

/// Where bearer tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// A file with a token a line.
    pub tokens_file: Option<String>,
    /// An environment variable with tokens between commas.
    pub tokens_variable: Option<String>,
}

/// Prometheus text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The path of the request.
    pub path: String,
    /// A port of its own.
    pub port: Option<u16>,
}

/// What the server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// Every message back to its sender.
    Echo,
    /// Every message to all others.
    Broadcast,
    /// The user's handlers.
    Custom,
}

/// The kinds of message that an app takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Text and binary.
    Any,
    /// Binary is refused with 1003.
    Text,
    /// Text is refused with 1003.
    Binary,
}

/// What happens at the high watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The peer that causes it is not read.
    Pause,
    /// The connection is closed with 1013.
    Close,
    /// New outgoing messages are dropped.
    Drop,
}

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `time level event key=value`.
    Text,
    /// One JSON object a line.
    Json,
}

/// The least level that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Its name in a spec and a log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// permessage-deflate (RFC 7692).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The server compresses each message by itself.
    pub server_no_context_takeover: bool,
    /// The client compresses each message by itself.
    pub client_no_context_takeover: bool,
    /// 8–15.
    pub server_max_window_bits: u8,
    /// 8–15.
    pub client_max_window_bits: u8,
    /// zlib's level, 1–9.
    pub level: u8,
    /// zlib's memLevel, 1–9.
    pub memory_level: u8,
    /// Shorter messages go uncompressed; bytes.
    pub threshold: u64,
}

/// Pings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Milliseconds of quiet before a Ping.
    pub interval: u64,
    /// Milliseconds before a silent peer is given up.
    pub timeout: u64,
}

/// The address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// An IP address; with a unix socket the default one.
    pub host: String,
    /// The path of a unix socket, in the place of host and port.
    pub unix: Option<String>,
    /// 0 lets the kernel choose.
    pub port: u16,
    /// Connections that wait to be accepted.
    pub backlog: u16,
}

/// Memory between sockets and protocol; bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Of one read.
    pub receive: u64,
    /// Of one collected write.
    pub send: u64,
    /// Where backpressure starts.
    pub high_watermark: u64,
    /// What happens there.
    pub overflow: Overflow,
}

/// SO_KEEPALIVE with its times; seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// TCP_KEEPIDLE.
    pub idle: u64,
    /// TCP_KEEPINTVL.
    pub interval: u64,
    /// TCP_KEEPCNT.
    pub count: u64,
}

/// Socket options; `None` and `false` leave the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// SO_REUSEADDR.
    pub reuse_address: bool,
    /// SO_REUSEPORT.
    pub reuse_port: bool,
    /// TCP_NODELAY.
    pub no_delay: bool,
    /// SO_RCVBUF, bytes.
    pub receive_buffer: Option<u64>,
    /// SO_SNDBUF, bytes.
    pub send_buffer: Option<u64>,
    /// SO_KEEPALIVE.
    pub keep_alive: Option<KeepAlive>,
    /// TCP_CORK.
    pub cork: bool,
    /// TCP_QUICKACK.
    pub quick_ack: bool,
    /// TCP_FASTOPEN, connections.
    pub fast_open: Option<u64>,
    /// TCP_DEFER_ACCEPT, seconds.
    pub defer_accept: Option<u64>,
    /// TCP_USER_TIMEOUT, milliseconds.
    pub user_timeout: Option<u64>,
    /// SO_LINGER, seconds.
    pub linger: Option<u64>,
    /// IPV6_V6ONLY.
    pub v6_only: bool,
    /// The six upper bits of IP_TOS and IPV6_TCLASS.
    pub dscp: Option<u64>,
    /// SO_BUSY_POLL, microseconds.
    pub busy_poll: Option<u64>,
    /// SO_BINDTODEVICE.
    pub bind_device: Option<String>,
    /// SO_RCVLOWAT, bytes.
    pub receive_low_watermark: Option<u64>,
}

/// What a peer may ask for; `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: u64,
    /// Open connections of one address.
    pub connections_per_client: Option<u64>,
    /// Bytes of one message.
    pub message: u64,
    /// Of one connection.
    pub messages_per_second: Option<u64>,
    /// Of one connection.
    pub bytes_per_second: Option<u64>,
    /// Bytes of the request head.
    pub handshake: u64,
}

/// Milliseconds; `None` is no timeout.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the spec's fields")]
pub struct Timeouts {
    pub handshake: u64,
    pub idle: Option<u64>,
    pub write: Option<u64>,
    pub close: u64,
    pub drain: u64,
}

/// The WebSocket protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocket {
    /// The resource; `None` is any.
    pub path: Option<String>,
    /// Allowed origins; none allows any.
    pub origins: Vec<String>,
    /// In the server's order of preference.
    pub subprotocols: Vec<String>,
    /// No common subprotocol is 400.
    pub require_subprotocol: bool,
    /// permessage-deflate.
    pub compression: Option<Compression>,
    /// Longest frame of an outgoing message.
    pub fragment_size: Option<u64>,
    /// Whether text is checked.
    pub validate_utf8: bool,
    /// Pings to quiet peers.
    pub heartbeat: Option<Heartbeat>,
}

/// A language with what is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPlan {
    /// The language.
    pub target: Target,
    /// Its I/O model, on the first of the platforms at least.
    pub io: IoModel,
    /// What `auto` is on the other platforms, where it is something else.
    pub other_io: Vec<IoModel>,
    /// Processes or threads that share the port; 0 is one a core.
    pub workers: u16,
    /// Edge-triggered readiness.
    pub edge: bool,
    /// The language version: C standard, oldest Python or Node.js, Rust edition.
    pub language_version: String,
    /// The C compiler that the Makefile names.
    pub compiler: Option<String>,
    /// Whether a Node.js output has the configuration of its type check.
    pub types: bool,
}

impl TargetPlan {
    /// Its I/O models on all platforms, each once.
    pub fn models(&self) -> impl Iterator<Item = IoModel> {
        std::iter::once(self.io).chain(self.other_io.iter().copied())
    }
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Package, binary and service name.
    pub name: String,
    /// Any text.
    pub description: String,
    /// What is served.
    pub kind: ServerType,
    /// Where it runs, in the spec's order.
    pub platforms: Vec<Platform>,
    /// What it does with a message.
    pub app: App,
    /// What kinds it takes.
    pub accepts: Accepts,
    /// The address.
    pub listen: Listen,
    /// Memory.
    pub buffers: Buffers,
    /// Socket options.
    pub socket: Socket,
    /// Limits.
    pub limits: Limits,
    /// Timeouts.
    pub timeouts: Timeouts,
    /// The protocol of type websocket.
    pub websocket: WebSocket,
    /// Messages of type tcp.
    pub framing: Framing,
    /// Type udp.
    pub udp: Udp,
    /// TLS.
    pub tls: Option<Tls>,
    /// Bearer tokens.
    pub auth: Option<Auth>,
    /// Metrics.
    pub metrics: Option<Metrics>,
    /// The path of the health check.
    pub health: Option<String>,
    /// How events are written.
    pub log_format: LogFormat,
    /// Which events are written.
    pub log_level: LogLevel,
    /// The languages, in their fixed order.
    pub targets: Vec<TargetPlan>,
}
