//! What languages and platforms have, and what this version can generate.

use crate::diagnostics::{Diagnostic, Span, codes};
use crate::model::{IoModel, Target, io_model, io_model_path, io_models};
use crate::plan::capability::{self, FEATURES, Feature, Support};
use crate::spec::Spec;

/// The targets that the spec names.
pub(super) fn targets(spec: &Spec) -> impl Iterator<Item = Target> {
    Target::ALL.into_iter().filter(|target| spec.has(&format!("targets.{}", target.name())))
}

fn model_span(spec: &Spec, target: Target) -> Option<Span> {
    spec.span(&io_model_path(spec, target)).or_else(|| spec.span(&format!("targets.{}", target.name())))
}

pub fn models_exist(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for target in targets(spec) {
        let (Some(model), Some(span)) = (io_model(spec, target), model_span(spec, target)) else { continue };
        if capability::model(model, target) == Support::Never {
            let models = model_names(target);
            let name = target.name();
            problems.push(
                Diagnostic::new(&codes::MODEL_NOT_FOR_TARGET, format!("{name} has no I/O model `{}`", model.name()))
                    .label(span, format!("not for {name}"))
                    .help(format!("{name} has {models}; give it its own with `targets.{name}.io`")),
            );
        }
    }
}

/// Every model that the language is to have, with those that can be generated first.
fn model_names(target: Target) -> String {
    let names: Vec<&str> = capability::models_of(target).map(IoModel::name).collect();
    names.join(", ")
}

const fn platforms_of(model: IoModel) -> &'static [&'static str] {
    match model {
        IoModel::Epoll | IoModel::IoUring => &["linux"],
        IoModel::Kqueue => &["macos", "freebsd"],
        IoModel::Wsapoll | IoModel::Iocp => &["windows"],
        IoModel::Poll | IoModel::Uvloop => &["linux", "macos", "freebsd"],
        _ => &["linux", "macos", "freebsd", "windows"],
    }
}

/// The given platforms with their places; Linux without one.
fn platforms(spec: &Spec) -> Vec<(&str, Option<Span>)> {
    match spec.list("platforms") {
        [] => vec![("linux", None)],
        given => given.iter().map(|(name, span)| (name.as_str(), Some(*span))).collect(),
    }
}

pub fn models_on_platforms(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for target in targets(spec) {
        let path = io_model_path(spec, target);
        let (Some(model), Some(span)) = (io_model(spec, target), spec.span(&path)) else { continue };
        if spec.text(&path) == "auto" {
            continue;
        }
        for (platform, place) in platforms(spec) {
            if !platforms_of(model).contains(&platform) {
                let mut problem = Diagnostic::new(
                    &codes::MODEL_NOT_FOR_PLATFORM,
                    format!("{platform} has no `{}` (target {})", model.name(), target.name()),
                )
                .label(span, "asked for here");
                if let Some(place) = place {
                    problem = problem.label(place, "the platform");
                }
                problems.push(problem.help(instead_of(model, target, platform)));
            }
        }
    }
}

/// What to ask for where a platform lacks a model.
fn instead_of(model: IoModel, target: Target, platform: &str) -> &'static str {
    match (model, target, platform) {
        (IoModel::Poll, Target::C, "windows") => "it is `io: wsapoll` there",
        _ => "`io: auto` takes the best model of each platform",
    }
}

/// Socket options that not every platform has.
const PLATFORM_OPTIONS: &[(&str, &[&str])] = &[
    // TCP_NOPUSH of macOS does not promise to send what it held back once it is taken off.
    ("socket.cork", &["linux", "freebsd"]),
    ("socket.quick_ack", &["linux"]),
    ("socket.fast_open", &["linux", "macos", "freebsd"]),
    ("socket.defer_accept", &["linux"]),
    ("socket.user_timeout", &["linux"]),
    ("socket.busy_poll", &["linux"]),
    // Windows leaves it to qWAVE and to policies.
    ("socket.dscp", &["linux", "macos", "freebsd"]),
    ("socket.bind_device", &["linux"]),
    ("socket.reuse_port", &["linux", "macos", "freebsd"]),
    ("socket.receive_low_watermark", &["linux", "macos", "freebsd"]),
];

pub fn options_on_platforms(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for (option, having) in PLATFORM_OPTIONS {
        let Some(span) = spec.span(option).filter(|_| spec.boolean(option) || *option != "socket.reuse_port") else {
            continue;
        };
        for (platform, place) in platforms(spec) {
            if !having.contains(&platform) {
                let mut problem =
                    Diagnostic::new(&codes::MODEL_NOT_FOR_PLATFORM, format!("{platform} has no `{option}`"))
                        .label(span, "asked for here");
                if let Some(place) = place {
                    problem = problem.label(place, "the platform");
                }
                problems.push(problem);
            }
        }
    }
}

fn is_not_yet(model: IoModel, target: Target) -> bool {
    capability::model(model, target) == Support::NotYet
}

pub fn models_available(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for target in targets(spec) {
        let Some(span) = model_span(spec, target) else { continue };
        for model in io_models(spec, target).into_iter().filter(|model| is_not_yet(*model, target)) {
            let (name, models) = (target.name(), model_names(target));
            problems.push(
                Diagnostic::new(
                    &codes::NOT_AVAILABLE,
                    format!("`io: {}` is not available for {name} yet", model.name()),
                )
                .label(span, "asked for here")
                .help(format!("{name} can be generated with {models}; give it its own with `targets.{name}.io`")),
            );
        }
    }
}

