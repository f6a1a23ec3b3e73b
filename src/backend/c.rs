//! C11: files from `templates/c`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, ServerType, TargetPlan};
use crate::output::FileMap;
use crate::plan::{Context, Literal, context};

/// The C backend.
pub struct C;

static TEMPLATES: Templates = Templates {
    files: embedded::C,
    conditional: &[
        ("src/protocol/base64.c", "websocket"),
        ("src/protocol/base64.h", "websocket"),
        ("src/protocol/frame.c", "websocket"),
        ("src/protocol/frame.h", "websocket"),
        ("src/protocol/handshake.c", "websocket"),
        ("src/protocol/http.c", "websocket"),
        ("src/protocol/http.h", "websocket"),
        ("src/protocol/incoming.c", "websocket"),
        ("tcp/src/protocol/incoming.c", "not framing_none"),
        ("src/protocol/internal.h", "websocket"),
        ("src/protocol/mask.c", "websocket"),
        ("src/protocol/mask.h", "websocket"),
        ("src/protocol/message.c", "websocket"),
        ("src/protocol/outgoing.c", "websocket"),
        ("src/protocol/sha1.c", "websocket"),
        ("src/protocol/sha1.h", "websocket"),
        ("src/protocol/utf8.c", "websocket"),
        ("src/protocol/utf8.h", "websocket"),
        ("tcp/src/protocol/framing_delimiter.c", "framing_delimiter"),
        ("tcp/src/protocol/framing_length.c", "framing_length"),
        ("tcp/src/protocol/framing_lines.c", "framing_lines"),
        ("tcp/src/protocol/framing_none.c", "framing_none"),
        ("bytes/src/app/broadcast.c", "broadcast"),
        ("bytes/src/app/custom.c", "custom"),
        ("bytes/src/app/echo.c", "echo"),
        ("bytes/src/handlers.c", "custom"),
        ("bytes/src/handlers.h", "custom"),
        ("src/app/broadcast.c", "broadcast"),
        ("src/app/custom.c", "custom"),
        ("src/app/echo.c", "echo"),
        ("src/handlers.c", "custom"),
        ("src/handlers.h", "custom"),
        ("src/log_json.c", "log_json"),
        ("src/log_text.c", "log_text"),
        ("src/protocol/deflate.c", "compression"),
        ("src/protocol/deflate.h", "compression"),
        ("src/protocol/extension.c", "compression"),
        ("src/protocol/extension.h", "compression"),
        ("src/protocol/rate.c", "rate_limit"),
        ("src/protocol/rate.h", "rate_limit"),
        ("src/transport/clients.c", "per_client"),
        ("src/transport/clients.h", "per_client"),
        ("tcp/tests/exchange_broadcast.c", "broadcast and not io_blocking"),
        ("tcp/tests/exchange_custom.c", "custom or broadcast and io_blocking"),
        ("tcp/tests/exchange_echo.c", "echo"),
        ("src/transport/epoll.c", "io_epoll and not edge"),
        ("src/transport/epoll_edge.c", "io_epoll and edge"),
        ("src/protocol/elsewhere.h", "mail"),
        ("src/transport/blocking.c", "io_blocking"),
        ("src/transport/mail.c", "mail"),
        ("src/transport/mail.h", "mail"),
        ("src/transport/one_peer.c", "io_blocking or io_threads"),
        ("src/transport/one_peer.h", "io_blocking or io_threads"),
        ("src/transport/poll.c", "io_poll"),
        ("src/transport/serve_many.c", "several_workers"),
        ("src/transport/serve_one.c", "not several_workers"),
        ("src/transport/thread.c", "threaded"),
        ("src/transport/thread.h", "threaded"),
        ("src/transport/threads.c", "io_threads"),
        ("src/transport/readiness.c", "readiness"),
        ("src/transport/readiness.h", "readiness"),
        ("src/transport/select.c", "io_select"),
        ("src/transport/uring.c", "io_uring"),
        ("src/transport/uring.h", "io_uring"),
        ("tests/exchange_broadcast.c", "broadcast and not io_blocking"),
        ("tests/exchange_custom.c", "custom or broadcast and io_blocking"),
        ("tests/exchange_echo.c", "echo"),
    ],
    overlays: &[("bytes/", "tcp or udp"), ("tcp/", "tcp")],
    user_owned: &["src/handlers.c"],
    left_out: &[],
    syntax: Syntax::C,
    compiled: OnceLock::new(),
};

/// What one type of server alone has, whatever the spec says by default.
const OTHERS_ALONE: &[(ServerType, &[&str])] = &[
    (
        ServerType::WebSocket,
        &[
            "any_path",
            "binary_only",
            "client_takeover",
            "compression",
            "fragment_size",
            "heartbeat",
            "origins",
            "require_subprotocol",
            "server_takeover",
            "subprotocols",
            "text_only",
            "validate_utf8",
        ],
    ),
    (ServerType::Tcp, &["framing_delimiter", "framing_length", "framing_lines", "framing_none", "prefix_little"]),
];

impl Backend for C {
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap {
        let mut context = context(model, plan);
        for flag in OTHERS_ALONE.iter().filter(|(kind, _)| *kind != model.kind).flat_map(|(_, flags)| *flags) {
            context.flags.insert(flag, false);
        }
        context.values.insert("description", Literal::Text(model.description.clone()));
        context.values.insert("standard", Literal::Word(plan.language_version.clone()));
        context.values.insert("compiler", Literal::Word(plan.compiler.clone().unwrap_or_default()));
        if let Some(path) = &model.listen.unix {
            context.values.insert("host", Literal::Text(format!("unix:{path}")));
        }
        derive(&mut context);
        let mut files = FileMap::default();
        TEMPLATES.render(&context, &mut files);
        files
    }
}

/// What follows from several flags at once.
fn derive(context: &mut Context) {
    let stream_options = ["no_delay", "keep_alive", "cork", "fast_open", "defer_accept", "user_timeout", "linger"];
    let stream_options = !context.is("udp") && stream_options.iter().any(|option| context.is(option));
    context.flags.insert("stream_options", stream_options);
    let threaded = context.is("several_workers") || context.is("io_threads") && !context.is("udp");
    context.flags.insert("threaded", threaded);
    if context.is("several_workers") && (context.is("udp") || !context.is("io_blocking")) {
        context.flags.insert("reuse_port", true);
    }
    let mail = threaded && !context.is("udp") && !context.is("echo");
    context.flags.insert("mail", mail);
    let readiness = !context.is("udp") && !context.is("io_uring");
    context.flags.insert("readiness", readiness);
    context.flags.insert("direct_input", readiness && (context.is("websocket") || context.is("framing_length")));
}
