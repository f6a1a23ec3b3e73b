//! Linux.

mod handle;
mod inet;
mod netlink;
mod owners;
mod settings;
mod sockopt;
mod unix;

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::{Owner, Socket};
use crate::diagnostics::{Diagnostic, codes};
use crate::text::quote;

pub use handle::Handle;
pub use owners::name;
pub use settings::limits;

/// Every TCP and UDP socket of this network namespace, or those of one local port, with their owners.
///
/// # Errors
/// If the kernel does not list them.
pub fn sockets(port: Option<u16>) -> Result<Vec<Socket>, Diagnostic> {
    let mut sockets = inet::sockets(port).map_err(|error| not_listed(&error))?;
    sockets.sort_by_key(|socket| (socket.is_udp(), socket.state, socket.local, socket.remote, socket.inode));
    owners::add(&mut sockets);
    Ok(sockets)
}

/// A unix socket that listens.
pub struct UnixListener {
    /// The socket's number.
    pub inode: u64,
    /// The processes that have it, as far as they may be seen.
    pub owners: Vec<Owner>,
    /// Connections that may wait.
    pub backlog: u32,
}

/// The unix socket that listens at a path.
///
/// # Errors
/// If nothing listens there, or the kernel does not say.
pub fn unix_listener(path: &Path) -> Result<UnixListener, Diagnostic> {
    let shown = quote(&path.to_string_lossy());
    let none = |reason: &str| {
        Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("nothing listens at {shown}{reason}"))
            .help("`ss -lx` lists the paths of unix sockets; those without a file have none")
    };
    let found = unix::bound_to(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => none(": there is no such file"),
        io::ErrorKind::PermissionDenied => none(": the folder may not be looked into"),
        _ => not_listed(&error),
    })?;
    let unix::Listener { inode, backlog, .. } = found.ok_or_else(|| none(""))?;
    let owners = owners::of([inode].into_iter()).remove(&inode).unwrap_or_default();
    Ok(UnixListener { inode, owners, backlog })
}

/// How many connections may wait at a listener.
///
/// # Errors
/// If the kernel does not say.
pub fn backlog(handle: &Handle) -> Result<Option<u32>, Diagnostic> {
    if let Some(local) = handle.local() {
        let listener = sockets(Some(local.port()))?.into_iter().find(|socket| socket.inode == handle.inode());
        return Ok(listener.and_then(|socket| Some(socket.accept_queue()?.1)));
    }
    let listeners = unix::listeners().map_err(|error| not_listed(&error))?;
    Ok(listeners.iter().find(|listener| listener.inode == handle.inode()).map(|listener| listener.backlog))
}

fn not_listed(error: &io::Error) -> Diagnostic {
    let problem = Diagnostic::new(&codes::KERNEL_REFUSES, format!("the kernel does not list its sockets: {error}"));
    match error.kind() {
        io::ErrorKind::NotFound => {
            problem.help("load its modules: `modprobe -a inet_diag tcp_diag udp_diag unix_diag`")
        }
        io::ErrorKind::PermissionDenied => problem.help("allow netlink sockets (NETLINK_SOCK_DIAG) in this sandbox"),
        _ => problem,
    }
}

/// `HOST` and `PORT` of the environment that a process was started with, as far as they are set and may be seen.
pub fn place_in_environment(pid: u32) -> BTreeMap<String, String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let variables = environment.split(|byte| *byte == 0).filter_map(|variable| {
        let (name, value) = std::str::from_utf8(variable).ok()?.split_once('=')?;
        matches!(name, "HOST" | "PORT").then(|| (name.to_owned(), value.to_owned()))
    });
    variables.collect()
}
