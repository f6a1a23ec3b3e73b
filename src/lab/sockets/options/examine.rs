//! Sockets of other processes, looked at.

use std::path::Path;

use serde::Serialize;

use super::{Expectation, Reading, Role, Server, SocketOption, Value, Verdict, place};
use crate::diagnostics::{Diagnostic, codes};
use crate::lab::sockets::system::{self, Handle};
use crate::lab::sockets::{Owner, Protocol, Socket, State};
use crate::model::{Model, ServerType, Target, TargetPlan};
use crate::text::quote;

/// Connections to one port whose options are read.
const MOST_CONNECTIONS: usize = 256;

/// Which sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// Those that are bound to a port: its listeners, its connections, its UDP sockets.
    Port(u16),
    /// The unix socket that listens at a path.
    Path(&'a Path),
    /// A descriptor of a process.
    Descriptor {
        /// The process.
        pid: u32,
        /// Its descriptor.
        fd: u32,
    },
}

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

/// A socket that is to be looked at.
struct Candidate {
    owner: Owner,
    /// Connections that may wait, of a listener.
    backlog: Option<u32>,
}

/// Reads the options of sockets, and compares them with a spec's.
///
/// # Errors
/// If there is no such socket, or it may not be looked at.
pub fn options(request: &Request<'_>) -> Result<OptionsReport, Diagnostic> {
    let (candidates, skipped_connections) = match request.which {
        Which::Port(port) => of_port(port, request.spec.map(|spec| spec.model.kind))?,
        Which::Path(path) => (vec![at_path(path)?], 0),
        Which::Descriptor { pid, fd } => (vec![of_descriptor(pid, fd)?], 0),
    };
    let limits = system::limits();
    let first = candidates.first().map_or("", |candidate| &candidate.owner.name);
    let plan = request.spec.map(|spec| plan(&spec, first)).transpose()?;
    let server = request.spec.zip(plan).map(|(spec, plan)| Server { model: spec.model, plan, limits: &limits });
    let mut sockets: Vec<Examined> = Vec::new();
    for candidate in &candidates {
        match examine(candidate, request.options, server.as_ref()) {
            Ok(examined) => add(&mut sockets, examined),
            // A connection that has been closed since.
            Err(problem) if problem.code == &codes::NO_SUCH_SOCKET && candidates.len() > 1 => {}
            Err(problem) => return Err(problem),
        }
    }
    let all = sockets.iter().flat_map(|socket| &socket.options);
    let differences = all.filter(|reading| reading.verdict == Verdict::Differs).count();
    Ok(OptionsReport { target: plan.map(|plan| plan.target.name()), differences, sockets, skipped_connections })
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

fn of_descriptor(pid: u32, fd: u32) -> Result<Candidate, Diagnostic> {
    let owner = Owner { pid, name: system::name(pid), fd };
    Ok(Candidate { owner, backlog: system::backlog(&Handle::take(pid, fd)?)? })
}

fn at_path(path: &Path) -> Result<Candidate, Diagnostic> {
    let (owners, backlog) = system::unix_listener(path)?;
    let hidden = || hidden_owner(&format!("{} is of another user", quote(&path.to_string_lossy())));
    let owner = owners.into_iter().next().ok_or_else(hidden)?;
    Ok(Candidate { owner, backlog: Some(backlog) })
}

/// The sockets of a port that a server of that type has, and how many connections were left out.
fn of_port(port: u16, kind: Option<ServerType>) -> Result<(Vec<Candidate>, usize), Diagnostic> {
    let wanted = |socket: &Socket| match kind {
        None => true,
        Some(ServerType::Udp) => socket.protocol == Protocol::Udp,
        Some(ServerType::Tcp | ServerType::WebSocket) => socket.protocol == Protocol::Tcp,
    };
    let alive = |socket: &Socket| socket.inode != 0;
    let found: Vec<Socket> =
        system::sockets(Some(port))?.into_iter().filter(|socket| wanted(socket) && alive(socket)).collect();
    let (connections, mut own): (Vec<Socket>, Vec<Socket>) =
        found.into_iter().partition(|socket| socket.protocol == Protocol::Tcp && socket.state != State::Listen);
    if own.is_empty() {
        return Err(nothing_at(port, kind, connections.len()));
    }
    if let Some(hidden) = own.iter().find(|socket| socket.owners.is_empty()) {
        return Err(hidden_owner(&format!("{} is of user {}", hidden.local, hidden.uid)));
    }
    let skipped = connections.len().saturating_sub(MOST_CONNECTIONS);
    own.extend(connections.into_iter().take(MOST_CONNECTIONS));
    Ok((own.into_iter().filter_map(candidate).collect(), skipped))
}

fn candidate(socket: Socket) -> Option<Candidate> {
    let backlog = socket.accept_queue().map(|(_, backlog)| backlog);
    Some(Candidate { owner: socket.owners.into_iter().next()?, backlog })
}

fn nothing_at(port: u16, kind: Option<ServerType>, connections: usize) -> Diagnostic {
    let what = match kind {
        None => "nothing listens on port",
        Some(ServerType::Udp) => "no UDP socket is bound to port",
        Some(ServerType::Tcp | ServerType::WebSocket) => "nothing listens on TCP port",
    };
    let problem = Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("{what} {port} in this network namespace"));
    match connections {
        0 => problem.help("`specgen sockets states` lists all listeners"),
        _ => problem.help(format!("it is the port of connections: `specgen sockets connections --port {port}`")),
    }
}

