//! Every field of the spec language: its type, bounds, default and meaning, in the order of formatted output.
//!
//! Decoding, suggestions, `specgen new` and the reference documentation all read this one table.

use super::scalar::{GIB, KIB, MIB};

/// A group of fields under one key.
#[derive(Debug)]
pub struct Section {
    /// Its fields.
    pub fields: &'static [Field],
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// Its key, in snake_case.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its default as one would write it; empty for none.
    pub default: &'static str,
    /// Whether its section may be given as this field's value alone.
    pub primary: bool,
    /// Whether `false` stands for its absence.
    pub off: bool,
    /// What it means.
    pub doc: &'static str,
}

/// What a field takes.
#[derive(Debug)]
#[allow(missing_docs, reason = "bounds and words are named as such")]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Integer { min: u64, max: u64 },
    /// A whole number within bounds, or a word in its place.
    IntegerOr { min: u64, max: u64, word: &'static str },
    /// Bytes, within bounds.
    Size { min: u64, max: u64 },
    /// Milliseconds, within bounds.
    Duration { min: u64, max: u64 },
    /// Text of a form.
    Text(Form),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list of texts of a form.
    TextList(Form),
    /// A list of some words.
    ChoiceList(&'static [&'static str]),
    /// A group of fields.
    Section(&'static Section),
    /// A group of fields that may also be given as a list of their names.
    SectionSet(&'static Section),
}

/// The forms of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any Unicode text up to 1,000 characters.
    Free,
    /// A package, binary and service name.
    Name,
    /// An IP address or `unix:/path`.
    Host,
    /// A path of a URL.
    ResourcePath,
    /// A path of a URL, or `*`.
    ResourcePathOrAny,
    /// `scheme://host[:port]`, or `null`.
    Origin,
    /// A token of RFC 9110 §5.6.2.
    Token,
    /// A name of RFC 7301.
    ProtocolName,
    /// A path of a file, or a name of the system's, up to 255 characters without control characters.
    SystemName,
    /// One to 16 bytes.
    Delimiter,
    /// An IP address.
    Address,
}

/// A day, in milliseconds: the longest duration.
const DAY: u64 = 24 * 60 * 60 * 1000;

