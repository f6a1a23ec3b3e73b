//! From a checked spec to the model.

use super::{
    Accepts, App, Buffers, Compression, Heartbeat, IoModel, Limits, Listen, LogFormat, LogLevel, Model, Overflow,
    Socket, Target, TargetPlan, Timeouts, WebSocket,
};
use crate::spec::Spec;

/// Closes every default. The spec has passed all checks, so each text is one of its choices.
pub fn lower(spec: &Spec) -> Model {
    Model {
        name: spec.text("name").to_owned(),
        description: spec.text("description").to_owned(),
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
        listen: Listen {
            host: spec.text("listen.host").to_owned(),
            port: narrow(spec.integer("listen.port")),
            backlog: narrow(spec.integer("listen.backlog")),
        },
        buffers: buffers(spec),
        socket: Socket {
            reuse_address: spec.boolean("socket.reuse_address"),
            reuse_port: spec.boolean("socket.reuse_port"),
            no_delay: spec.boolean("socket.no_delay"),
        },
        limits: limits(spec),
        timeouts: Timeouts {
            handshake: spec.integer("timeouts.handshake"),
            idle: nonzero(spec.integer("timeouts.idle")),
            write: nonzero(spec.integer("timeouts.write")),
            close: spec.integer("timeouts.close"),
            drain: spec.integer("timeouts.drain"),
        },
        websocket: websocket(spec),
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
    Some(TargetPlan {
        target,
        io: io_model(spec, target)?,
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

/// The path of the `io.model` that counts for a target: its own, or the spec's.
pub fn io_model_path(spec: &Spec, target: Target) -> String {
    let own = format!("targets.{}.io.model", target.name());
    if spec.has(&own) { own } else { "io.model".to_owned() }
}

/// The model of a target; `None` only for a word that is no model.
pub fn io_model(spec: &Spec, target: Target) -> Option<IoModel> {
    let uvloop = target == Target::Python && spec.boolean("targets.python.uvloop");
    match IoModel::find(spec.text(&io_model_path(spec, target)), target) {
        Some(IoModel::Asyncio) if uvloop => Some(IoModel::Uvloop),
        model => model,
    }
}

fn nonzero(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

/// The schema's bounds make this exact.
fn narrow<T: TryFrom<u64> + Default>(number: u64) -> T {
    T::try_from(number).unwrap_or_default()
}