fn hidden_owner(whose: &str) -> Diagnostic {
    Diagnostic::new(&codes::NOT_PERMITTED, format!("the process that listens is hidden: {whose}"))
        .help("run specgen as that user, or as root, or give it CAP_SYS_PTRACE")
}

fn examine(
    candidate: &Candidate,
    wanted: &[SocketOption],
    server: Option<&Server<'_>>,
) -> Result<Examined, Diagnostic> {
    let Candidate { owner, backlog } = candidate;
    let handle = Handle::take(owner.pid, owner.fd)?;
    let kind = handle.kind().map_err(|error| {
        Diagnostic::new(&codes::KERNEL_REFUSES, format!("the kernel does not tell what kind of socket it is: {error}"))
    })?;
    let chosen = SocketOption::ALL.iter().filter(|option| wanted.is_empty() || wanted.contains(option));
    let expected = |option| server.map_or(Expectation::Silent, |server| server.expects(option, kind));
    let mut options = match server.filter(|_| wanted.is_empty() && kind.role() != Role::Connection) {
        Some(server) => beside_place(&handle, owner, server),
        None => Vec::new(),
    };
    options.extend(chosen.filter(|option| kind.has(**option)).filter_map(|option| {
        let value = value(&handle, *backlog, *option)?;
        Some(Reading::new(*option, value).beside(expected(*option)))
    }));
    let local = handle.local().map(|local| local.to_string()).or_else(|| handle.path());
    let remote = handle.remote().map(|remote| remote.to_string());
    Ok(Examined {
        role: kind.role(),
        local: local.unwrap_or_default(),
        remote,
        owner: owner.clone(),
        alike: 0,
        options,
    })
}

fn beside_place(handle: &Handle, owner: &Owner, server: &Server<'_>) -> Vec<Reading> {
    let (listen, environment) = (&server.model.listen, system::place_in_environment(owner.pid));
    match (handle.local(), handle.path()) {
        (Some(local), _) => place::compare(local, listen, &environment).to_vec(),
        (None, Some(path)) => vec![place::compare_path(path, listen, &environment)],
        (None, None) => Vec::new(),
    }
}

fn value(handle: &Handle, backlog: Option<u32>, option: SocketOption) -> Option<Value> {
    match option {
        SocketOption::Backlog => backlog.map(|backlog| Value::Number(backlog.into())),
        option => handle.read(option),
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
