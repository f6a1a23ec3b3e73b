//! What each backend can generate. Checking, `specgen targets` and the documentation read this table.

use crate::diagnostics::Span;
use crate::model::{IoModel, Target};
use crate::spec::Spec;

/// Whether a backend has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It is generated.
    Yes,
    /// The language is to have it, but this version cannot generate it.
    NotYet,
    /// The language is not to have it.
    Never,
}

use Support::{Never, NotYet, Yes};

impl Support {
    /// As `specgen targets` prints it.
    pub fn mark(self) -> &'static str {
        match self {
            Yes => "yes",
            NotYet => "not yet",
            Never => "-",
        }
    }
}

/// Support by target, in the order of [`Target::ALL`].
type Row = [Support; 4];

/// The I/O models.
pub const MODELS: [(IoModel, Row); 14] = [
    (IoModel::Blocking, [Yes, Yes, Never, Yes]),
    (IoModel::Threads, [Yes, Yes, Never, Yes]),
    (IoModel::Select, [Yes, Yes, Never, Never]),
    (IoModel::Poll, [Yes, Yes, Never, Yes]),
    (IoModel::Epoll, [Yes, Yes, Never, Yes]),
    (IoModel::Kqueue, [Yes, Yes, Never, Yes]),
    (IoModel::IoUring, [Yes, Never, Never, Yes]),
    (IoModel::Wsapoll, [Yes, Never, Never, Never]),
    (IoModel::Iocp, [Yes, Never, Never, Yes]),
    (IoModel::Asyncio, [Never, Yes, Never, Never]),
    (IoModel::Uvloop, [Never, Yes, Never, Never]),
    (IoModel::EventLoop, [Never, Never, Yes, Never]),
    (IoModel::Workers, [Never, Never, Yes, Never]),
    (IoModel::Tokio, [Never, Never, Never, Yes]),
];

