//! What C, Python and Rust lack on Windows. (Node.js: `availability::platforms_of_nodejs`.)

use std::net::IpAddr;

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

/// Elsewhere it keeps what is sent to the host itself away.
pub fn group_as_host_on_windows(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let host = spec.text("listen.host").parse::<IpAddr>();
    let Some(any) = host.ok().filter(IpAddr::is_multicast).map(|group| if group.is_ipv6() { "::" } else { "0.0.0.0" })
    else {
        return;
    };
    let windows = spec.list("platforms").iter().find(|(name, _)| name == "windows");
    let (Some((_, platform)), Some(span)) = (windows, spec.span("listen.host")) else { return };
    problems.push(
        Diagnostic::new(&codes::MODEL_NOT_FOR_PLATFORM, "windows binds no group's address")
            .label(span, "asked for here")
            .label(*platform, "the platform")
            .help(format!("`listen: \"{any}\"` takes what the group is sent, too")),
    );
}

fn report(target: Target, support: Support, what: &str, span: Span) -> Diagnostic {
    let name = target.name();
    let problem = match support {
        Support::Never => {
            Diagnostic::new(&codes::MODEL_NOT_FOR_PLATFORM, format!("windows has no {what} (target {name})"))
        }
        _ => Diagnostic::new(&codes::NOT_AVAILABLE, format!("{what} on windows is not available for {name} yet")),
    };
    let problem = problem.label(span, "asked for here");
    if what == "`io: poll`" && support == Support::Never {
        return problem.help("it is `io: wsapoll` there");
    }
    problem
}

/// Fields that nothing is generated for yet.
fn fields(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let fields: &[&str] = match target {
        Target::C => &["tls"],
        Target::Python => &["udp.multicast"],
        Target::Nodejs => &[],
        Target::Rust => &["tls", "metrics.port"],
    };
    let given = fields.iter().filter(|field| spec.has(field));
    given.map(|field| (Support::NotYet, format!("`{field}`"), (*field).to_owned()))
}

/// Values of fields that have others there.
fn values(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let model = io_model_path(spec, target);
    let own = format!("targets.{}.io.workers", target.name());
    let workers = if spec.has(&own) { own } else { "io.workers".to_owned() };
    let word = spec.text(&model);
    let python = target == Target::Python;
    let (elsewhere, models): (_, &[&str]) = match target {
        // WSAPoll by its own name.
        Target::C => (Support::Never, &["poll"]),
        Target::Rust => (Support::NotYet, &["blocking", "threads", "poll", "tokio"]),
        // What Python has no counterpart of in its library.
        Target::Python | Target::Nodejs => (Support::Never, &["poll"]),
    };
    let unix_support = if python { Support::Never } else { Support::NotYet };
    let called = if python { format!("`{word}`") } else { format!("`io: {word}`") };
    let several = spec.integer(&workers) > 1 || spec.text(&workers) == "auto";
    let uvloop = python && word != "uvloop" && spec.boolean("targets.python.uvloop");
    let unix = spec.text("listen.host").starts_with("unix:");
    let asked = [
        (
            target == Target::Rust && spec.text("type") == "udp",
            Support::NotYet,
            "`type: udp`".to_owned(),
            "type".to_owned(),
        ),
        (unix, unix_support, "`listen: unix:/path`".to_owned(), "listen.host".to_owned()),
        (models.contains(&word), elsewhere, called, model.clone()),
        (several, Support::NotYet, "`io.workers` above 1".to_owned(), workers),
        (uvloop, Support::Never, "`uvloop`".to_owned(), "targets.python.uvloop".to_owned()),
    ];
    asked.into_iter().filter(|(asked, ..)| *asked).map(|(_, support, what, field)| (support, what, field))
}
