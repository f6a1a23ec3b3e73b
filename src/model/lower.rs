//! From a checked spec to the model.

use super::{
    Accepts, App, Auth, Buffers, Compression, Framing, Heartbeat, IoModel, KeepAlive, Limits, Listen, LogFormat,
    LogLevel, Metrics, Model, Multicast, Overflow, Platform, Reliability, ServerType, Socket, Target, TargetPlan,
    Timeouts, Tls, Udp, WebSocket,
};
use crate::spec::Spec;

/// Closes every default. The spec has passed all checks, so each text is one of its choices.
pub fn lower(spec: &Spec) -> Model {
    Model {
        name: spec.text("name").to_owned(),
        description: spec.text("description").to_owned(),
        kind: match spec.text("type") {
            "tcp" => ServerType::Tcp,
            "udp" => ServerType::Udp,
            _ => ServerType::WebSocket,
        },
        platforms: platforms(spec),
        app: match spec.text("app.kind") {
            "broadcast" => App::Broadcast,
            "custom" => App::Custom,
            _ => App::Echo,
        },
        accepts: match spec.text("app.messages") {
            "text" => Accepts::Text,
            "binary" => Accepts::Binary,
            _ => Accepts::Any,
        },
        listen: listen(spec),
        buffers: buffers(spec),
        socket: socket(spec),
        limits: limits(spec),
        timeouts: Timeouts {
            handshake: spec.integer("timeouts.handshake"),
            idle: nonzero(spec.integer("timeouts.idle")),
            write: nonzero(spec.integer("timeouts.write")),
            close: spec.integer("timeouts.close"),
            drain: spec.integer("timeouts.drain"),
        },
        websocket: websocket(spec),
        framing: framing(spec),
        udp: udp(spec),
        tls: (spec.has("tls") && spec.boolean("tls.enabled")).then(|| tls(spec)),
        auth: (spec.text("auth.kind") == "bearer").then(|| Auth {
            tokens_file: given(spec, "auth.tokens_file"),
            tokens_variable: given(spec, "auth.tokens_variable"),
        }),
        metrics: spec.has("metrics").then(|| Metrics {
            path: spec.text("metrics.path").to_owned(),
            port: spec.has("metrics.port").then(|| narrow(spec.integer("metrics.port"))),
        }),
        health: spec.has("health").then(|| spec.text("health.path").to_owned()),
        log_format: if spec.text("log.format") == "json" { LogFormat::Json } else { LogFormat::Text },
        log_level: match spec.text("log.level") {
            "debug" => LogLevel::Debug,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            _ => LogLevel::Info,
        },
        targets: Target::ALL.into_iter().filter_map(|target| target_plan(spec, target)).collect(),
    }
}

fn given(spec: &Spec, path: &str) -> Option<String> {
    spec.has(path).then(|| spec.text(path).to_owned())
}

fn listen(spec: &Spec) -> Listen {
    let host = spec.text("listen.host");
    let unix = host.strip_prefix("unix:");
    Listen {
        host: if unix.is_some() { "127.0.0.1" } else { host }.to_owned(),
        unix: unix.map(str::to_owned),
        port: narrow(spec.integer("listen.port")),
        backlog: narrow(spec.integer("listen.backlog")),
    }
}

/// Options that the kernel counts in seconds are rounded up.
fn socket(spec: &Spec) -> Socket {
    let path = |name: &str| format!("socket.{name}");
    let number = |name: &str| spec.has(&path(name)).then(|| spec.integer(&path(name)));
    let seconds = |name: &str| number(name).map(|milliseconds| milliseconds.div_ceil(1000));
    let keep_alive = spec.has("socket.keep_alive") && spec.boolean("socket.keep_alive.enabled");
    Socket {
        reuse_address: spec.boolean("socket.reuse_address"),
        reuse_port: spec.boolean("socket.reuse_port"),
        no_delay: spec.boolean("socket.no_delay"),
        receive_buffer: number("receive_buffer"),
        send_buffer: number("send_buffer"),
        keep_alive: keep_alive.then(|| KeepAlive {
            idle: spec.integer("socket.keep_alive.idle").div_ceil(1000),
            interval: spec.integer("socket.keep_alive.interval").div_ceil(1000),
            count: spec.integer("socket.keep_alive.count"),
        }),
        cork: spec.boolean("socket.cork"),
        quick_ack: spec.boolean("socket.quick_ack"),
        fast_open: number("fast_open"),
        defer_accept: seconds("defer_accept"),
        user_timeout: number("user_timeout"),
        linger: seconds("linger"),
        v6_only: spec.boolean("socket.v6_only"),
        dscp: number("dscp"),
        busy_poll: number("busy_poll"),
        bind_device: given(spec, "socket.bind_device"),
        receive_low_watermark: number("receive_low_watermark"),
    }
}

