//! The model: a checked spec with every default closed. Nothing in it can be invalid, and no text stands where a choice belongs.

mod lower;

pub use lower::{io_model, io_model_path, lower};

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

    /// The model of that name; `auto` is what the target takes on Linux.
    pub fn find(name: &str, target: Target) -> Option<Self> {
        if name == "auto" {
            return Some(match target {
                Target::C | Target::Rust => Self::Epoll,
                Target::Python => Self::Asyncio,
                Target::Nodejs => Self::EventLoop,
            });
        }
        Self::ALL.into_iter().find(|model| model.name() == name)
    }
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
    /// An IP address.
    pub host: String,
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

/// Socket options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// SO_REUSEADDR.
    pub reuse_address: bool,
    /// SO_REUSEPORT.
    pub reuse_port: bool,
    /// TCP_NODELAY.
    pub no_delay: bool,
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
    /// Its I/O model.
    pub io: IoModel,
    /// The language version: C standard, oldest Python or Node.js, Rust edition.
    pub language_version: String,
    /// The C compiler that the Makefile names.
    pub compiler: Option<String>,
    /// Whether a Node.js output has the configuration of its type check.
    pub types: bool,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Package, binary and service name.
    pub name: String,
    /// Any text.
    pub description: String,
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
    /// The protocol.
    pub websocket: WebSocket,
    /// How events are written.
    pub log_format: LogFormat,
    /// Which events are written.
    pub log_level: LogLevel,
    /// The languages, in their fixed order.
    pub targets: Vec<TargetPlan>,
}
