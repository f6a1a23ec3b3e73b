//! Python: files from `templates/python`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, TargetPlan};
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
        ("server/log_json.py", "log_json"),
        ("server/log_text.py", "log_text"),
        ("server/protocol/rate.py", "rate_limit"),
        ("server/transport/signals.py", "not io_asyncio and not io_uvloop"),
        ("models/asyncio/server/transport/progress.py", "write_timeout"),
        ("tcp/server/handlers.py", "custom"),
        ("websocket/server/app/broadcast.py", "broadcast"),
        ("websocket/server/app/custom.py", "custom"),
        ("websocket/server/app/echo.py", "echo"),
        ("websocket/server/handlers.py", "custom"),
        ("websocket/server/protocol/deflate.py", "compression"),
        ("websocket/server/protocol/extensions.py", "compression"),
        ("websocket/server/protocol/keepalive.py", "heartbeat or idle_timeout"),
        ("websocket/server/protocol/utf8.py", "validate_utf8"),
    ],
    overlays: &[
        ("models/asyncio/", "io_asyncio or io_uvloop"),
        ("models/sockets/", "not io_asyncio and not io_uvloop"),
        ("models/reactor/", "io_blocking or io_select or io_poll or io_epoll or io_kqueue"),
        ("models/select/", "io_select"),
        ("models/poll/", "io_poll or io_blocking or io_threads"),
        ("models/epoll/", "io_epoll"),
        ("models/kqueue/", "io_kqueue"),
        ("models/threads/", "io_threads"),
        ("bytes/", "tcp or udp"),
        ("tcp_none/", "tcp and framing_none"),
        ("tcp_lines/", "tcp and framing_lines"),
        ("tcp_delimiter/", "tcp and framing_delimiter"),
        ("tcp_length/", "tcp and framing_length"),
        ("tcp/", "tcp"),
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
        context.values.insert("description", Literal::Text(model.description.clone()));
        let order = if context.is("prefix_little") { "little" } else { "big" };
        context.values.insert("prefix_order", Literal::Text(order.to_owned()));
        context.values.insert("python_min", Literal::Word(plan.language_version.clone()));
        context.values.insert("python_tag", Literal::Word(format!("py{}", plan.language_version.replace('.', ""))));
        let mut files = FileMap::default();
        TEMPLATES.render(&context, &mut files);
        files
    }
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