const fn field(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Field {
    Field { name, kind, default, primary: false, off: false, doc }
}

const fn primary(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Field {
    Field { name, kind, default, primary: true, off: false, doc }
}

/// A field that is absent by default and whose absence can be written `false`.
const fn option(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, default: "", primary: false, off: true, doc }
}

const fn duration() -> Kind {
    Kind::Duration { min: 1, max: DAY }
}

const fn duration_or_none() -> Kind {
    Kind::Duration { min: 0, max: DAY }
}

const fn count() -> Kind {
    Kind::Integer { min: 0, max: 1_000_000_000 }
}

const MODELS: &[&str] = &[
    "auto",
    "blocking",
    "threads",
    "select",
    "poll",
    "epoll",
    "kqueue",
    "io_uring",
    "wsapoll",
    "iocp",
    "asyncio",
    "uvloop",
    "event-loop",
    "workers",
    "tokio",
];

static IO: Section = Section {
    fields: &[
        primary(
            "model",
            Kind::Choice(MODELS),
            "auto",
            "the I/O model; `specgen targets` shows which language has which",
        ),
        field(
            "workers",
            Kind::IntegerOr { min: 1, max: 1024, word: "auto" },
            "1",
            "processes or threads that share the port; `auto`: one per core",
        ),
        field("trigger", Kind::Choice(&["level", "edge"]), "level", "when epoll and kqueue report a socket"),
    ],
};

/// The whole spec.
pub static SPEC: Section = Section {
    fields: &[
        field("specgen", Kind::Integer { min: 1, max: u64::MAX }, "", "version of the spec language, 1; required"),
        field("name", Kind::Text(Form::Name), "", "package, binary and service name; required"),
        field("description", Kind::Text(Form::Free), "", "any text up to 1,000 characters, inert in every output"),
        field("type", Kind::Choice(&["tcp", "udp", "websocket"]), "", "what is served; required"),
        field("app", Kind::Section(&APP), "", "what the server does with a message"),
        field(
            "platforms",
            Kind::ChoiceList(&["linux", "macos", "freebsd", "windows"]),
            "[linux]",
            "where the server runs; C and Rust pick their variant when they are compiled",
        ),
        field("listen", Kind::Section(&LISTEN), "", "the address"),
        field("io", Kind::Section(&IO), "", "how sockets are waited for"),
        field("buffers", Kind::Section(&BUFFERS), "", "memory between sockets and protocol"),
        field("socket", Kind::Section(&SOCKET), "", "socket options; one that a platform lacks is an error"),
        field("limits", Kind::Section(&LIMITS), "", "what a peer may ask for"),
        field("timeouts", Kind::Section(&TIMEOUTS), "", "how long a peer may take"),
        field("heartbeat", Kind::Section(&HEARTBEAT), "", "Ping and Pong (websocket)"),
        field("websocket", Kind::Section(&WEBSOCKET), "", "the WebSocket protocol"),
        field("tcp", Kind::Section(&TCP), "", "messages in a TCP stream"),
        field("udp", Kind::Section(&UDP), "", "datagrams"),
        option("tls", Kind::Section(&TLS), "TLS; files are read when the server starts, never when it is generated"),
        field("auth", Kind::Section(&AUTH), "", "who may connect"),
        field("log", Kind::Section(&LOG), "", "one line an event, to standard error"),
        option("metrics", Kind::Section(&METRICS), "Prometheus text"),
        option("health", Kind::Section(&HEALTH), "200 while serving, 503 while draining"),
        field("cluster", Kind::Section(&CLUSTER), "", "rooms and broadcasts over several processes and machines"),
        option("client", Kind::Section(&CLIENT), "a client library and a command-line client beside the server"),
        field(
            "targets",
            Kind::SectionSet(&TARGETS),
            "",
            "the languages to generate, each with fields of its own; required",
        ),
    ],
};

static APP: Section = Section {
    fields: &[
        primary(
            "kind",
            Kind::Choice(&["echo", "broadcast", "chat", "custom"]),
            "echo",
            "`custom` calls a handlers file of your own",
        ),
        field(
            "messages",
            Kind::Choice(&["any", "text", "binary"]),
            "any",
            "the kind of WebSocket message that the app takes; others are refused with 1003",
        ),
        field("features", Kind::ChoiceList(&["rooms", "presence", "history"]), "[]", "of a chat"),
    ],
};

static LISTEN: Section = Section {
    fields: &[
        primary(
            "host",
            Kind::Text(Form::Host),
            "127.0.0.1",
            "an IPv4 or IPv6 address (`::` takes both unless `socket.v6_only`), or `unix:/path`",
        ),
        field(
            "port",
            Kind::Integer { min: 0, max: 65535 },
            "8080",
            "0 lets the kernel choose; the start line names the choice",
        ),
        field("backlog", Kind::Integer { min: 1, max: 65535 }, "128", "connections that wait to be accepted"),
    ],
};

static BUFFERS: Section = Section {
    fields: &[
        primary("receive", Kind::Size { min: KIB, max: 16 * MIB }, "64KiB", "user-space buffer of one read"),
        field("send", Kind::Size { min: KIB, max: 16 * MIB }, "64KiB", "output that is collected for one write"),
        field(
            "high_watermark",
            Kind::Size { min: KIB, max: GIB },
            "1MiB",
            "unsent bytes of one connection at which backpressure starts",
        ),
        field(
            "overflow",
            Kind::Choice(&["pause", "close", "drop"]),
            "pause",
            "at the watermark: pause reading from the peer that causes it, close (1013), or drop new outgoing messages",
        ),
    ],
};

static SOCKET: Section = Section {
    fields: &[
        field("reuse_address", Kind::Boolean, "true", "SO_REUSEADDR"),
        field("reuse_port", Kind::Boolean, "false", "SO_REUSEPORT"),
        field("no_delay", Kind::Boolean, "true", "TCP_NODELAY"),
        option("receive_buffer", Kind::Size { min: KIB, max: GIB }, "SO_RCVBUF"),
        option("send_buffer", Kind::Size { min: KIB, max: GIB }, "SO_SNDBUF"),
        option("keep_alive", Kind::Section(&KEEP_ALIVE), "SO_KEEPALIVE"),
        option("cork", Kind::Boolean, "TCP_CORK (TCP_NOPUSH)"),
        option("quick_ack", Kind::Boolean, "TCP_QUICKACK"),
        option(
            "fast_open",
            Kind::Integer { min: 1, max: 65535 },
            "TCP_FASTOPEN: connections that wait with data in their SYN",
        ),
        option("defer_accept", duration(), "TCP_DEFER_ACCEPT"),
        option("user_timeout", duration(), "TCP_USER_TIMEOUT"),
        // Windows and FreeBSD have sixteen bits for its seconds.
        option("linger", Kind::Duration { min: 0, max: 65_535_000 }, "SO_LINGER"),
        option("v6_only", Kind::Boolean, "IPV6_V6ONLY"),
        option(
            "dscp",
            Kind::Integer { min: 0, max: 63 },
            "the differentiated services code point of IP_TOS and IPV6_TCLASS",
        ),
        option("busy_poll", Kind::Integer { min: 1, max: 1_000_000 }, "SO_BUSY_POLL, in microseconds"),
        option("bind_device", Kind::Text(Form::SystemName), "SO_BINDTODEVICE"),
        option("receive_low_watermark", Kind::Size { min: 1, max: GIB }, "SO_RCVLOWAT"),
    ],
};

static KEEP_ALIVE: Section = Section {
    fields: &[
        primary("enabled", Kind::Boolean, "true", "SO_KEEPALIVE"),
        field("idle", Kind::Duration { min: 1000, max: DAY }, "60s", "TCP_KEEPIDLE"),
        field("interval", Kind::Duration { min: 1000, max: DAY }, "10s", "TCP_KEEPINTVL"),
        field("count", Kind::Integer { min: 1, max: 127 }, "6", "TCP_KEEPCNT"),
    ],
};

static LIMITS: Section = Section {
    fields: &[
        primary(
            "message",
            Kind::Size { min: 1, max: 2 * GIB },
            "100MiB",
            "one message, after decompression; 1009 for websocket",
        ),
        field(
            "connections",
            Kind::Integer { min: 1, max: 10_000_000 },
            "10000",
            "further ones are refused: 503 for websocket, closed for tcp",
        ),
        field(
            "connections_per_client",
            Kind::Integer { min: 0, max: 10_000_000 },
            "0",
            "by peer address, 0 for none; 429 for websocket",
        ),
        field(
            "messages_per_second",
            count(),
            "0",
            "of one connection, with a burst of one second, 0 for none; 1008 for websocket",
        ),
        field(
            "bytes_per_second",
            Kind::Size { min: 0, max: 4 * GIB - 1 },
            "0",
            "of one connection, with a burst of one second, 0 for none; 1008 for websocket",
        ),
        field("handshake", Kind::Size { min: 256, max: MIB }, "8KiB", "head of the upgrade request; 431 past it"),
    ],
};

static TIMEOUTS: Section = Section {
    fields: &[
        field("handshake", duration(), "5s", "whole upgrade request (or TLS handshake); 408, then closed"),
        field("idle", duration_or_none(), "0s", "no bytes from the peer; 0s for none"),
        field("write", duration_or_none(), "30s", "no progress on pending output; 0s for none"),
        field("close", duration(), "5s", "wait for the peer's Close"),
        field(
            "drain",
            duration(),
            "10s",
            "on SIGTERM: close every peer (1001), exit when all are gone or at this time",
        ),
    ],
};

static HEARTBEAT: Section = Section {
    fields: &[
        primary("interval", duration_or_none(), "30s", "Ping to a quiet peer; 0s is off"),
        field("timeout", duration(), "10s", "no Pong (or data) by then: closed"),
    ],
};

static WEBSOCKET: Section = Section {
    fields: &[
        primary("path", Kind::Text(Form::ResourcePathOrAny), "/", "the resource, others get 404; \"*\" takes any"),
        field("origins", Kind::TextList(Form::Origin), "[]", "allowed Origin values, others get 403; empty allows any"),
        field("subprotocols", Kind::TextList(Form::Token), "[]", "in the server's order of preference"),
        field("require_subprotocol", Kind::Boolean, "false", "no common subprotocol is 400"),
        field("compression", Kind::Section(&COMPRESSION), "", "permessage-deflate, RFC 7692"),
        field(
            "fragment_size",
            Kind::Size { min: 0, max: GIB },
            "0",
            "longest frame of an outgoing message, 0 for none",
        ),
        field("validate_utf8", Kind::Boolean, "true", "refuse text that is not UTF-8 at its first wrong byte"),
    ],
};

static COMPRESSION: Section = Section {
    fields: &[
        primary("enabled", Kind::Boolean, "true", "negotiate permessage-deflate"),
        field("server_no_context_takeover", Kind::Boolean, "true", "the server compresses each message by itself"),
        field("client_no_context_takeover", Kind::Boolean, "true", "the client compresses each message by itself"),
        field(
            "server_max_window_bits",
            Kind::Integer { min: 8, max: 15 },
            "15",
            "the server's LZ77 window, as a power of two",
        ),
        field(
            "client_max_window_bits",
            Kind::Integer { min: 8, max: 15 },
            "15",
            "the client's LZ77 window, as a power of two",
        ),
        field("level", Kind::Integer { min: 1, max: 9 }, "6", "zlib's: 1 is fastest, 9 smallest"),
        field("memory_level", Kind::Integer { min: 1, max: 9 }, "8", "zlib's memLevel"),
        field("threshold", Kind::Size { min: 0, max: GIB }, "1KiB", "shorter messages go uncompressed"),
    ],
};

static TCP: Section = Section {
    fields: &[
        primary(
            "framing",
            Kind::Choice(&["none", "lines", "delimiter", "length-prefix"]),
            "none",
            "where a message ends",
        ),
        field("delimiter", Kind::Text(Form::Delimiter), "", "with framing `delimiter`"),
        field("prefix_bytes", Kind::Integer { min: 1, max: 8 }, "4", "1, 2, 4 or 8, with framing `length-prefix`"),
        field("endian", Kind::Choice(&["big", "little"]), "big", "with framing `length-prefix`"),
    ],
};

static UDP: Section = Section {
    fields: &[
        primary("max_datagram", Kind::Size { min: 1, max: 65507 }, "1472", "larger ones are dropped and counted"),
        option("multicast", Kind::Section(&MULTICAST), "a multicast group to join"),
        field("broadcast", Kind::Boolean, "false", "SO_BROADCAST"),
        field("rate_limit", count(), "0", "datagrams a second of one peer, 0 for none"),
        field("batch", Kind::Integer { min: 1, max: 1024 }, "32", "datagrams of one recvmmsg or sendmmsg"),
        field(
            "reliability",
            Kind::Choice(&["none", "sequence", "ack"]),
            "none",
            "`sequence` numbers datagrams, `ack` also sends them again",
        ),
    ],
};

static MULTICAST: Section = Section {
    fields: &[
        primary("group", Kind::Text(Form::Address), "", "the group's address; required"),
        field("interface", Kind::Text(Form::SystemName), "", "the interface's name or address"),
        field("ttl", Kind::Integer { min: 0, max: 255 }, "1", "IP_MULTICAST_TTL"),
        field("loopback", Kind::Boolean, "true", "IP_MULTICAST_LOOP"),
    ],
};

static TLS: Section = Section {
    fields: &[
        primary("enabled", Kind::Boolean, "true", "serve TLS"),
        field("certificate", Kind::Text(Form::SystemName), "", "path of the PEM file; required"),
        field("key", Kind::Text(Form::SystemName), "", "path of the PEM file; required"),
        field(
            "client_ca",
            Kind::Text(Form::SystemName),
            "",
            "path of the PEM file that client certificates are checked with",
        ),
        field("min_version", Kind::Choice(&["1.2", "1.3"]), "1.2", "oldest TLS version"),
        field(
            "alpn",
            Kind::TextList(Form::ProtocolName),
            "[]",
            "application protocols, in the server's order of preference; websocket: `http/1.1` without any",
        ),
    ],
};

static AUTH: Section = Section {
    fields: &[
        primary("kind", Kind::Choice(&["none", "bearer"]), "none", "`bearer`: a token in the handshake, else 401"),
        field("tokens_file", Kind::Text(Form::SystemName), "", "a token a line, read at start"),
        field(
            "tokens_variable",
            Kind::Text(Form::SystemName),
            "",
            "environment variable with tokens separated by commas, read at start",
        ),
    ],
};

static LOG: Section = Section {
    fields: &[
        primary("format", Kind::Choice(&["text", "json"]), "text", "one line an event"),
        field("level", Kind::Choice(&["debug", "info", "warn", "error"]), "info", "the least that is written"),
    ],
};

static METRICS: Section = Section {
    fields: &[
        primary("path", Kind::Text(Form::ResourcePath), "/metrics", "where"),
        field("port", Kind::Integer { min: 1, max: 65535 }, "", "a port of its own; without it, that of `listen`"),
    ],
};

static HEALTH: Section = Section { fields: &[primary("path", Kind::Text(Form::ResourcePath), "/health", "where")] };

static CLUSTER: Section = Section {
    fields: &[
        primary(
            "backplane",
            Kind::Choice(&["none", "redis", "nats"]),
            "none",
            "what carries messages between processes",
        ),
        field("url", Kind::Text(Form::SystemName), "", "of the backplane; required with one"),
    ],
};

static CLIENT: Section = Section {
    fields: &[
        field("reconnect", Kind::Section(&RECONNECT), "", "after a lost connection"),
        field("queue", Kind::Integer { min: 0, max: 10_000_000 }, "1000", "messages that wait for a connection"),
        field("proxy", Kind::Text(Form::SystemName), "", "URL of an HTTP proxy"),
        field("pool", Kind::Section(&POOL), "", "connections kept ready"),
    ],
};

static RECONNECT: Section = Section {
    fields: &[
        field("initial", duration(), "100ms", "first wait"),
        field("max", duration(), "30s", "longest wait"),
        field("jitter", Kind::Boolean, "true", "spread waits at random"),
    ],
};

static POOL: Section = Section {
    fields: &[
        field("min", Kind::Integer { min: 0, max: 100_000 }, "0", "connections kept open"),
        field("max", Kind::Integer { min: 1, max: 100_000 }, "10", "connections at once"),
        field("acquire_timeout", duration(), "5s", "wait for a free connection"),
        field("idle_timeout", duration(), "5m", "an unused connection is closed"),
        field("max_lifetime", duration(), "30m", "a connection is replaced"),
        field("health_interval", duration(), "30s", "between checks"),
    ],
};

static TARGETS: Section = Section {
    fields: &[
        field("c", Kind::Section(&TARGET_C), "", "C11 with epoll, zlib where compression is asked for"),
        field("python", Kind::Section(&TARGET_PYTHON), "", "Python's standard library alone"),
        field("nodejs", Kind::Section(&TARGET_NODEJS), "", "Node.js' built-in modules alone"),
        field("rust", Kind::Section(&TARGET_RUST), "", "on the bundled runtime crate"),
    ],
};

static TARGET_C: Section = Section {
    fields: &[
        field("io", Kind::Section(&IO), "", "in place of the spec's `io`"),
        field("standard", Kind::Choice(&["c11", "c17"]), "c11", "the language standard"),
        field("compiler", Kind::Choice(&["cc", "gcc", "clang"]), "cc", "the Makefile's default"),
    ],
};

static TARGET_PYTHON: Section = Section {
    fields: &[
        field("io", Kind::Section(&IO), "", "in place of the spec's `io`"),
        field("min", Kind::Choice(&["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]), "3.9", "oldest Python"),
        field("uvloop", Kind::Boolean, "false", "run asyncio on uvloop"),
    ],
};

static TARGET_NODEJS: Section = Section {
    fields: &[
        field("io", Kind::Section(&IO), "", "in place of the spec's `io`"),
        field("min", Kind::Integer { min: 18, max: 24 }, "18", "oldest Node.js"),
        field("types", Kind::Boolean, "true", "write the configuration of a type check beside it"),
    ],
};

static TARGET_RUST: Section = Section {
    fields: &[
        field("io", Kind::Section(&IO), "", "in place of the spec's `io`"),
        field("edition", Kind::Integer { min: 2021, max: 2024 }, "2024", "2021 or 2024"),
        field("runtime", Kind::Choice(&["vendored"]), "vendored", "where the runtime crate's source lies"),
    ],
};

/// The field at a dotted path (`io.workers`), if there is one.
pub fn lookup(path: &str) -> Option<&'static Field> {
    let mut section = &SPEC;
    let mut found = None;
    for name in path.split('.') {
        let field = section.fields.iter().find(|field| field.name == name)?;
        if let Kind::Section(inner) | Kind::SectionSet(inner) = field.kind {
            section = inner;
        }
        found = Some(field);
    }
    found
}
