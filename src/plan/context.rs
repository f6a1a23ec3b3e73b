//! The flags and values that templates know, the same for every language.

use std::collections::BTreeMap;

use crate::model::{
    Accepts, App, Framing, IoModel, LogFormat, Model, Overflow, Platform, Reliability, ServerType, Socket, TargetPlan,
    Udp,
};

/// A value for a program's config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(u64),
    /// Text.
    Text(String),
    /// Texts.
    List(Vec<String>),
    /// A word of the language or the build tool, safe as it is.
    Word(String),
}

/// What templates are rendered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Conditions of directives.
    pub flags: BTreeMap<&'static str, bool>,
    /// Values of config files.
    pub values: BTreeMap<&'static str, Literal>,
}

impl Context {
    /// Whether a flag is set; an unknown flag is not.
    pub fn is(&self, flag: &str) -> bool {
        self.flags.get(flag).copied().unwrap_or(false)
    }

    fn number(&mut self, name: &'static str, value: impl Into<u64>) {
        self.values.insert(name, Literal::Integer(value.into()));
    }

    fn text(&mut self, name: &'static str, value: &str) {
        self.values.insert(name, Literal::Text(value.to_owned()));
    }
}

/// Flags of what other types of servers do not have, whatever the defaults say.
const WEBSOCKET_FLAGS: [&str; 12] = [
    "compression",
    "server_takeover",
    "client_takeover",
    "heartbeat",
    "origins",
    "subprotocols",
    "require_subprotocol",
    "any_path",
    "validate_utf8",
    "fragment_size",
    "text_only",
    "binary_only",
];

/// The context of a model for one target.
pub fn context(model: &Model, plan: &TargetPlan) -> Context {
    let mut context = Context { flags: flags(model), values: BTreeMap::new() };
    if model.kind != ServerType::WebSocket {
        context.flags.extend(WEBSOCKET_FLAGS.map(|flag| (flag, false)));
    }
    context.flags.extend(platform_flags(&model.platforms));
    context.flags.extend(type_flags(model));
    context.flags.extend(io_flags(plan));
    context.flags.extend(socket_flags(&model.socket));
    context.flags.extend(udp_flags(&model.udp));
    context.flags.extend(service_flags(model));
    context.number("workers", plan.workers);
    context.text("unix_path", model.listen.unix.as_deref().unwrap_or_default());
    context.text("name", &model.name);
    context.text("host", &model.listen.host);
    context.number("port", model.listen.port);
    context.number("backlog", model.listen.backlog);
    context.number("receive_buffer", model.buffers.receive);
    context.number("send_buffer", model.buffers.send);
    context.number("high_watermark", model.buffers.high_watermark);
    context.text("log_level", model.log_level.name());
    limits(&mut context, model);
    websocket(&mut context, model);
    socket(&mut context, &model.socket);
    framing(&mut context, &model.framing);
    udp(&mut context, &model.udp);
    services(&mut context, model);
    context
}

fn limits(context: &mut Context, model: &Model) {
    let (limits, timeouts) = (&model.limits, &model.timeouts);
    context.number("max_connections", limits.connections);
    context.number("max_connections_per_client", limits.connections_per_client.unwrap_or(0));
    context.number("max_message", limits.message);
    context.number("messages_per_second", limits.messages_per_second.unwrap_or(0));
    context.number("bytes_per_second", limits.bytes_per_second.unwrap_or(0));
    context.number("handshake_limit", limits.handshake);
    context.number("handshake_timeout", timeouts.handshake);
    context.number("idle_timeout_ms", timeouts.idle.unwrap_or(0));
    context.number("write_timeout_ms", timeouts.write.unwrap_or(0));
    context.number("close_timeout", timeouts.close);
    context.number("drain_timeout", timeouts.drain);
}

fn websocket(context: &mut Context, model: &Model) {
    let websocket = &model.websocket;
    context.text("path", websocket.path.as_deref().unwrap_or("*"));
    context.values.insert("origins_list", Literal::List(websocket.origins.clone()));
    context.values.insert("subprotocols_list", Literal::List(websocket.subprotocols.clone()));
    context.number("fragment_bytes", websocket.fragment_size.unwrap_or(0));
    if let Some(heartbeat) = &websocket.heartbeat {
        context.number("ping_interval", heartbeat.interval);
        context.number("ping_timeout", heartbeat.timeout);
    }
    if let Some(compression) = &websocket.compression {
        context.number("server_max_window_bits", compression.server_max_window_bits);
        context.number("client_max_window_bits", compression.client_max_window_bits);
        context.number("compression_level", compression.level);
        context.number("memory_level", compression.memory_level);
        context.number("compression_threshold", compression.threshold);
        let flag = |value| Literal::Boolean(value);
        context.values.insert("server_no_context_takeover", flag(compression.server_no_context_takeover));
        context.values.insert("client_no_context_takeover", flag(compression.client_no_context_takeover));
    }
}

