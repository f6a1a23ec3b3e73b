//! Rust: files from `templates/rust`, and the runtime crate's source beside them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::runtime;
use super::template::Templates;
use crate::model::{
    Accepts, App, Framing, IoModel, Listen, LogFormat, LogLevel, Model, Overflow, Reliability, ServerType, Socket,
    TargetPlan,
};
use crate::output::{FileMap, Owner};
use crate::plan::{Context, Literal, context};

/// The Rust backend.
pub struct Rust;

static TEMPLATES: Templates = Templates {
    files: embedded::RUST,
    conditional: &[
        ("bytes/src/broadcast.rs", "broadcast"),
        ("bytes/src/echo.rs", "echo"),
        ("bytes/src/handlers.rs", "custom"),
        ("websocket/src/broadcast.rs", "broadcast"),
        ("websocket/src/echo.rs", "echo"),
        ("websocket/src/handlers.rs", "custom"),
    ],
    overlays: &[
        ("bytes/", "tcp or udp"),
        ("plain/", "not tls and not udp"),
        ("tcp/", "tcp"),
        ("tls/", "tls"),
        ("udp/", "udp"),
        ("websocket/", "websocket"),
    ],
    user_owned: &["src/handlers.rs"],
    left_out: &["Cargo.lock"],
    syntax: Syntax::Rust,
    compiled: OnceLock::new(),
};

impl Backend for Rust {
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap {
        let mut context = context(model, plan);
        context.values.insert("description", Literal::Text(model.description.clone()));
        let package = package_name(&model.name);
        context.values.insert("program", Literal::Word(format!("env!(\"CARGO_BIN_EXE_{package}\")")));
        context.values.insert("package", Literal::Word(package));
        context.values.insert("edition", Literal::Word(plan.language_version.clone()));
        typed_values(&mut context, model);
        socket_values(&mut context, &model.socket);
        listen_host(&mut context, &model.listen);
        io_values(&mut context, plan);
        udp_values(&mut context, model);
        let mut files = FileMap::default();
        TEMPLATES.render(context, &mut files);
        for (path, text) in runtime::with(features(model, plan), &model.platforms).iter() {
            files.insert(&format!("vendor/specgen-runtime/{path}"), text.clone(), Owner::Generated);
        }
        files
    }
}

/// The runtime's features that a program needs.
fn features(model: &Model, plan: &TargetPlan) -> BTreeSet<&'static str> {
    let websocket = model.kind == ServerType::WebSocket;
    let metrics_port = model.metrics.as_ref().is_some_and(|metrics| metrics.port.is_some());
    let wanted = [
        (server_type(model.kind).0, true),
        ("auth", model.auth.is_some()),
        ("compression", websocket && model.websocket.compression.is_some()),
        ("health", model.health.is_some() && !metrics_port),
        ("health-port", model.health.is_some() && metrics_port),
        ("metrics-page", model.metrics.is_some() && !metrics_port),
        ("metrics-port", metrics_port),
        ("tls", model.tls.is_some()),
        ("tls12", model.tls.as_ref().is_some_and(|tls| !tls.only_1_3)),
    ];
    let models = plan.models().map(|model| io_model(model, plan.edge).0);
    wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(feature, _)| feature).chain(models).collect()
}

/// Names of cargo's own folders cannot be binaries', and the runtime's is taken.
fn package_name(name: &str) -> String {
    match name {
        "build" | "deps" | "examples" | "incremental" | "specgen-runtime" => format!("{name}-server"),
        _ => name.to_owned(),
    }
}

