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
    problem.label(span, "asked for here")
}

/// Fields that nothing is generated for yet.
fn fields(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let fields: &[&str] = match target {
        Target::C => &["tls"],
        Target::Python => &["udp.multicast"],
        Target::Nodejs | Target::Rust => &[],
    };
    let given = fields.iter().filter(|field| spec.has(field));
    given.map(|field| (Support::NotYet, format!("`{field}`"), (*field).to_owned()))
}

/// Values of fields that have others there.
fn values(spec: &Spec, target: Target) -> impl Iterator<Item = Lack> {
    let own = format!("targets.{}.io.workers", target.name());
    let workers = if spec.has(&own) { own } else { "io.workers".to_owned() };
    let several = spec.integer(&workers) > 1 || spec.text(&workers) == "auto";
    let named = spec.text(&io_model_path(spec, target)) == "uvloop";
    let uvloop = target == Target::Python && !named && spec.boolean("targets.python.uvloop");
    let unix = spec.text("listen.host").starts_with("unix:");
    // Neither Python nor Rust's standard library has them there.
    let unix_support = if target == Target::C { Support::NotYet } else { Support::Never };
    let asked = [
        (unix, unix_support, "`listen: unix:/path`", "listen.host".to_owned()),
        (several && target != Target::Rust, Support::NotYet, "`io.workers` above 1", workers),
        (uvloop, Support::Never, "`uvloop`", "targets.python.uvloop".to_owned()),
    ];
    let lacks = asked.into_iter().filter(|(asked, ..)| *asked);
    lacks.map(|(_, support, what, field)| (support, what.to_owned(), field))
}