fn framing(spec: &Spec) -> Framing {
    match spec.text("tcp.framing") {
        "lines" => Framing::Lines,
        "delimiter" => Framing::Delimiter(spec.text("tcp.delimiter").to_owned()),
        "length-prefix" => Framing::LengthPrefix {
            bytes: narrow(spec.integer("tcp.prefix_bytes")),
            little: spec.text("tcp.endian") == "little",
        },
        _ => Framing::None,
    }
}

fn udp(spec: &Spec) -> Udp {
    Udp {
        max_datagram: spec.integer("udp.max_datagram"),
        multicast: spec.has("udp.multicast").then(|| Multicast {
            group: spec.text("udp.multicast.group").to_owned(),
            interface: spec.text("udp.multicast.interface").to_owned(),
            ttl: narrow(spec.integer("udp.multicast.ttl")),
            loopback: spec.boolean("udp.multicast.loopback"),
        }),
        broadcast: spec.boolean("udp.broadcast"),
        rate_limit: nonzero(spec.integer("udp.rate_limit")),
        batch: spec.integer("udp.batch"),
        reliability: match spec.text("udp.reliability") {
            "sequence" => Reliability::Sequence,
            "ack" => Reliability::Ack,
            _ => Reliability::None,
        },
    }
}

fn tls(spec: &Spec) -> Tls {
    Tls {
        certificate: spec.text("tls.certificate").to_owned(),
        key: spec.text("tls.key").to_owned(),
        client_ca: given(spec, "tls.client_ca"),
        only_1_3: spec.text("tls.min_version") == "1.3",
        alpn: alpn(spec),
    }
}

/// A WebSocket's handshake is HTTP/1.1, and says so.
fn alpn(spec: &Spec) -> Vec<String> {
    match spec.list("tls.alpn") {
        [] if spec.text("type") == "websocket" => vec!["http/1.1".to_owned()],
        names => names.iter().map(|(name, _)| name.clone()).collect(),
    }
}

fn buffers(spec: &Spec) -> Buffers {
    Buffers {
        receive: spec.integer("buffers.receive"),
        send: spec.integer("buffers.send"),
        high_watermark: spec.integer("buffers.high_watermark"),
        overflow: match spec.text("buffers.overflow") {
            "close" => Overflow::Close,
            "drop" => Overflow::Drop,
            _ => Overflow::Pause,
        },
    }
}

fn limits(spec: &Spec) -> Limits {
    Limits {
        connections: spec.integer("limits.connections"),
        connections_per_client: nonzero(spec.integer("limits.connections_per_client")),
        message: spec.integer("limits.message"),
        messages_per_second: nonzero(spec.integer("limits.messages_per_second")),
        bytes_per_second: nonzero(spec.integer("limits.bytes_per_second")),
        handshake: spec.integer("limits.handshake"),
    }
}

fn websocket(spec: &Spec) -> WebSocket {
    let texts = |path| spec.list(path).iter().map(|(text, _)| text.clone()).collect();
    WebSocket {
        path: Some(spec.text("websocket.path").to_owned()).filter(|path| path != "*"),
        origins: texts("websocket.origins"),
        subprotocols: texts("websocket.subprotocols"),
        require_subprotocol: spec.boolean("websocket.require_subprotocol"),
        compression: spec.boolean("websocket.compression.enabled").then(|| compression(spec)),
        fragment_size: nonzero(spec.integer("websocket.fragment_size")),
        validate_utf8: spec.boolean("websocket.validate_utf8"),
        heartbeat: nonzero(spec.integer("heartbeat.interval"))
            .map(|interval| Heartbeat { interval, timeout: spec.integer("heartbeat.timeout") }),
    }
}

