//! Sockets of other processes, looked at.

use std::io;

use serde::Serialize;

use super::candidates::{Candidate, Which, select};
use super::{Expectation, Kind, Reading, Role, Server, SocketOption, Value, Verdict, place};
use crate::diagnostics::{Diagnostic, codes};
use crate::lab::sockets::Owner;
use crate::lab::sockets::system::{self, Handle};
use crate::model::{Model, Target, TargetPlan};

/// A spec to compare with.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    /// The spec.
    pub model: &'a Model,
    /// Its language; without one it is told by the process's name.
    pub target: Option<Target>,
}

/// What is to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Which sockets.
    pub which: Which<'a>,
    /// Which options; all that a socket has if empty.
    pub options: &'a [SocketOption],
    /// What they are compared with.
    pub spec: Option<Spec<'a>>,
}

/// A socket, or several that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// What it is to its server.
    pub role: Role,
    /// Its own address, or path.
    pub local: String,
    /// Its peer's address.
    pub remote: Option<String>,
    /// Who has it.
    pub owner: Owner,
    /// Further sockets of that role, all options of which are the same.
    pub alike: usize,
    /// Its options.
    pub options: Vec<Reading>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionsReport {
    /// The language of the spec that was compared with.
    pub target: Option<&'static str>,
    /// Options that differ from the spec, over all sockets that are shown.
    pub differences: usize,
    /// The sockets.
    pub sockets: Vec<Examined>,
    /// Connections that were not looked at, since there are too many.
    pub skipped_connections: usize,
}

/// Reads the options of sockets, and compares them with a spec's.
///
/// # Errors
/// If there is no such socket, or it may not be looked at.
pub fn options(request: &Request<'_>) -> Result<OptionsReport, Diagnostic> {
    let selection = select(request.which, request.spec.map(|spec| spec.model.kind))?;
    let limits = system::limits();
    let first = selection.candidates.first().map_or("", |candidate| &candidate.owner.name);
    let plan = request.spec.map(|spec| plan(&spec, first)).transpose()?;
    let server = request.spec.zip(plan).map(|(spec, plan)| Server { model: spec.model, plan, limits: &limits });
    let mut sockets: Vec<Examined> = Vec::new();
    for candidate in &selection.candidates {
        match examine(candidate, request.options, server.as_ref()) {
            Ok(examined) => add(&mut sockets, examined),
            Err(problem) if candidate.fleeting && problem.code == &codes::NO_SUCH_SOCKET => {}
            Err(problem) => return Err(problem),
        }
    }
    let all = sockets.iter().flat_map(|socket| &socket.options);
    let differences = all.filter(|reading| reading.verdict == Verdict::Differs).count();
    let (target, skipped_connections) = (plan.map(|plan| plan.target.name()), selection.skipped);
    Ok(OptionsReport { target, differences, sockets, skipped_connections })
}

/// The spec's language: the one that is asked for, or the one that the process's name tells.
fn plan<'a>(spec: &Spec<'a>, process: &str) -> Result<&'a TargetPlan, Diagnostic> {
    let plans = &spec.model.targets;
    let named = |target: Target| plans.iter().find(|plan| plan.target == target);
    if let Some(target) = spec.target {
        return named(target).ok_or_else(|| {
            let message = format!("the spec has no target `{}`", target.name());
            Diagnostic::new(&codes::MISSING, message).help("add it to its `targets`")
        });
    }
    let interpreted = match process {
        "node" | "MainThread" => named(Target::Nodejs),
        name if name.starts_with("python") => named(Target::Python),
        _ => None,
    };
    let compiled = || named(Target::C).or_else(|| named(Target::Rust));
    let plan = interpreted.or_else(compiled).or_else(|| plans.first());
    plan.ok_or_else(|| Diagnostic::new(&codes::MISSING, "the spec has no target"))
}

fn examine(
    candidate: &Candidate,
    wanted: &[SocketOption],
    server: Option<&Server<'_>>,
) -> Result<Examined, Diagnostic> {
    let owner = &candidate.owner;
    let handle = Handle::take(owner.pid, owner.fd)?;
    if handle.inode() != candidate.inode {
        return Err(closed(owner));
    }
    let kind = handle.kind().map_err(|error| unknown(&error))?;
    let mut options = match server.filter(|_| wanted.is_empty() && kind.role() != Role::Connection) {
        Some(server) => beside_place(&handle, owner, server),
        None => Vec::new(),
    };
    let chosen = SocketOption::ALL.iter().filter(|option| match wanted {
        [] => kind.has(**option),
        wanted => wanted.contains(option),
    });
    options.extend(chosen.map(|option| read(&handle, kind, candidate, *option, server)));
    let local = handle.local().map(|local| local.to_string()).or_else(|| handle.path()).unwrap_or_default();
    let remote = handle.remote().map(|remote| remote.to_string());
    Ok(Examined { role: kind.role(), local, remote, owner: owner.clone(), alike: 0, options })
}

fn closed(owner: &Owner) -> Diagnostic {
    let Owner { pid, name, fd } = owner;
    Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("process {pid} ({name}) has just closed descriptor {fd}"))
        .help("try again")
}

fn unknown(error: &io::Error) -> Diagnostic {
    let message = format!("the kernel does not tell what kind of socket it is: {error}");
    Diagnostic::new(&codes::KERNEL_REFUSES, message)
}

fn read(
    handle: &Handle,
    kind: Kind,
    candidate: &Candidate,
    option: SocketOption,
    server: Option<&Server<'_>>,
) -> Reading {
    let value = match option {
        _ if !kind.has(option) => None,
        SocketOption::Backlog => candidate.backlog.map(|backlog| Value::Number(backlog.into())),
        option => handle.read(option),
    };
    match value {
        None => Reading::new(option, Value::Absent),
        Some(value) => {
            let expected = server.map_or(Expectation::Silent, |server| server.expects(option, kind));
            Reading::new(option, value).beside(expected)
        }
    }
}

fn beside_place(handle: &Handle, owner: &Owner, server: &Server<'_>) -> Vec<Reading> {
    let (listen, environment) = (&server.model.listen, system::place_in_environment(owner.pid));
    match (handle.local(), handle.path()) {
        (Some(local), _) => place::compare(local, listen, &environment).to_vec(),
        (None, Some(path)) => vec![place::compare_path(path, listen, &environment)],
        (None, None) => Vec::new(),
    }
}

/// Adds a socket, or counts it where one like it is there already.
fn add(sockets: &mut Vec<Examined>, examined: Examined) {
    let like = |other: &&mut Examined| other.role == examined.role && other.options == examined.options;
    match sockets.iter_mut().find(like) {
        Some(other) => other.alike += 1,
        None => sockets.push(examined),
    }
}
