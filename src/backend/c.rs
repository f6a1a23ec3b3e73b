//! C11: files from `templates/c`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, Platform, ServerType, TargetPlan};
use crate::output::FileMap;
use crate::plan::{Context, Literal, context};

/// The C backend.
pub struct C;

static TEMPLATES: Templates = Templates {
    files: embedded::C,
    conditional: &[
        ("src/protocol/admission.h", "not udp"),
        ("src/protocol/buffer.c", "not udp"),
        ("src/protocol/buffer.h", "not udp"),
        ("src/transport/admission.c", "not udp"),
        ("src/transport/admission.h", "not udp"),
        ("src/transport/connection.c", "not udp"),
        ("src/transport/connection.h", "not udp"),
        ("src/transport/output.c", "not udp"),
        ("src/transport/output.h", "not udp"),
        ("src/transport/report.c", "not udp"),
        ("src/transport/timers.c", "not udp or reliability_ack"),
        ("src/transport/timers.h", "not udp or reliability_ack"),
        ("src/protocol/base64.c", "websocket"),
        ("src/protocol/base64.h", "websocket"),
        ("src/protocol/bearer.c", "auth"),
        ("src/protocol/bearer.h", "auth"),
        ("src/protocol/frame.c", "websocket"),
        ("src/protocol/frame.h", "websocket"),
        ("src/protocol/handshake.c", "websocket"),
        ("src/protocol/http.c", "websocket or metrics_port"),
        ("src/protocol/http.h", "websocket or metrics_port"),
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
        ("src/protocol/rate.c", "rate_limit or datagram_rate"),
        ("src/protocol/rate.h", "rate_limit or datagram_rate"),
        ("src/metrics.c", "metrics"),
        ("src/metrics.h", "metrics"),
        ("src/transport/services.c", "metrics_port"),
        ("src/transport/services.h", "metrics_port"),
        ("src/transport/services_io.c", "metrics_port and posix"),
        ("src/transport/services_io.h", "metrics_port"),
        ("src/transport/services_io_windows.c", "metrics_port and windows"),
        ("src/tokens.c", "auth"),
        ("src/tokens.h", "auth"),
        ("src/credential_files.c", "tls"),
        ("src/credential_files.h", "tls"),
        ("src/credentials.c", "tls"),
        ("src/credentials.h", "tls"),
        ("src/protocol/tls.c", "tls"),
        ("src/protocol/tls.h", "tls"),
        ("src/transport/secure.c", "tls"),
        ("src/transport/secure.h", "tls"),
        ("src/transport/clients.c", "per_client"),
        ("src/transport/clients.h", "per_client"),
        ("tcp/tests/exchange_broadcast.c", "broadcast and not io_blocking"),
        ("tcp/tests/exchange_custom.c", "custom or broadcast and io_blocking"),
        ("tcp/tests/exchange_echo.c", "echo"),
        ("src/transport/edge.c", "edge"),
        ("src/transport/edge.h", "edge"),
        ("src/transport/epoll.c", "not udp and (io_epoll and not edge)"),
        ("src/transport/epoll_edge.c", "io_epoll and edge"),
        ("src/transport/kqueue.c", "not udp and (io_kqueue and not edge)"),
        ("src/transport/kqueue_edge.c", "io_kqueue and edge"),
        ("src/transport/platform.c", "platform and posix"),
        ("src/transport/options_windows.c", "keep_alive and windows and not udp"),
        ("src/transport/option_names.h", "macos_options or freebsd_options"),
        ("src/transport/platform.h", "platform"),
        ("src/transport/platform_windows.c", "windows and draws"),
        ("src/transport/wake_eventfd.c", "linux"),
        ("src/transport/wake_kqueue.c", "macos or freebsd"),
        ("src/transport/iocp.c", "not udp and io_iocp"),
        ("src/transport/iocp.h", "not udp and io_iocp"),
        ("src/transport/wake_iocp.c", "not udp and io_iocp"),
        ("src/transport/wake_windows.c", "windows and (udp or not io_iocp)"),
        ("src/transport/signals.c", "posix"),
        ("src/transport/signals_windows.c", "windows"),
        ("src/transport/socket_io.c", "posix"),
        ("src/transport/socket_io_windows.c", "windows"),
        ("src/transport/winsock.c", "windows"),
        ("src/transport/winsock.h", "windows"),
        ("src/transport/wsapoll.c", "not udp and io_wsapoll"),
        ("src/windows/arpa/inet.h", "windows"),
        ("src/windows/poll.c", "windows and (io_blocking or io_threads) and not udp"),
        ("src/windows/poll.h", "windows and (io_blocking or io_threads) and not udp"),
        ("src/transport/winsock_poll.c", "windows and (io_wsapoll or io_blocking or io_threads) and not udp"),
        ("src/transport/winsock_poll.h", "windows and (io_wsapoll or io_blocking or io_threads) and not udp"),
        ("src/windows/memmem.c", "windows and (websocket or framing_delimiter or metrics_port)"),
        ("src/windows/netinet/in.h", "windows"),
        ("src/windows/string.h", "windows and (websocket or framing_delimiter or metrics_port)"),
        ("src/windows/netinet/tcp.h", "windows and stream_options"),
        ("src/windows/sys/socket.h", "windows"),
        ("src/windows/sys/uio.h", "windows"),
        ("src/windows/sys/un.h", "windows and not udp"),
        ("udp/src/transport/batch.c", "macos"),
        ("udp/src/transport/batch.h", "macos"),
        ("udp/src/transport/kqueue.c", "io_kqueue"),
        ("udp/src/transport/segments.c", "linux"),
        ("udp/src/transport/segments_none.c", "portable"),
        ("src/protocol/elsewhere.h", "mail"),
        ("src/transport/blocking.c", "not udp and io_blocking"),
        ("src/transport/mail.c", "mail"),
        ("src/transport/mail.h", "mail"),
        ("src/transport/one_peer.c", "not udp and (io_blocking or io_threads)"),
        ("src/transport/one_peer.h", "not udp and (io_blocking or io_threads)"),
        ("src/transport/poll.c", "not udp and io_poll"),
        ("src/transport/serve_many.c", "several_workers"),
        ("src/transport/serve_one.c", "not several_workers"),
        ("src/transport/thread.c", "(threaded or metrics_port) and posix"),
        ("src/transport/thread.h", "threaded or metrics_port"),
        ("src/transport/thread_windows.c", "(threaded or metrics_port) and windows"),
        ("src/transport/threads.c", "not udp and io_threads"),
        ("src/transport/readiness.c", "readiness"),
        ("src/transport/readiness.h", "readiness"),
        ("src/transport/select.c", "not udp and io_select and posix"),
        ("src/transport/select_windows.c", "not udp and io_select and windows"),
        ("src/transport/uring.c", "not udp and io_uring"),
        ("src/transport/uring.h", "not udp and io_uring"),
        ("tests/exchange_broadcast.c", "broadcast and not io_blocking"),
        ("tests/exchange_custom.c", "custom or broadcast and io_blocking"),
        ("udp/src/protocol/header.c", "reliability"),
        ("udp/src/protocol/header.h", "reliability"),
        ("udp/src/protocol/reliability.h", "reliability"),
        ("udp/src/protocol/reliability_ack.c", "reliability_ack"),
        ("udp/src/protocol/reliability_sequence.c", "reliability_sequence"),
        ("udp/src/transport/blocking.c", "(io_blocking or io_threads) and posix"),
        ("udp/src/transport/epoll.c", "io_epoll"),
        ("udp/src/transport/serve_many.c", "several_workers"),
        ("udp/src/transport/serve_one.c", "not several_workers"),
        ("udp/src/transport/multicast.h", "multicast"),
        ("udp/src/transport/multicast_interface.c", "posix and multicast_v6 and multicast_interface"),
        ("udp/src/transport/multicast_interface_windows.c", "windows and multicast_v6 and multicast_interface"),
        ("udp/src/transport/multicast_address_windows.c", "windows and multicast_interface and not multicast_v6"),
        ("udp/src/transport/adapters.c", "windows and multicast_interface"),
        ("udp/src/transport/adapters.h", "windows and multicast_interface"),
        ("udp/src/transport/multicast_v4.c", "multicast and not multicast_v6"),
        ("udp/src/transport/multicast_v6.c", "multicast_v6"),
        ("udp/src/transport/peers.c", "peers"),
        ("udp/src/transport/peers.h", "peers"),
        ("udp/src/transport/poll.c", "io_poll"),
        ("udp/src/transport/select.c", "io_select and posix"),
        ("udp/src/transport/select_windows.c", "io_select and windows"),
        ("udp/src/transport/socket_io.c", "posix"),
        ("udp/src/transport/socket_io_windows.c", "windows"),
        ("udp/src/transport/uring.c", "io_uring"),
        ("udp/src/transport/wsapoll.c", "io_wsapoll or io_iocp or windows and (io_blocking or io_threads)"),
        ("udp/tests/exchange_broadcast.c", "broadcast"),
        ("udp/tests/exchange_custom.c", "custom"),
        ("udp/tests/exchange_echo.c", "echo"),
        ("tests/exchange_echo.c", "echo"),
        ("tests/certificate.c", "tls"),
        ("tests/certificate.h", "tls"),
        ("tests/credential_files.c", "tls"),
        ("tests/tls_client.c", "tls"),
        ("tests/tls_client.h", "tls"),
    ],
    overlays: &[("bytes/", "tcp or udp"), ("tcp/", "tcp"), ("udp/", "udp")],
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
    (
        ServerType::Udp,
        &[
            "datagram_rate",
            "multicast",
            "multicast_interface",
            "multicast_loopback",
            "multicast_v6",
            "reliability",
            "reliability_ack",
            "reliability_sequence",
            "udp_broadcast",
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
        // Peers are forgotten in any case.
        context.values.insert("peer_timeout", Literal::Integer(model.timeouts.idle.unwrap_or(60_000)));
        context.values.insert("systems", Literal::Word(systems(&model.platforms)));
        derive(&mut context);
        let mut files = FileMap::default();
        TEMPLATES.render(context, &mut files);
        files
    }
}

/// What systems do in different ways, and which options go by other names there.
fn derive_platforms(context: &mut Context) {
    let stream = !context.is("udp");
    let draws = context.is("peers") && (context.is("macos") || context.is("windows"));
    let platform = context.is("macos") || draws || context.is("portable") && context.is("several_workers");
    let macos_options = context.is("macos") && stream && (context.is("keep_alive") || context.is("linger"));
    let freebsd_options = context.is("freebsd") && (context.is("reuse_port") || stream && context.is("cork"));
    context.flags.insert("draws", draws);
    context.flags.insert("platform", platform);
    context.flags.insert("macos_options", macos_options);
    context.flags.insert("freebsd_options", freebsd_options);
}

/// As a sentence lists them: `Linux, macOS or FreeBSD`.
fn systems(platforms: &[Platform]) -> String {
    let names: Vec<&str> = platforms.iter().map(|platform| platform.title()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
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
    let needing_peers = ["broadcast", "custom", "datagram_rate", "reliability"];
    context.flags.insert("peers", context.is("udp") && needing_peers.iter().any(|flag| context.is(flag)));
    derive_platforms(context);
    let readiness_once = !context.is("udp") && (context.is("io_epoll") || context.is("io_kqueue"));
    context.flags.insert("edge", context.is("edge") && readiness_once);
    let mail = threaded && !context.is("udp") && !context.is("echo");
    context.flags.insert("mail", mail);
    let readiness = !context.is("udp") && !context.is("io_uring");
    context.flags.insert("readiness", readiness);
    // Not where IOCP is the only model.
    let polled = readiness && (context.is("posix") || !context.is("io_iocp"));
    context.flags.insert("polled", polled);
    let direct_input = (readiness || context.is("tls")) && (context.is("websocket") || context.is("framing_length"));
    context.flags.insert("direct_input", direct_input);
    let here = !context.is("metrics_port");
    context.flags.insert("health_here", here && context.is("health"));
    context.flags.insert("metrics_here", here && context.is("metrics"));
    context.flags.insert("services_here", here && (context.is("health") || context.is("metrics")));
}
