//! Fields that are valid but that nothing reads: a warning each.

use crate::diagnostics::{Diagnostic, Span, codes};
use crate::model::{IoModel, Target, io_model};
use crate::spec::Spec;

fn no_effect(problems: &mut Vec<Diagnostic>, field: &str, span: Span, why: &str) {
    problems.push(
        Diagnostic::new(&codes::NO_EFFECT, format!("`{field}` has no effect")).label(span, why).help("remove it"),
    );
}

/// Warns of every given field below a section.
fn section_without_effect(spec: &Spec, problems: &mut Vec<Diagnostic>, section: &str, why: &str) {
    for (field, span) in spec.below(section) {
        no_effect(problems, field, span, why);
    }
}

pub fn sections_of_other_types(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let kind = spec.text("type");
    for (section, owner) in [("websocket", "websocket"), ("heartbeat", "websocket"), ("tcp", "tcp"), ("udp", "udp")] {
        if !kind.is_empty() && kind != owner {
            section_without_effect(spec, problems, section, &format!("only type {owner} reads this"));
        }
    }
    if let (Some(span), "tcp" | "udp") = (spec.span("app.messages"), kind) {
        no_effect(problems, "app.messages", span, "only WebSocket messages have a kind");
    }
}

/// Fields that a datagram server has no use for.
const NOT_FOR_UDP: &[&str] = &[
    "listen.backlog",
    "buffers.high_watermark",
    "buffers.overflow",
    "socket.no_delay",
    "socket.keep_alive",
    "socket.cork",
    "socket.quick_ack",
    "socket.fast_open",
    "socket.defer_accept",
    "socket.user_timeout",
    "socket.linger",
    "limits.connections_per_client",
    "limits.message",
    "limits.messages_per_second",
    "limits.bytes_per_second",
    "limits.handshake",
    "timeouts.handshake",
    "timeouts.write",
    "timeouts.close",
];

pub fn streams_alone(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for field in NOT_FOR_UDP {
        if let (Some(span), "udp") = (spec.span(field), spec.text("type")) {
            no_effect(problems, field, span, "type udp has no connections");
        }
    }
}

pub fn handshake_of_tcp(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let tls = spec.has("tls") && spec.boolean("tls.enabled");
    if spec.text("type") != "tcp" {
        return;
    }
    if let Some(span) = spec.span("limits.handshake") {
        no_effect(problems, "limits.handshake", span, "type tcp has no upgrade request");
    }
    if let (Some(span), false) = (spec.span("timeouts.handshake"), tls) {
        no_effect(problems, "timeouts.handshake", span, "type tcp has no handshake without `tls`");
    }
}

/// Options that only a TCP or IP socket has.
const NOT_FOR_UNIX: &[&str] = &[
    "socket.reuse_address",
    "socket.reuse_port",
    "socket.no_delay",
    "socket.keep_alive",
    "socket.cork",
    "socket.quick_ack",
    "socket.fast_open",
    "socket.defer_accept",
    "socket.user_timeout",
    "socket.dscp",
    "socket.busy_poll",
    "socket.bind_device",
];

pub fn options_of_unix_sockets(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for field in NOT_FOR_UNIX {
        if let (Some(span), true) = (spec.span(field), spec.text("listen.host").starts_with("unix:")) {
            no_effect(problems, field, span, "a unix socket lacks this option");
        }
    }
}

pub fn trigger_without_readiness(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let reads = |target: Target| {
        spec.has(&format!("targets.{}", target.name()))
            && matches!(io_model(spec, target), Some(IoModel::Epoll | IoModel::Kqueue))
    };
    if let (Some(span), false) = (spec.span("io.trigger"), Target::ALL.into_iter().any(reads)) {
        no_effect(problems, "io.trigger", span, "no target uses epoll or kqueue");
    }
}

pub fn compression_switched_off(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if spec.boolean("websocket.compression.enabled") {
        return;
    }
    for (field, span) in spec.below("websocket.compression") {
        if field != "websocket.compression.enabled" {
            no_effect(problems, field, span, "compression is off");
        }
    }
}

pub fn heartbeat_switched_off(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), 0) = (spec.span("heartbeat.timeout"), spec.integer("heartbeat.interval")) {
        no_effect(problems, "heartbeat.timeout", span, "the heartbeat is off");
    }
}

pub fn port_of_unix_socket(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), true) = (spec.span("listen.port"), spec.text("listen.host").starts_with("unix:")) {
        no_effect(problems, "listen.port", span, "a unix socket has no port");
    }
}

pub fn features_without_chat(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), false) = (spec.span("app.features"), spec.text("app.kind") == "chat") {
        no_effect(problems, "app.features", span, "only a chat has features");
    }
}

pub fn v6_only_without_ipv6(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), false) =
        (spec.span("socket.v6_only"), spec.text("listen.host").parse::<std::net::Ipv6Addr>().is_ok())
    {
        no_effect(problems, "socket.v6_only", span, "`listen.host` is no IPv6 address");
    }
}

pub fn limit_above_the_whole(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let (one, all) = (spec.integer("limits.connections_per_client"), spec.integer("limits.connections"));
    if let (Some(span), true) = (spec.span("limits.connections_per_client"), one > all) {
        no_effect(problems, "limits.connections_per_client", span, "above `limits.connections`");
    }
}

pub fn tcp_details_without_framing(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if spec.text("type") != "tcp" {
        return;
    }
    let framing = spec.text("tcp.framing");
    for (field, reader) in
        [("tcp.delimiter", "delimiter"), ("tcp.prefix_bytes", "length-prefix"), ("tcp.endian", "length-prefix")]
    {
        if let (Some(span), true) = (spec.span(field), framing != reader) {
            no_effect(problems, field, span, &format!("only framing `{reader}` reads this"));
        }
    }
}

/// Node.js decides some things by itself.
pub fn sockets_of_nodejs(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if !spec.has("targets.nodejs") {
        return;
    }
    if let Some(span) = spec.span("buffers.receive") {
        no_effect(problems, "buffers.receive", span, "not for nodejs, which reads 64 KiB at a time");
    }
    if let (Some(span), false) = (spec.span("socket.reuse_address"), spec.boolean("socket.reuse_address")) {
        no_effect(problems, "socket.reuse_address", span, "not for nodejs, which always sets it");
    }
}