fn socket(context: &mut Context, socket: &Socket) {
    let keep_alive = socket.keep_alive.as_ref();
    let numbers = [
        ("socket_receive_buffer", socket.receive_buffer),
        ("socket_send_buffer", socket.send_buffer),
        ("keep_alive_idle", keep_alive.map(|times| times.idle)),
        ("keep_alive_interval", keep_alive.map(|times| times.interval)),
        ("keep_alive_count", keep_alive.map(|times| times.count)),
        ("fast_open_queue", socket.fast_open),
        ("defer_accept_seconds", socket.defer_accept),
        ("user_timeout_ms", socket.user_timeout),
        ("linger_seconds", socket.linger),
        ("dscp_value", socket.dscp),
        ("busy_poll_us", socket.busy_poll),
        ("receive_low_watermark_bytes", socket.receive_low_watermark),
    ];
    for (name, value) in numbers {
        context.number(name, value.unwrap_or(0));
    }
    context.text("bind_device_name", socket.bind_device.as_deref().unwrap_or_default());
}

fn framing(context: &mut Context, framing: &Framing) {
    let (delimiter, bytes) = match framing {
        Framing::Delimiter(delimiter) => (delimiter.as_str(), 0),
        Framing::LengthPrefix { bytes, .. } => ("", *bytes),
        Framing::None | Framing::Lines => ("", 0),
    };
    context.text("delimiter", delimiter);
    context.number("prefix_bytes", bytes);
}

fn udp(context: &mut Context, udp: &Udp) {
    context.number("max_datagram", udp.max_datagram);
    context.number("datagrams_per_second", udp.rate_limit.unwrap_or(0));
    context.number("batch_size", udp.batch);
    let multicast = udp.multicast.as_ref();
    context.text("multicast_group", multicast.map_or("", |multicast| &multicast.group));
    context.text("multicast_interface", multicast.map_or("", |multicast| &multicast.interface));
    context.number("multicast_ttl", multicast.map_or(1, |multicast| multicast.ttl));
}

fn services(context: &mut Context, model: &Model) {
    let text = |value: Option<&String>| value.map(String::as_str).unwrap_or_default().to_owned();
    let (tls, auth) = (model.tls.as_ref(), model.auth.as_ref());
    context.text("tls_certificate", &text(tls.map(|tls| &tls.certificate)));
    context.text("tls_key", &text(tls.map(|tls| &tls.key)));
    context.text("tls_client_ca", &text(tls.and_then(|tls| tls.client_ca.as_ref())));
    context.values.insert("tls_alpn_list", Literal::List(tls.map(|tls| tls.alpn.clone()).unwrap_or_default()));
    context.text("tokens_file_path", &text(auth.and_then(|auth| auth.tokens_file.as_ref())));
    context.text("tokens_variable_name", &text(auth.and_then(|auth| auth.tokens_variable.as_ref())));
    context.text("metrics_path", &text(model.metrics.as_ref().map(|metrics| &metrics.path)));
    context.number("metrics_port_number", model.metrics.as_ref().and_then(|metrics| metrics.port).unwrap_or(0));
    context.text("health_path", &text(model.health.as_ref()));
}

