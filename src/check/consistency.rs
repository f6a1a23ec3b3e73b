//! Fields that depend on each other.

use crate::diagnostics::{Diagnostic, Span, codes};
use crate::model::Target;
use crate::spec::Spec;

pub fn language_version(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let version = spec.integer("specgen");
    if let (Some(span), true) = (spec.span("specgen"), version != 1) {
        problems.push(
            Diagnostic::new(
                &codes::UNSUPPORTED_VERSION,
                format!("version {version} of the spec language is not known"),
            )
            .label(span, "this specgen reads version 1"),
        );
    }
}

pub fn targets_given(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let none = Target::ALL.iter().all(|target| !spec.has(&format!("targets.{}", target.name())));
    if let (Some(span), true) = (spec.span("targets"), none) {
        problems.push(
            Diagnostic::new(&codes::MISSING, "`targets` names no language")
                .label(span, "nothing would be generated")
                .help("choices: c, python, nodejs, rust"),
        );
    }
}

pub fn subprotocol_required(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let required = spec.boolean("websocket.require_subprotocol");
    if let (Some(span), true, []) =
        (spec.span("websocket.require_subprotocol"), required, spec.list("websocket.subprotocols"))
    {
        problems.push(
            Diagnostic::new(
                &codes::INCOMPLETE,
                "`websocket.require_subprotocol` without subprotocols refuses everybody",
            )
            .label(span, "asks for one of none")
            .help("list them in `websocket.subprotocols`"),
        );
    }
}

pub fn chat_on_websocket(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), "chat", "tcp" | "udp") = (spec.span("app.kind"), spec.text("app.kind"), spec.text("type")) {
        problems.push(
            Diagnostic::new(&codes::CONTRADICTION, "`app: chat` is of type websocket alone")
                .label(span, "a chat")
                .label(spec.span("type").unwrap_or(span), "another type"),
        );
    }
}

/// Reports that `field` is missing where `section` asks for it.
fn require(spec: &Spec, problems: &mut Vec<Diagnostic>, section: Option<Span>, field: &str, why: &str) {
    if let (Some(span), false) = (section, spec.has(field)) {
        problems.push(Diagnostic::new(&codes::MISSING, format!("`{field}` is missing")).label(span, why));
    }
}

pub fn tls_files(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if !spec.boolean("tls.enabled") {
        return;
    }
    for field in ["tls.certificate", "tls.key"] {
        require(spec, problems, spec.span("tls"), field, "TLS needs the path of a PEM file");
    }
}

pub fn bearer_tokens(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let some = spec.has("auth.tokens_file") || spec.has("auth.tokens_variable");
    if spec.text("auth.kind") == "bearer" && !some {
        let section = spec.span("auth.kind");
        require(spec, problems, section, "auth.tokens_file", "needs this, or `auth.tokens_variable`");
    }
}

pub fn cluster_url(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if spec.text("cluster.backplane") != "none" {
        require(spec, problems, spec.span("cluster.backplane"), "cluster.url", "a backplane needs its URL");
    }
}

pub fn multicast_group(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    require(spec, problems, spec.span("udp.multicast"), "udp.multicast.group", "multicast needs a group");
}

pub fn multicast_address(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let address = spec.text("udp.multicast.group").parse::<std::net::IpAddr>();
    if let (Some(span), Ok(false)) = (spec.span("udp.multicast.group"), address.map(|address| address.is_multicast())) {
        problems.push(
            Diagnostic::new(&codes::OUT_OF_RANGE, "`udp.multicast.group` is not a multicast address")
                .label(span, "one host's")
                .help("IPv4 groups lie in 224.0.0.0/4, IPv6 groups in ff00::/8"),
        );
    }
}

pub fn tcp_delimiter(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if spec.text("tcp.framing") == "delimiter" {
        require(spec, problems, spec.span("tcp.framing"), "tcp.delimiter", "this framing needs one");
    }
}

pub fn tcp_prefix_bytes(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), false) =
        (spec.span("tcp.prefix_bytes"), [1, 2, 4, 8].contains(&spec.integer("tcp.prefix_bytes")))
    {
        problems.push(
            Diagnostic::new(&codes::OUT_OF_RANGE, "`tcp.prefix_bytes` is 1, 2, 4 or 8").label(span, "none of these"),
        );
    }
}

pub fn rust_edition(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let edition = spec.integer("targets.rust.edition");
    if let (Some(span), false) = (spec.span("targets.rust.edition"), [2021, 2024].contains(&edition)) {
        problems.push(
            Diagnostic::new(&codes::OUT_OF_RANGE, "`targets.rust.edition` is 2021 or 2024").label(span, "no edition"),
        );
    }
}

pub fn unix_socket_type(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), "udp", true) =
        (spec.span("listen.host"), spec.text("type"), spec.text("listen.host").starts_with("unix:"))
    {
        problems.push(
            Diagnostic::new(&codes::CONTRADICTION, "a unix socket serves tcp and websocket, not udp")
                .label(span, "a unix socket")
                .label(spec.span("type").unwrap_or(span), "udp"),
        );
    }
}

/// Only a websocket's port speaks HTTP.
pub fn metrics_and_health(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let kind = spec.text("type");
    if !matches!(kind, "tcp" | "udp") {
        return;
    }
    if let (Some(span), false) = (spec.span("metrics"), spec.has("metrics.port")) {
        problems.push(
            Diagnostic::new(&codes::INCOMPLETE, format!("`metrics` of type {kind} needs a port of its own"))
                .label(span, "asked for here")
                .help("set `metrics.port`"),
        );
    }
    if let (Some(span), false) = (spec.span("health"), spec.has("metrics.port")) {
        problems.push(
            Diagnostic::new(&codes::INCOMPLETE, format!("`health` of type {kind} needs the port of `metrics`"))
                .label(span, "asked for here")
                .help("set `metrics.port`; the health check is served there"),
        );
    }
}

pub fn auth_on_websocket(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), "tcp" | "udp", false) =
        (spec.span("auth.kind"), spec.text("type"), spec.text("auth.kind") == "none")
    {
        problems.push(
            Diagnostic::new(&codes::CONTRADICTION, "`auth` is of type websocket alone: it is checked in the handshake")
                .label(span, "asked for here")
                .label(spec.span("type").unwrap_or(span), "another type"),
        );
    }
}

pub fn tls_type(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if let (Some(span), "udp", true) = (spec.span("tls"), spec.text("type"), spec.boolean("tls.enabled")) {
        problems.push(
            Diagnostic::new(&codes::CONTRADICTION, "`tls` serves tcp and websocket, not udp")
                .label(span, "asked for here")
                .label(spec.span("type").unwrap_or(span), "udp"),
        );
    }
}

/// Reports a lower bound that is above its upper bound.
fn ordered(spec: &Spec, problems: &mut Vec<Diagnostic>, low: &str, high: &str) {
    if let (Some(span), true) = (spec.span(low).or(spec.span(high)), spec.integer(low) > spec.integer(high)) {
        problems.push(
            Diagnostic::new(&codes::CONTRADICTION, format!("`{low}` is above `{high}`")).label(span, "must not be"),
        );
    }
}

pub fn reconnect_waits(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    ordered(spec, problems, "client.reconnect.initial", "client.reconnect.max");
}

pub fn pool_bounds(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    ordered(spec, problems, "client.pool.min", "client.pool.max");
}
