//! Who has a socket: proc(5).

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::lab::sockets::{Owner, Socket};

/// Adds the processes that have the sockets open; those of other users stay unseen without privilege.
pub fn add(sockets: &mut [Socket]) {
    let mut by_inode = of(sockets.iter().map(|socket| socket.inode));
    for socket in sockets {
        socket.owners = by_inode.remove(&socket.inode).unwrap_or_default();
    }
}

/// The processes that have these sockets open, by the sockets' numbers.
pub fn of(inodes: impl Iterator<Item = u64>) -> HashMap<u64, Vec<Owner>> {
    // What is left of a closed connection has no number, and nobody has it.
    let mut owners: HashMap<u64, Vec<Owner>> =
        inodes.filter(|inode| *inode != 0).map(|inode| (inode, Vec::new())).collect();
    if owners.is_empty() {
        return owners;
    }
    for pid in processes() {
        let name = LazyCell::new(|| name(pid));
        for (fd, inode) in descriptors(pid) {
            if let Some(owners) = owners.get_mut(&inode) {
                owners.push(Owner { pid, name: name.clone(), fd });
            }
        }
    }
    owners
}

/// The name of a process; empty if it is gone.
pub fn name(pid: u32) -> String {
    let comm = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&comm).trim_end().to_owned()
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut processes: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    processes.sort_unstable();
    processes
}

/// The descriptors of a process that are sockets, with the sockets' numbers.
fn descriptors(pid: u32) -> impl Iterator<Item = (u32, u64)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, inode(&entry.path())?)))
}

/// The number of the socket that a descriptor is.
fn inode(descriptor: &Path) -> Option<u64> {
    let target = fs::read_link(descriptor).ok()?;
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}