fn type_flags(model: &Model) -> [(&'static str, bool); 8] {
    let prefix = |wanted| matches!(model.framing, Framing::LengthPrefix { little, .. } if little == wanted);
    [
        ("websocket", model.kind == ServerType::WebSocket),
        ("tcp", model.kind == ServerType::Tcp),
        ("udp", model.kind == ServerType::Udp),
        ("framing_none", model.framing == Framing::None),
        ("framing_lines", model.framing == Framing::Lines),
        ("framing_delimiter", matches!(model.framing, Framing::Delimiter(_))),
        ("framing_length", matches!(model.framing, Framing::LengthPrefix { .. })),
        ("prefix_little", prefix(true)),
    ]
}

/// `portable` is everything but Linux alone.
fn platform_flags(platforms: &[Platform]) -> [(&'static str, bool); 7] {
    let has = |platform| platforms.contains(&platform);
    [
        ("linux", has(Platform::Linux)),
        ("macos", has(Platform::Macos)),
        ("freebsd", has(Platform::Freebsd)),
        ("windows", has(Platform::Windows)),
        ("posix", platforms.iter().any(|platform| *platform != Platform::Windows)),
        ("several_platforms", platforms.len() > 1),
        ("portable", platforms != [Platform::Linux]),
    ]
}

/// The model's flag is its name, `io_` before it unless it begins so, with underscores.
fn io_flags(plan: &TargetPlan) -> Vec<(&'static str, bool)> {
    let models = [
        ("io_blocking", IoModel::Blocking),
        ("io_threads", IoModel::Threads),
        ("io_select", IoModel::Select),
        ("io_poll", IoModel::Poll),
        ("io_epoll", IoModel::Epoll),
        ("io_kqueue", IoModel::Kqueue),
        ("io_uring", IoModel::IoUring),
        ("io_wsapoll", IoModel::Wsapoll),
        ("io_iocp", IoModel::Iocp),
        ("io_asyncio", IoModel::Asyncio),
        ("io_uvloop", IoModel::Uvloop),
        ("io_event_loop", IoModel::EventLoop),
        ("io_workers", IoModel::Workers),
        ("io_tokio", IoModel::Tokio),
    ];
    let mut flags: Vec<_> =
        models.into_iter().map(|(flag, model)| (flag, plan.io == model || plan.other_io.contains(&model))).collect();
    flags.push(("several_workers", plan.workers != 1));
    flags.push(("edge", plan.edge));
    flags
}

fn socket_flags(socket: &Socket) -> [(&'static str, bool); 14] {
    [
        ("socket_receive_buffer", socket.receive_buffer.is_some()),
        ("socket_send_buffer", socket.send_buffer.is_some()),
        ("keep_alive", socket.keep_alive.is_some()),
        ("cork", socket.cork),
        ("quick_ack", socket.quick_ack),
        ("fast_open", socket.fast_open.is_some()),
        ("defer_accept", socket.defer_accept.is_some()),
        ("user_timeout", socket.user_timeout.is_some()),
        ("linger", socket.linger.is_some()),
        ("v6_only", socket.v6_only),
        ("dscp", socket.dscp.is_some()),
        ("busy_poll", socket.busy_poll.is_some()),
        ("bind_device", socket.bind_device.is_some()),
        ("receive_low_watermark", socket.receive_low_watermark.is_some()),
    ]
}

fn udp_flags(udp: &Udp) -> [(&'static str, bool); 9] {
    let multicast = udp.multicast.as_ref();
    [
        ("multicast", multicast.is_some()),
        ("multicast_v6", multicast.is_some_and(|multicast| multicast.group.contains(':'))),
        ("multicast_interface", multicast.is_some_and(|multicast| !multicast.interface.is_empty())),
        ("multicast_loopback", multicast.is_some_and(|multicast| multicast.loopback)),
        ("udp_broadcast", udp.broadcast),
        ("datagram_rate", udp.rate_limit.is_some()),
        ("reliability", udp.reliability != Reliability::None),
        ("reliability_sequence", udp.reliability == Reliability::Sequence),
        ("reliability_ack", udp.reliability == Reliability::Ack),
    ]
}

fn service_flags(model: &Model) -> [(&'static str, bool); 11] {
    let (tls, auth, metrics) = (model.tls.as_ref(), model.auth.as_ref(), model.metrics.as_ref());
    [
        ("unix_socket", model.listen.unix.is_some()),
        ("tls", tls.is_some()),
        ("tls_only_1_3", tls.is_some_and(|tls| tls.only_1_3)),
        ("client_certificates", tls.is_some_and(|tls| tls.client_ca.is_some())),
        ("alpn", tls.is_some_and(|tls| !tls.alpn.is_empty())),
        ("auth", auth.is_some()),
        ("tokens_file", auth.is_some_and(|auth| auth.tokens_file.is_some())),
        ("tokens_variable", auth.is_some_and(|auth| auth.tokens_variable.is_some())),
        ("metrics", metrics.is_some()),
        ("metrics_port", metrics.is_some_and(|metrics| metrics.port.is_some())),
        ("health", model.health.is_some()),
    ]
}

fn flags(model: &Model) -> BTreeMap<&'static str, bool> {
    let (websocket, limits) = (&model.websocket, &model.limits);
    let compression = websocket.compression.as_ref();
    BTreeMap::from([
        ("compression", compression.is_some()),
        ("server_takeover", compression.is_some_and(|c| !c.server_no_context_takeover)),
        ("client_takeover", compression.is_some_and(|c| !c.client_no_context_takeover)),
        ("heartbeat", websocket.heartbeat.is_some()),
        ("origins", !websocket.origins.is_empty()),
        ("subprotocols", !websocket.subprotocols.is_empty()),
        ("require_subprotocol", websocket.require_subprotocol),
        ("any_path", websocket.path.is_none()),
        ("rate_messages", limits.messages_per_second.is_some()),
        ("rate_bytes", limits.bytes_per_second.is_some()),
        ("rate_limit", limits.messages_per_second.is_some() || limits.bytes_per_second.is_some()),
        ("per_client", limits.connections_per_client.is_some()),
        ("idle_timeout", model.timeouts.idle.is_some()),
        ("write_timeout", model.timeouts.write.is_some()),
        ("validate_utf8", websocket.validate_utf8),
        ("fragment_size", websocket.fragment_size.is_some()),
        ("text_only", model.accepts == Accepts::Text),
        ("binary_only", model.accepts == Accepts::Binary),
        ("overflow_pause", model.buffers.overflow == Overflow::Pause),
        ("overflow_close", model.buffers.overflow == Overflow::Close),
        ("overflow_drop", model.buffers.overflow == Overflow::Drop),
        ("no_delay", model.socket.no_delay),
        ("reuse_address", model.socket.reuse_address),
        ("reuse_port", model.socket.reuse_port),
        ("echo", model.app == App::Echo),
        ("broadcast", model.app == App::Broadcast),
        ("custom", model.app == App::Custom),
        ("log_text", model.log_format == LogFormat::Text),
        ("log_json", model.log_format == LogFormat::Json),
    ])
}