/// What is an `Option`, a `Duration` or a variant in the runtime's `Config`.
fn typed_values(context: &mut Context, model: &Model) {
    let (limits, timeouts, websocket) = (&model.limits, &model.timeouts, &model.websocket);
    let mut word = |name, text: String| drop(context.values.insert(name, Literal::Word(text)));
    word("per_client_limit", option(limits.connections_per_client.map(number)));
    word("message_rate", option(limits.messages_per_second.map(number)));
    word("byte_rate", option(limits.bytes_per_second.map(number)));
    word("handshake_duration", duration(timeouts.handshake));
    word("idle_duration", option(timeouts.idle.map(duration)));
    word("write_duration", option(timeouts.write.map(duration)));
    word("close_duration", duration(timeouts.close));
    word("drain_duration", duration(timeouts.drain));
    word("heartbeat_option", option(websocket.heartbeat.as_ref().map(|_| "HEARTBEAT".to_owned())));
    if let Some(heartbeat) = &websocket.heartbeat {
        word("ping_interval_duration", duration(heartbeat.interval));
        word("ping_timeout_duration", duration(heartbeat.timeout));
    }
    word("server_type_name", server_type(model.kind).1.to_owned());
    word("framing", framing(&model.framing));
    let auth = model.auth.as_ref();
    let quoted = |text: &String| format!("{text:?}");
    word("tokens_file_option", option(auth.and_then(|auth| auth.tokens_file.as_ref()).map(quoted)));
    word("tokens_variable_option", option(auth.and_then(|auth| auth.tokens_variable.as_ref()).map(quoted)));
    word("health_option", option(model.health.as_ref().map(quoted)));
    word("metrics_option", option(model.metrics.as_ref().map(|metrics| quoted(&metrics.path))));
    let tls = model.tls.as_ref();
    word("tls_client_ca_option", option(tls.and_then(|tls| tls.client_ca.as_ref()).map(quoted)));
    let token = if auth.is_some() { "Authorization: Bearer smoke\r\n" } else { "" };
    word("token_field", format!("{token:?}"));
    word("path_option", option(websocket.path.as_ref().map(|path| format!("{path:?}"))));
    word("fragment_option", option(websocket.fragment_size.map(number)));
    word("subprotocol_required", websocket.require_subprotocol.to_string());
    word("utf8_validated", websocket.validate_utf8.to_string());
    word("overflow", format!("Overflow::{}", overflow(model.buffers.overflow)));
    word("accepts", format!("Accepts::{}", accepts(model.accepts)));
    word("log_format", format!("LogFormat::{}", if model.log_format == LogFormat::Json { "Json" } else { "Text" }));
    word("log_level_variant", format!("Level::{}", level(model.log_level)));
}

fn socket_values(context: &mut Context, socket: &Socket) {
    let mut word = |name, text: String| drop(context.values.insert(name, Literal::Word(text)));
    word("socket_reuse_address", socket.reuse_address.to_string());
    word("socket_reuse_port", socket.reuse_port.to_string());
    word("socket_no_delay", socket.no_delay.to_string());
    word("socket_cork", socket.cork.to_string());
    word("socket_quick_ack", socket.quick_ack.to_string());
    word("socket_v6_only", socket.v6_only.to_string());
    word("keep_alive_option", option(socket.keep_alive.as_ref().map(|_| "KEEP_ALIVE".to_owned())));
    if let Some(times) = &socket.keep_alive {
        word("keep_alive_idle_duration", duration(times.idle * 1000));
        word("keep_alive_interval_duration", duration(times.interval * 1000));
    }
    let device = socket.bind_device.as_deref();
    word("bind_device_option", option(device.map(|device| format!("{device:?}"))));
    for (name, value) in [
        ("receive_buffer_option", socket.receive_buffer),
        ("send_buffer_option", socket.send_buffer),
        ("fast_open_option", socket.fast_open),
        ("defer_accept_option", socket.defer_accept),
        ("user_timeout_option", socket.user_timeout),
        ("linger_option", socket.linger),
        ("dscp_option", socket.dscp),
        ("busy_poll_option", socket.busy_poll),
        ("receive_low_watermark_option", socket.receive_low_watermark),
    ] {
        word(name, option(value.map(number)));
    }
}

/// Which of several models counts is decided where the program is compiled.
fn io_values(context: &mut Context, plan: &TargetPlan) {
    context.flags.insert("several_models", !plan.other_io.is_empty());
    let mut word = |name, text: String| drop(context.values.insert(name, Literal::Word(text)));
    for model in plan.models() {
        let name = match model {
            IoModel::Kqueue => "kqueue_variant",
            IoModel::Iocp => "iocp_variant",
            _ => "io_model_variant",
        };
        word(name, format!("Model::{}", io_model(model, plan.edge).1));
    }
    word("workers_option", option(nonzero(plan.workers).map(|workers| number(workers.into()))));
}

