//! What Rust cannot do for Windows yet.

use crate::diagnostics::{Diagnostic, Span, codes};
use crate::spec::Spec;

/// Fields that have no meaning there yet.
const FIELDS: [&str; 3] = ["tls", "metrics.port", "socket.dscp"];

pub fn rust_on_windows(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let windows = spec.list("platforms").iter().find(|(name, _)| name == "windows");
    let (Some((_, platform)), true) = (windows, spec.has("targets.rust")) else { return };
    let fields = FIELDS.iter().filter(|field| spec.has(field));
    let fields = fields.filter_map(|field| Some((format!("`{field}`"), spec.span(field)?)));
    for (what, span) in fields.chain(choices(spec)) {
        problems.push(
            Diagnostic::new(&codes::NOT_AVAILABLE, format!("{what} on windows is not available for rust yet"))
                .label(span, "asked for here")
                .label(*platform, "the platform"),
        );
    }
}

/// Values that other platforms have.
fn choices(spec: &Spec) -> impl Iterator<Item = (String, Span)> {
    let own = |field: &str| {
        let own = format!("targets.rust.{field}");
        if spec.has(&own) { own } else { field.to_owned() }
    };
    let (model, workers) = (own("io.model"), own("io.workers"));
    let several = spec.has(&workers) && (spec.integer(&workers) > 1 || spec.text(&workers) == "auto");
    let elsewhere = matches!(spec.text(&model), "blocking" | "threads" | "poll" | "tokio");
    let choices = [
        (spec.text("type") == "udp", "`type: udp`".to_owned(), "type"),
        (spec.text("listen.host").starts_with("unix:"), "`listen: unix:/path`".to_owned(), "listen.host"),
        (elsewhere, format!("`io: {}`", spec.text(&model)), &model),
        (several, "`io.workers` above 1".to_owned(), &workers),
    ];
    let spans = choices.map(|(asked, what, field)| Some((what, spec.span(field).filter(|_| asked)?)));
    spans.into_iter().flatten()
}
