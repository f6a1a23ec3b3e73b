//! Python: files from `templates/python`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, TargetPlan, Udp};
use crate::output::FileMap;
use crate::plan::{Context, Literal, context};

/// The Python backend.
pub struct Python;

static TEMPLATES: Templates = Templates {
    files: embedded::PYTHON,
    conditional: &[
        ("bytes/server/app/broadcast.py", "broadcast"),
        ("bytes/server/app/custom.py", "custom"),
        ("bytes/server/app/echo.py", "echo"),
        ("bytes/server/app/metered.py", "metrics"),
        ("http/server/protocol/pages.py", "metrics or health"),
        ("server/protocol/metrics.py", "metrics"),
        ("server/protocol/shared_metrics.py", "metrics and processes"),
        ("server/log_json.py", "log_json"),
        ("server/log_text.py", "log_text"),
        ("server/transport/requirement.py", "io_uvloop"),
        ("server/transport/signals.py", "processes or not io_asyncio and not io_uvloop or udp and windows"),
        ("server/transport/workers.py", "processes"),
        ("streams/server/protocol/census.py", "processes"),
        ("server/transport/bus.py", "bus"),
        ("models/sockets/server/transport/callbacks.py", "bus"),
        ("streams/server/transport/seat.py", "bus"),
        ("udp/server/transport/seat.py", "bus"),
        ("udp_peers/server/protocol/census.py", "processes"),
        ("models/asyncio/server/transport/progress.py", "write_timeout"),
        ("streams/server/protocol/rate.py", "rate_limit"),
        ("tcp/server/handlers.py", "custom"),
        ("tls/server/protocol/client_hello.py", "alpn"),
        ("udp/server/handlers.py", "custom"),
        ("udp/server/protocol/bucket.py", "datagram_rate"),
        ("udp/server/protocol/header.py", "reliability"),
        ("websocket/server/app/broadcast.py", "broadcast"),
        ("websocket/server/app/custom.py", "custom"),
        ("websocket/server/app/echo.py", "echo"),
        ("websocket/server/handlers.py", "custom"),
        ("websocket/server/app/metered.py", "metrics"),
        ("websocket/server/protocol/deflate.py", "compression"),
        ("websocket/server/protocol/extensions.py", "compression"),
        ("websocket/server/protocol/keepalive.py", "heartbeat or idle_timeout"),
        ("websocket/server/protocol/utf8.py", "validate_utf8"),
    ],
    overlays: &[
        ("models/asyncio/", "not udp and (io_asyncio or io_uvloop)"),
        ("models/sockets/", "not udp and not io_asyncio and not io_uvloop"),
        ("models/reactor/", "not udp and (io_blocking or io_select or io_poll or io_epoll or io_kqueue)"),
        ("models/select/", "io_select"),
        ("models/poll/", "io_poll or (io_blocking or io_threads) and not windows"),
        ("models/selectors/", "(io_blocking or io_threads) and windows"),
        ("models/epoll/", "io_epoll"),
        ("models/kqueue/", "io_kqueue"),
        ("models/threads/", "not udp and io_threads"),
        ("streams/", "not udp"),
        ("auth/", "auth"),
        ("tls/", "tls"),
        ("http/", "websocket or metrics_port"),
        ("monitor/", "metrics_port"),
        ("bytes/", "tcp or udp"),
        ("tcp_none/", "tcp and framing_none"),
        ("tcp_lines/", "tcp and framing_lines"),
        ("tcp_delimiter/", "tcp and framing_delimiter"),
        ("tcp_length/", "tcp and framing_length"),
        ("tcp/", "tcp"),
        ("udp_ack/", "udp and reliability_ack"),
        ("udp_sequence/", "udp and reliability_sequence"),
        ("udp_asyncio/", "udp and (io_asyncio or io_uvloop)"),
        ("udp_poller/", "udp and not io_asyncio and not io_uvloop"),
        ("udp_direct/", "udp and not peers"),
        ("udp_peers/", "peers"),
        ("udp_v4/", "udp and multicast and not multicast_v6"),
        ("udp_v6/", "udp and multicast and multicast_v6"),
        ("udp/", "udp"),
        ("websocket/", "websocket"),
    ],
    user_owned: &["server/handlers.py"],
    left_out: &[],
    syntax: Syntax::Python,
    compiled: OnceLock::new(),
};

impl Backend for Python {
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap {
        let mut context = context(model, plan);
        if let Some(path) = &model.listen.unix {
            context.values.insert("host", Literal::Text(format!("unix:{path}")));
        }
        context.flags.extend(option_flags(&context));
        let processes = context.is("several_workers");
        context.flags.insert("bus", processes && !context.is("echo"));
        context.flags.insert("processes", processes);
        context.values.insert("description", Literal::Text(model.description.clone()));
        datagrams(&mut context, &model.udp);
        // Where WebSockets are served they are too.
        let pages = !context.is("metrics_port") && (context.is("metrics") || context.is("health"));
        context.flags.insert("pages", pages);
        context.flags.insert("files", context.is("tokens_file") || context.is("tls"));
        let lacking =
            context.is("busy_poll") || context.is("macos") && (context.is("keep_alive") || context.is("linger"));
        context.flags.insert("own_numbers", lacking);
        context.values.insert("tokens_source", Literal::Text(tokens_source(&context)));
        let order = if context.is("prefix_little") { "little" } else { "big" };
        context.values.insert("prefix_order", Literal::Text(order.to_owned()));
        context.values.insert("python_min", Literal::Word(plan.language_version.clone()));
        context.values.insert("python_tag", Literal::Word(format!("py{}", plan.language_version.replace('.', ""))));
        let mut files = FileMap::default();
        TEMPLATES.render(context, &mut files);
        files
    }
}

/// Where tokens come from, for people.
fn tokens_source(context: &Context) -> String {
    let named = ["tokens_file_path", "tokens_variable_name"].map(|name| context.values.get(name));
    let named = named.into_iter().flatten().filter_map(|value| match value {
        Literal::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    });
    named.collect::<Vec<_>>().join(", ")
}

/// What servers of datagrams are told beside what all languages know.
fn datagrams(context: &mut Context, udp: &Udp) {
    let idle = context.values.get("idle_timeout_ms").filter(|idle| **idle != Literal::Integer(0));
    let peer_timeout = idle.cloned().unwrap_or(Literal::Integer(60_000));
    context.values.insert("peer_timeout", peer_timeout);
    context.values.insert("multicast_loops", Literal::Boolean(context.is("multicast_loopback")));
    context.values.insert("read_size", Literal::Integer(udp.read_size()));
    let keep = ["broadcast", "custom", "datagram_rate", "reliability"];
    let keeps_peers = context.is("udp") && keep.iter().any(|flag| context.is(flag));
    context.flags.insert("peers", keeps_peers);
}

/// Which options there are: on TCP alone, such as a unix socket has too, such as have values.
fn option_flags(context: &Context) -> [(&'static str, bool); 3] {
    let any = |flags: &[&str]| flags.iter().any(|flag| context.is(flag));
    let tcp_values = ["keep_alive", "linger", "fast_open", "defer_accept", "user_timeout"];
    let unix = ["socket_receive_buffer", "socket_send_buffer", "receive_low_watermark"];
    let tcp = !context.is("udp");
    [
        ("tcp_options", tcp && (context.is("no_delay") || any(&tcp_values))),
        ("unix_options", tcp && any(&unix)),
        ("options_with_values", any(&unix) || any(&["dscp", "busy_poll", "bind_device"]) || tcp && any(&tcp_values)),
    ]
}