/// When a spec asks for a feature.
#[derive(Clone, Copy, Debug)]
pub enum Asked {
    /// The field is given (and not off).
    Given,
    /// The field has this text, given or by default.
    Is(&'static str),
    /// The field is given with another text than this.
    IsNot(&'static str),
    /// The field's text begins so.
    StartsWith(&'static str),
    /// The list holds this word.
    Holds(&'static str),
    /// The number is above this, or a word stands in its place.
    Above(u64),
}

/// Something that a spec can ask for, and who has it.
#[derive(Debug)]
pub struct Feature {
    /// The field that asks for it.
    pub path: &'static str,
    /// When it does.
    pub asked: Asked,
    /// As people read it.
    pub label: &'static str,
    /// Who has it.
    pub support: Row,
}

const fn not_yet(path: &'static str, asked: Asked, label: &'static str) -> Feature {
    Feature { path, asked, label, support: [NotYet; 4] }
}

const fn platform(name: &'static str, label: &'static str, support: Row) -> Feature {
    Feature { path: "platforms", asked: Asked::Holds(name), label, support }
}

/// Node.js has no call for it.
const fn not_yet_but_nodejs(path: &'static str, asked: Asked, label: &'static str) -> Feature {
    Feature { path, asked, label, support: [Yes, Yes, Never, Yes] }
}

const fn everywhere(path: &'static str, asked: Asked, label: &'static str) -> Feature {
    Feature { path, asked, label, support: [Yes; 4] }
}

/// Everything beside the I/O models that a backend may lack.
pub static FEATURES: &[Feature] = &[
    everywhere("type", Asked::Is("websocket"), "type: websocket"),
    everywhere("type", Asked::Is("tcp"), "type: tcp"),
    everywhere("type", Asked::Is("udp"), "type: udp"),
    everywhere("app.kind", Asked::Is("echo"), "app: echo"),
    everywhere("app.kind", Asked::Is("broadcast"), "app: broadcast"),
    everywhere("app.kind", Asked::Is("custom"), "app: custom"),
    not_yet("app.kind", Asked::Is("chat"), "app: chat"),
    everywhere("websocket.compression", Asked::Given, "permessage-deflate"),
    platform("macos", "platforms: macos", [Yes, Yes, Yes, Yes]),
    platform("freebsd", "platforms: freebsd", [Yes, Yes, Yes, Yes]),
    platform("windows", "platforms: windows", [Yes, Yes, Yes, Yes]),
    everywhere("listen.host", Asked::StartsWith("unix:"), "listen: unix:/path"),
    everywhere("io.workers", Asked::Above(1), "io.workers above 1"),
    not_yet_but_nodejs("io.trigger", Asked::IsNot("level"), "io.trigger: edge"),
    not_yet_but_nodejs("socket.receive_buffer", Asked::Given, "socket.receive_buffer"),
    not_yet_but_nodejs("socket.send_buffer", Asked::Given, "socket.send_buffer"),
    everywhere("socket.keep_alive", Asked::Given, "socket.keep_alive"),
    not_yet_but_nodejs("socket.cork", Asked::Given, "socket.cork"),
    not_yet_but_nodejs("socket.quick_ack", Asked::Given, "socket.quick_ack"),
    not_yet_but_nodejs("socket.fast_open", Asked::Given, "socket.fast_open"),
    not_yet_but_nodejs("socket.defer_accept", Asked::Given, "socket.defer_accept"),
    not_yet_but_nodejs("socket.user_timeout", Asked::Given, "socket.user_timeout"),
    not_yet_but_nodejs("socket.linger", Asked::Given, "socket.linger"),
    everywhere("socket.v6_only", Asked::Given, "socket.v6_only"),
    not_yet_but_nodejs("socket.dscp", Asked::Given, "socket.dscp"),
    not_yet_but_nodejs("socket.busy_poll", Asked::Given, "socket.busy_poll"),
    not_yet_but_nodejs("socket.bind_device", Asked::Given, "socket.bind_device"),
    not_yet_but_nodejs("socket.receive_low_watermark", Asked::Given, "socket.receive_low_watermark"),
    everywhere("tls", Asked::Given, "tls"),
    everywhere("auth.kind", Asked::IsNot("none"), "auth"),
    everywhere("metrics", Asked::Given, "metrics"),
    everywhere("health", Asked::Given, "health"),
    not_yet("cluster.backplane", Asked::IsNot("none"), "cluster"),
    not_yet("client", Asked::Given, "client"),
];

/// A target's support for a model.
pub fn model(model: IoModel, target: Target) -> Support {
    MODELS.iter().find(|(candidate, _)| *candidate == model).map_or(Never, |(_, row)| row[target as usize])
}

/// The models that a target can be generated with.
pub fn models_of(target: Target) -> impl Iterator<Item = IoModel> {
    MODELS.iter().filter(move |(_, row)| row[target as usize] == Yes).map(|(model, _)| *model)
}

impl Feature {
    /// The place in the spec that asks for this feature on behalf of a target, if one does.
    pub fn asked_at(&self, spec: &Spec, target: Target) -> Option<Span> {
        let own = format!("targets.{}.{}", target.name(), self.path);
        let path = if spec.has(&own) { &own } else { self.path };
        let asked = match self.asked {
            Asked::Given => spec.has(path),
            Asked::Is(text) => spec.has(path) && spec.text(path) == text,
            Asked::IsNot(text) => spec.has(path) && spec.text(path) != text,
            Asked::StartsWith(start) => spec.text(path).starts_with(start),
            Asked::Holds(word) => spec.list(path).iter().any(|(item, _)| item == word),
            Asked::Above(number) => spec.has(path) && (spec.integer(path) > number || spec.text(path) == "auto"),
        };
        match self.asked {
            Asked::Holds(word) => spec.list(path).iter().find(|(item, _)| item == word).map(|(_, span)| *span),
            _ => spec.span(path).filter(|_| asked),
        }
    }
}
