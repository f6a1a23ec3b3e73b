//! The sockets that are to be looked at, and who has them.

use std::path::Path;

use crate::diagnostics::{Diagnostic, codes};
use crate::lab::sockets::system::{self, Handle};
use crate::lab::sockets::{Owner, Protocol, Socket, State};
use crate::model::ServerType;
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

/// A socket that is to be looked at.
pub(super) struct Candidate {
    pub owner: Owner,
    /// The socket's number.
    pub inode: u64,
    /// Connections that may wait, of a listener.
    pub backlog: Option<u32>,
    /// Whether it is a connection, which may be closed by now.
    pub fleeting: bool,
}

/// What is to be looked at.
pub(super) struct Selection {
    pub candidates: Vec<Candidate>,
    /// Connections that were left out.
    pub skipped: usize,
}

/// The sockets that `which` names; those of a port that a server of that type has.
pub(super) fn select(which: Which<'_>, kind: Option<ServerType>) -> Result<Selection, Diagnostic> {
    let one = |candidate| Selection { candidates: vec![candidate], skipped: 0 };
    match which {
        Which::Port(port) => of_port(port, kind),
        Which::Path(path) => at_path(path).map(one),
        Which::Descriptor { pid, fd } => of_descriptor(pid, fd).map(one),
    }
}

fn of_descriptor(pid: u32, fd: u32) -> Result<Candidate, Diagnostic> {
    let owner = Owner { pid, name: system::name(pid), fd };
    let handle = Handle::take(pid, fd)?;
    Ok(Candidate { owner, inode: handle.inode(), backlog: system::backlog(&handle)?, fleeting: false })
}

fn at_path(path: &Path) -> Result<Candidate, Diagnostic> {
    let listener = system::unix_listener(path)?;
    let hidden = || hidden_owner(&format!("{} is of another user", quote(&path.to_string_lossy())));
    let owner = listener.owners.into_iter().next().ok_or_else(hidden)?;
    Ok(Candidate { owner, inode: listener.inode, backlog: Some(listener.backlog), fleeting: false })
}

fn of_port(port: u16, kind: Option<ServerType>) -> Result<Selection, Diagnostic> {
    let mut found = system::sockets(Some(port))?;
    // What is left of a closed connection has no number.
    found.retain(|socket| socket.inode != 0 && is_of(socket, kind));
    let (connections, own): (Vec<Socket>, Vec<Socket>) = found.into_iter().partition(is_connection);
    if own.is_empty() {
        return Err(nothing_at(port, kind, connections.len()));
    }
    if let Some(hidden) = own.iter().find(|socket| socket.owners.is_empty()) {
        return Err(hidden_owner(&format!("{} is of user {}", hidden.local, hidden.uid)));
    }
    let skipped = connections.len().saturating_sub(MOST_CONNECTIONS);
    let chosen = own.into_iter().chain(connections.into_iter().take(MOST_CONNECTIONS));
    Ok(Selection { candidates: chosen.filter_map(candidate).collect(), skipped })
}

fn is_of(socket: &Socket, kind: Option<ServerType>) -> bool {
    match kind {
        None => true,
        Some(ServerType::Udp) => socket.protocol == Protocol::Udp,
        Some(ServerType::Tcp | ServerType::WebSocket) => socket.protocol == Protocol::Tcp,
    }
}

fn is_connection(socket: &Socket) -> bool {
    socket.protocol == Protocol::Tcp && socket.state != State::Listen
}

fn candidate(socket: Socket) -> Option<Candidate> {
    let (inode, fleeting) = (socket.inode, is_connection(&socket));
    let backlog = socket.accept_queue().map(|(_, backlog)| backlog);
    Some(Candidate { owner: socket.owners.into_iter().next()?, inode, backlog, fleeting })
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