/// The runtime's feature, and the variant of its `Model`.
fn io_model(model: IoModel, edge: bool) -> (&'static str, &'static str) {
    match (model, edge) {
        (IoModel::Blocking, _) => ("blocking", "Blocking"),
        (IoModel::IoUring, _) => ("io-uring", "IoUring"),
        (IoModel::Iocp, _) => ("iocp", "Iocp"),
        (IoModel::Kqueue, false) => ("kqueue", "Kqueue(Trigger::Level)"),
        (IoModel::Kqueue, true) => ("kqueue", "Kqueue(Trigger::Edge)"),
        (IoModel::Poll, _) => ("poll", "Poll"),
        (IoModel::Threads, _) => ("threads", "Threads"),
        (IoModel::Tokio, _) => ("tokio", "Tokio"),
        (_, true) => ("epoll", "Epoll(Trigger::Edge)"),
        (_, false) => ("epoll", "Epoll(Trigger::Level)"),
    }
}

fn nonzero(workers: u16) -> Option<u16> {
    (workers != 0).then_some(workers)
}

/// The host as the runtime reads it, also from `HOST`.
fn listen_host(context: &mut Context, listen: &Listen) {
    let host = listen.unix.as_ref().map_or_else(|| listen.host.clone(), |path| format!("unix:{path}"));
    context.values.insert("listen_host", Literal::Text(host));
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn number(number: u64) -> String {
    super::literal::integer(Syntax::Rust, number)
}

/// In seconds where they are whole.
fn duration(milliseconds: u64) -> String {
    match milliseconds % 1000 {
        0 => format!("Duration::from_secs({})", number(milliseconds / 1000)),
        _ => format!("Duration::from_millis({})", number(milliseconds)),
    }
}

fn udp_values(context: &mut Context, model: &Model) {
    let udp = &model.udp;
    let numbered = udp.reliability != Reliability::None;
    let known = model.app != App::Echo || udp.rate_limit.is_some() || numbered;
    let multicast = udp.multicast.as_ref();
    let interface = multicast.map(|multicast| &multicast.interface).filter(|interface| !interface.is_empty());
    let mut word = |name, text: String| drop(context.values.insert(name, Literal::Word(text)));
    word("datagram_rate_option", option(udp.rate_limit.map(number)));
    word("known_peers", option(known.then(|| number(model.limits.connections))));
    word("reliability", format!("Reliability::{}", reliability(udp.reliability)));
    word("multicast_option", option(multicast.map(|_| "MULTICAST".to_owned())));
    word("multicast_interface_option", option(interface.map(|interface| format!("{interface:?}"))));
    word("multicast_loopback_value", multicast.is_some_and(|multicast| multicast.loopback).to_string());
    word("udp_broadcast_value", udp.broadcast.to_string());
}

fn reliability(reliability: Reliability) -> &'static str {
    match reliability {
        Reliability::None => "None",
        Reliability::Sequence => "Sequence",
        Reliability::Ack => "Ack",
    }
}

/// The runtime's feature, and as people write it.
fn server_type(kind: ServerType) -> (&'static str, &'static str) {
    match kind {
        ServerType::Tcp => ("tcp", "TCP"),
        ServerType::Udp => ("udp", "UDP"),
        ServerType::WebSocket => ("websocket", "WebSocket"),
    }
}

fn framing(framing: &Framing) -> String {
    match framing {
        Framing::None => "Framing::None".to_owned(),
        Framing::Lines => "Framing::Lines".to_owned(),
        Framing::Delimiter(text) => format!("Framing::Delimiter(b\"{}\")", text.as_bytes().escape_ascii()),
        Framing::LengthPrefix { bytes, little: true } => format!("Framing::LengthPrefix(Prefix::little({bytes}))"),
        Framing::LengthPrefix { bytes, little: false } => format!("Framing::LengthPrefix(Prefix::big({bytes}))"),
    }
}

fn overflow(overflow: Overflow) -> &'static str {
    match overflow {
        Overflow::Pause => "Pause",
        Overflow::Close => "Close",
        Overflow::Drop => "Drop",
    }
}

fn accepts(accepts: Accepts) -> &'static str {
    match accepts {
        Accepts::Any => "Any",
        Accepts::Text => "Text",
        Accepts::Binary => "Binary",
    }
}

fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "Debug",
        LogLevel::Info => "Info",
        LogLevel::Warn => "Warn",
        LogLevel::Error => "Error",
    }
}
