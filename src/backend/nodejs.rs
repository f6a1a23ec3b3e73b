//! Node.js: files from `templates/nodejs`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, ServerType, TargetPlan};
use crate::output::FileMap;
use crate::plan::{Context, Literal, context};

/// The Node.js backend.
pub struct Nodejs;

static TEMPLATES: Templates = Templates {
    files: embedded::NODEJS,
    conditional: &[
        ("bytes/src/app/broadcast.js", "broadcast"),
        ("bytes/src/app/custom.js", "custom"),
        ("bytes/src/app/echo.js", "echo"),
        ("bytes/src/handlers.js", "custom"),
        ("src/app/broadcast.js", "broadcast"),
        ("src/app/custom.js", "custom"),
        ("src/app/echo.js", "echo"),
        ("src/handlers.js", "custom"),
        ("src/log-json.js", "log_json"),
        ("src/log-text.js", "log_text"),
        ("src/protocol/broadcast-message.js", "websocket and (broadcast or custom)"),
        ("src/protocol/capacity.js", "not udp"),
        ("src/protocol/client-counts.js", "per_client and not udp"),
        ("src/protocol/close.js", "websocket"),
        ("src/protocol/compressed-message.js", "websocket and compression"),
        ("src/protocol/deflate.js", "websocket and compression"),
        ("src/protocol/extensions.js", "websocket and compression"),
        ("src/protocol/failure.js", "websocket"),
        ("src/protocol/frame-reader.js", "websocket"),
        ("src/protocol/frame.js", "websocket"),
        ("src/protocol/handshake.js", "websocket"),
        ("src/protocol/head-reader.js", "websocket"),
        ("src/protocol/http.js", "websocket"),
        ("src/protocol/huffman.js", "websocket and compression"),
        ("src/protocol/inflate.js", "websocket and compression"),
        ("src/protocol/inflaters.js", "websocket and compression"),
        ("src/protocol/message.js", "websocket"),
        ("src/protocol/opening.js", "websocket"),
        ("src/protocol/outgoing.js", "websocket"),
        ("src/protocol/rate.js", "(rate_limit and not udp) or (udp and datagram_rate)"),
        ("src/protocol/sender.js", "websocket"),
        ("src/exposition.js", "metrics"),
        ("src/metrics.js", "metrics"),
        ("src/transport/status-server.js", "metrics_port"),
        ("src/protocol/tokens.js", "auth"),
        ("src/tokens.js", "auth"),
        ("src/protocol/utf8.js", "websocket and validate_utf8"),
        ("src/transport/connection.js", "not udp"),
        ("src/transport/listener.js", "not udp"),
        ("src/transport/peer.js", "not udp"),
        ("src/transport/stale-socket.js", "not udp"),
        ("src/transport/turns.js", "not udp"),
        ("src/transport/write-queue.js", "not udp"),
        ("src/unix-path.js", "not udp"),
        ("src/protocol/output.js", "not udp"),
        ("src/protocol/registry.js", "not udp"),
        ("peers/src/protocol/header.js", "reliability"),
        ("udp/src/transport/multicast.js", "multicast"),
        ("workers/src/census.js", "not udp"),
        ("workers/src/protocol/registry.js", "not udp"),
        ("workers/src/relay.js", "shares"),
        ("workers/src/reports.js", "metrics"),
        ("workers/src/transport/colleagues.js", "not udp"),
        ("tcp/src/protocol/incomplete-input.js", "not framing_none"),
        ("tsconfig.json", "types"),
    ],
    overlays: &[
        ("bytes/", "tcp or udp"),
        ("tcp/", "tcp"),
        ("udp/", "udp"),
        ("peers/", "peers"),
        ("reliability-sequence/", "udp and reliability_sequence"),
        ("reliability-ack/", "udp and reliability_ack"),
        ("workers/", "several_workers"),
        ("workers-overflow/", "shares and not udp and not overflow_pause"),
        ("peers-workers/", "peers and several_workers"),
        ("tls/", "tls"),
        ("windows/", "windows"),
        ("framing-none/", "tcp and framing_none"),
        ("framing-lines/", "tcp and framing_lines"),
        ("framing-delimiter/", "tcp and framing_delimiter"),
        ("framing-length/", "tcp and framing_length"),
    ],
    user_owned: &["src/handlers.js"],
    left_out: &["package-lock.json", "node_modules"],
    syntax: Syntax::JavaScript,
    compiled: OnceLock::new(),
};

/// How long a peer is known by default, in milliseconds.
const PEER_TIMEOUT: u64 = 60_000;

/// The first release of a major version that has all that is used: `isUtf8` of node:buffer, `reusePort` of node:net, and
/// `ALPNCallback` of node:tls, where ALPN needs it.
fn oldest_version(context: &Context, major: &str) -> String {
    match major {
        "18" if context.is("alpn_callback") => "18.19.0".to_owned(),
        "18" => "18.14.0".to_owned(),
        "22" if context.is("reuse_port") => "22.12.0".to_owned(),
        "23" if context.is("reuse_port") => "23.1.0".to_owned(),
        _ => format!("{major}.0.0"),
    }
}

/// The releases that the program runs on, as npm writes them.
fn versions(context: &Context, oldest: &str) -> String {
    // ALPNCallback came to 18 later than to 20, and never to 19.
    if context.is("alpn_callback") { format!("^{oldest} || >=20.4.0") } else { format!(">={oldest}") }
}

/// Peers are kept where something needs them, and forgotten some time after their last datagram.
fn know_peers(model: &Model, context: &mut Context) {
    let peers = ["broadcast", "custom", "datagram_rate", "reliability"].iter().any(|need| context.is(need));
    context.flags.insert("peers", peers);
    context.flags.insert("idle_timeout", peers);
    let idle = model.timeouts.idle.unwrap_or(PEER_TIMEOUT);
    context.values.insert("idle_timeout_ms", Literal::Integer(idle));
}

impl Backend for Nodejs {
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap {
        let mut context = context(model, plan);
        context.flags.insert("peers", false);
        context.values.insert("description", Literal::Text(model.description.clone()));
        context.flags.insert("alpn_callback", context.is("alpn") && plan.language_version == "18");
        let oldest = oldest_version(&context, &plan.language_version);
        context.values.insert("node_versions", Literal::Word(versions(&context, &oldest)));
        context.values.insert("node_min", Literal::Word(oldest));
        if let Some(path) = &model.listen.unix {
            context.values.insert("host", Literal::Text(format!("unix:{path}")));
        }
        let oldest_tls = if context.is("tls_only_1_3") { "TLSv1.3" } else { "TLSv1.2" };
        context.values.insert("tls_min_version", Literal::Text(oldest_tls.to_owned()));
        context.flags.insert("types", plan.types);
        if model.kind == ServerType::Udp {
            context.values.insert("read_size", Literal::Integer(model.udp.read_size()));
            know_peers(model, &mut context);
        }
        let asks = context.is("health") || context.is("metrics");
        context.flags.insert("pages", asks && context.is("websocket") && !context.is("metrics_port"));
        let broadcasts = context.is("broadcast") || context.is("custom");
        context.flags.insert("shares", context.is("several_workers") && broadcasts);
        let mut files = FileMap::default();
        TEMPLATES.render(context, &mut files);
        files
    }
}
