//! The flags and values that templates know, the same for every language.

use std::collections::BTreeMap;

use crate::model::{Accepts, App, LogFormat, Model, Overflow};

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

/// The context of a model.
pub fn context(model: &Model) -> Context {
    let mut context = Context { flags: flags(model), values: BTreeMap::new() };
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
