//! Linux.

mod diag;
mod handle;
mod owners;
mod settings;
mod sockopt;

use std::collections::BTreeMap;
use std::{fs, io};

use super::Socket;
use crate::diagnostics::{Diagnostic, codes};

pub use handle::Handle;
pub use owners::name;
pub use settings::limits;

/// Every TCP and UDP socket of this network namespace, or those of one local port, with their owners.
///
/// # Errors
/// If the kernel does not list them.
pub fn sockets(port: Option<u16>) -> Result<Vec<Socket>, Diagnostic> {
    let mut sockets = diag::dump(port).map_err(|error| not_listed(&error))?;
    sockets.sort_by_key(|socket| (socket.is_udp(), socket.state, socket.local, socket.remote, socket.inode));
    owners::add(&mut sockets);
    Ok(sockets)
}

fn not_listed(error: &io::Error) -> Diagnostic {
    let problem = Diagnostic::new(&codes::KERNEL_REFUSES, format!("the kernel does not list its sockets: {error}"));
    match error.kind() {
        io::ErrorKind::NotFound => problem.help("load its modules: `modprobe -a inet_diag tcp_diag udp_diag`"),
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