fn compression(spec: &Spec) -> Compression {
    let boolean = |name: &str| spec.boolean(&format!("websocket.compression.{name}"));
    let integer = |name: &str| spec.integer(&format!("websocket.compression.{name}"));
    Compression {
        server_no_context_takeover: boolean("server_no_context_takeover"),
        client_no_context_takeover: boolean("client_no_context_takeover"),
        server_max_window_bits: narrow(integer("server_max_window_bits")),
        client_max_window_bits: narrow(integer("client_max_window_bits")),
        level: narrow(integer("level")),
        memory_level: narrow(integer("memory_level")),
        // Nothing is won by deflating an empty message.
        threshold: integer("threshold").max(1),
    }
}

fn target_plan(spec: &Spec, target: Target) -> Option<TargetPlan> {
    let path = format!("targets.{}", target.name());
    if !spec.has(&path) {
        return None;
    }
    let own = |field: &str| format!("{path}.{field}");
    let models = io_models(spec, target);
    let (io, other_io) = models.split_first()?;
    Some(TargetPlan {
        target,
        io: *io,
        other_io: other_io.to_vec(),
        workers: workers(spec, target),
        edge: spec.text(&own_or_common(spec, target, "io.trigger")) == "edge",
        language_version: match target {
            Target::C => spec.text(&own("standard")).to_owned(),
            Target::Python => spec.text(&own("min")).to_owned(),
            Target::Nodejs => spec.integer(&own("min")).to_string(),
            Target::Rust => spec.integer(&own("edition")).to_string(),
        },
        compiler: (target == Target::C).then(|| spec.text(&own("compiler")).to_owned()),
        types: target == Target::Nodejs && spec.boolean(&own("types")),
    })
}

/// The path of a field that counts for a target: its own, or the spec's.
fn own_or_common(spec: &Spec, target: Target, field: &str) -> String {
    let own = format!("targets.{}.{field}", target.name());
    if spec.has(&own) { own } else { field.to_owned() }
}

/// The path of the `io.model` that counts for a target.
pub fn io_model_path(spec: &Spec, target: Target) -> String {
    own_or_common(spec, target, "io.model")
}

/// Node.js' cluster of workers is one a core unless their number is given.
fn workers(spec: &Spec, target: Target) -> u16 {
    let path = own_or_common(spec, target, "io.workers");
    let cluster = io_model(spec, target) == Some(IoModel::Workers) && !spec.has(&path);
    if cluster || spec.text(&path) == "auto" { 0 } else { narrow(spec.integer(&path)) }
}

/// The given platforms; Linux without one.
pub fn platforms(spec: &Spec) -> Vec<Platform> {
    let given: Vec<Platform> = spec.list("platforms").iter().filter_map(|(name, _)| Platform::find(name)).collect();
    if given.is_empty() { vec![Platform::Linux] } else { given }
}

/// The models of a target on all platforms, each once; none only for a word that is no model.
pub fn io_models(spec: &Spec, target: Target) -> Vec<IoModel> {
    let uvloop = target == Target::Python && spec.boolean("targets.python.uvloop");
    let word = spec.text(&io_model_path(spec, target));
    let mut models = vec![];
    for platform in platforms(spec) {
        let model = match IoModel::find(word, target, platform) {
            Some(IoModel::Asyncio) if uvloop => Some(IoModel::Uvloop),
            model => model,
        };
        models.extend(model.filter(|model| !models.contains(model)));
    }
    models
}

/// The model of a target on the first platform; `None` only for a word that is no model.
pub fn io_model(spec: &Spec, target: Target) -> Option<IoModel> {
    io_models(spec, target).first().copied()
}

fn nonzero(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

/// The schema's bounds make this exact.
fn narrow<T: TryFrom<u64> + Default>(number: u64) -> T {
    T::try_from(number).unwrap_or_default()
}
