//! What C, Python and Rust lack on Windows. (Node.js: `availability::platforms_of_nodejs`.)

use super::availability::targets;
use crate::diagnostics::{Diagnostic, Span, codes};
use crate::model::{Target, io_model_path};
use crate::plan::capability::Support;
use crate::spec::Spec;

/// What a spec asks for, how a target lacks it, and the field that asks.
type Lack = (Support, String, String);

pub fn lacks_on_windows(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let windows = spec.list("platforms").iter().find(|(name, _)| name == "windows");
    let Some((_, platform)) = windows else { return };
    for target in targets(spec).filter(|target| *target != Target::Nodejs) {
        for (support, what, field) in fields(spec, target).chain(values(spec, target)) {
            let Some(span) = spec.span(&field) else { continue };
            problems.push(report(target, support, &what, span).label(*platform, "the platform"));
        }
    }
}

fn report(target: Target, support: Support, what: &str, span: Span) -> Diagnostic {
    let name = target.name();
    let problem = match support {
        Support::Never => {
            Diagnostic::new(&codes::MODEL_NOT_FOR_PLATFORM, format!("windows has no {what} (target {name})"))
        }
        _ => Diagnostic::new(&codes::NOT_AVAILABLE, format!("{what} on windows is not available for {name} yet")),
    };
    problem.label(span, "asked for here")
}

/// Fields that nothing is generated for.
fn fields(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let (support, fields): (_, &[&str]) = match target {
        Target::C => (
            Support::NotYet,
            &["tls", "udp", "metrics.port", "socket.keep_alive", "socket.linger", "socket.dscp", "socket.reuse_port"],
        ),
        Target::Python => (Support::NotYet, &["udp.multicast", "socket.dscp"]),
        Target::Nodejs => (Support::Never, &[]),
        // Sockets have no such option that the system heeds.
        Target::Rust => (Support::Never, &["socket.dscp"]),
    };
    let given = fields.iter().filter(|field| spec.has(field));
    given.map(move |field| (support, format!("`{field}`"), (*field).to_owned()))
}

/// Values of fields that have others there.
fn values(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let model = io_model_path(spec, target);
    let own = format!("targets.{}.io.workers", target.name());
    let workers = if spec.has(&own) { own } else { "io.workers".to_owned() };
    let word = spec.text(&model);
    let python = target == Target::Python;
    let (elsewhere, models): (_, &[&str]) = match target {
        Target::C => (Support::NotYet, &["blocking", "threads", "select", "poll"]),
        // What they have no counterpart of in their libraries, and what goes by another name there.
        Target::Python | Target::Nodejs | Target::Rust => (Support::Never, &["poll"]),
    };
    let called = if elsewhere == Support::Never { format!("`{word}`") } else { format!("`io: {word}`") };
    let several = spec.integer(&workers) > 1 || spec.text(&workers) == "auto";
    let uvloop = python && word != "uvloop" && spec.boolean("targets.python.uvloop");
    let unix = spec.text("listen.host").starts_with("unix:");
    let asked = [
        (
            target == Target::C && spec.text("type") == "udp",
            Support::NotYet,
            "`type: udp`".to_owned(),
            "type".to_owned(),
        ),
        (unix, elsewhere, "`listen: unix:/path`".to_owned(), "listen.host".to_owned()),
        (models.contains(&word), elsewhere, called, model.clone()),
        (several && target != Target::Rust, Support::NotYet, "`io.workers` above 1".to_owned(), workers),
        (uvloop, Support::Never, "`uvloop`".to_owned(), "targets.python.uvloop".to_owned()),
    ];
    asked.into_iter().filter(|(asked, ..)| *asked).map(|(_, support, what, field)| (support, what, field))
}