/// The targets that a spec asks for a feature and that lack it so, with the place of the first.
fn lacking(spec: &Spec, feature: &Feature, support: Support) -> Option<(String, Span)> {
    let found: Vec<(&str, Span)> = targets(spec)
        .filter(|target| feature.support[*target as usize] == support)
        .filter_map(|target| Some((target.name(), feature.asked_at(spec, target)?)))
        .collect();
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    found.first().map(|(_, span)| (names.join(", "), *span))
}

pub fn features_exist(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for feature in FEATURES {
        if let Some((names, span)) = lacking(spec, feature, Support::Never) {
            problems.push(
                Diagnostic::new(&codes::FEATURE_NOT_FOR_TARGET, format!("{names} has no `{}`", feature.label))
                    .label(span, format!("not for {names}"))
                    .help("remove it, or the target"),
            );
        }
    }
}

pub fn features_available(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    for feature in FEATURES {
        if let Some((names, span)) = lacking(spec, feature, Support::NotYet) {
            problems.push(
                Diagnostic::new(&codes::NOT_AVAILABLE, format!("`{}` is not available for {names} yet", feature.label))
                    .label(span, "asked for here")
                    .help("`specgen targets` shows what can be generated"),
            );
        }
    }
}

/// Between processes macOS has no sockets that keep records apart, and neither it nor FreeBSD gives a peer's datagrams to one of several sockets.
pub fn workers_of_python_elsewhere(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let own = "targets.python.io.workers";
    let path = if spec.has(own) { own } else { "io.workers" };
    let several = spec.integer(path) > 1 || spec.text(path) == "auto";
    let (Some(span), true, true) = (spec.span(path), spec.has("targets.python"), several) else { return };
    for (platform, place) in platforms(spec) {
        let what = match (spec.text("type"), spec.text("app.kind"), platform) {
            ("udp", _, "macos" | "freebsd") => "a udp server",
            (_, app, "macos") if app != "echo" => "this app",
            _ => continue,
        };
        let mut problem = Diagnostic::new(
            &codes::NOT_AVAILABLE,
            format!("several workers of {what} on {platform} are not available for python yet"),
        )
        .label(span, "asked for here");
        if let Some(place) = place {
            problem = problem.label(place, "the platform");
        }
        problems.push(problem.help("set `targets.python.io.workers: 1`"));
    }
}

/// `sun_path` has 104 bytes on these systems, of which the last is NUL.
pub fn length_of_unix_path(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    const MOST: usize = 103;
    let host = spec.text("listen.host");
    let Some((path, span)) = host.strip_prefix("unix:").zip(spec.span("listen.host")) else { return };
    for (name, place) in spec.list("platforms") {
        if path.len() > MOST && matches!(name.as_str(), "macos" | "freebsd") {
            problems.push(
                Diagnostic::new(
                    &codes::OUT_OF_RANGE,
                    format!("a unix socket's path has at most {MOST} bytes on {name}, not {}", path.len()),
                )
                .label(span, "too long")
                .label(*place, "the platform"),
            );
        }
    }
}

/// What Node.js has not on every platform that it runs on.
pub fn platforms_of_nodejs(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    if !spec.has("targets.nodejs") {
        return;
    }
    let own = "targets.nodejs.io.workers";
    let workers = if spec.has(own) { own } else { "io.workers" };
    let cluster = io_model(spec, Target::Nodejs) == Some(IoModel::Workers);
    let several = cluster || spec.integer(workers) > 1 || spec.text(workers) == "auto";
    // Peers that are known are served from one socket; otherwise the cluster module shares it.
    let shares_socket = several
        && spec.text("type") == "udp"
        && spec.text("app.kind") == "echo"
        && spec.integer("udp.rate_limit") == 0
        && spec.text("udp.reliability") == "none";
    let unix = spec.text("listen.host").starts_with("unix:");
    let workers_span = spec.span(workers).or_else(|| model_span(spec, Target::Nodejs));
    let lacks = [
        ("windows", unix, spec.span("listen.host"), "`listen: unix:/path`"),
        ("windows", shares_socket, workers_span, "workers that share a udp socket"),
        ("macos", spec.boolean("socket.reuse_port"), spec.span("socket.reuse_port"), "`socket.reuse_port`"),
    ];
    for (platform, asked, span, what) in lacks {
        let place = spec.list("platforms").iter().find(|(name, _)| name == platform).filter(|_| asked);
        if let (Some((_, place)), Some(span)) = (place, span) {
            problems.push(
                Diagnostic::new(&codes::MODEL_NOT_FOR_PLATFORM, format!("{platform} has no {what} (target nodejs)"))
                    .label(span, "asked for here")
                    .label(*place, "the platform"),
            );
        }
    }
}

/// `reusePort` came with Node.js 22.12 and 23.1; an older one would pass over it in silence.
pub fn reuse_port_of_nodejs(spec: &Spec, problems: &mut Vec<Diagnostic>) {
    let asked = spec.has("targets.nodejs") && spec.boolean("socket.reuse_port");
    if let (Some(span), true, ..22) = (spec.span("socket.reuse_port"), asked, spec.integer("targets.nodejs.min")) {
        problems.push(
            Diagnostic::new(&codes::NOT_AVAILABLE, "`socket.reuse_port` needs Node.js 22 or later")
                .label(span, "asked for here")
                .help("set `targets.nodejs.min: 22`"),
        );
    }
}
