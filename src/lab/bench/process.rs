//! The server's processes, where it runs on this machine: their CPU time and memory, from proc(5).

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use crate::lab::sockets::{Protocol, serving};
use crate::text::disarmed;

/// The processes behind a server's port.
#[derive(Clone, Debug)]
pub(super) struct Processes {
    /// The first one's, as the system shows it.
    pub(super) name: String,
    pub(super) pids: Vec<u32>,
}

impl Processes {
    /// Finds the processes that serve an address, and `started` with those that it started.
    ///
    /// # Errors
    /// Why none is found, in words.
    pub(super) fn find(address: SocketAddr, protocol: Protocol, started: Option<u32>) -> Result<Self, String> {
        if !cfg!(target_os = "linux") {
            return Err("CPU time and memory are read from /proc, which this system does not have".to_owned());
        }
        let owners = serving(address, protocol).map_err(|problem| problem.message);
        let mut pids: BTreeSet<u32> = started.into_iter().flat_map(family).collect();
        match owners {
            Ok(owners) => pids.extend(owners.iter().map(|owner| owner.pid)),
            Err(why) if pids.is_empty() => return Err(why),
            Err(_) => {}
        }
        let first = pids.first().ok_or_else(|| {
            "no process that may be looked at serves this address: another user's needs root, another container's \
             cannot be seen"
                .to_owned()
        })?;
        let name = fs::read_to_string(format!("/proc/{first}/comm")).unwrap_or_default();
        Ok(Self { name: disarmed(name.trim_end()), pids: pids.into_iter().collect() })
    }

    /// CPU time of all their threads so far; `None` once one of the processes is gone.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        self.pids.iter().map(|pid| cpu_time(*pid)).sum()
    }

    /// Resident memory of all of them, in bytes. What they share counts for each.
    pub(super) fn resident(&self) -> u64 {
        self.pids.iter().filter_map(|pid| status(*pid, "VmRSS:")).sum::<u64>() * 1024
    }
}

/// A number in a process's `status`; `None` if it is gone.
fn status(pid: u32, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    value.split_whitespace().next()?.parse().ok()
}

/// A process, and those that it started.
fn family(pid: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u64)> = processes.filter_map(|pid| Some((pid, status(pid, "PPid:")?))).collect();
    let mut family = vec![pid];
    let mut at = 0;
    while at < family.len() {
        let parent = u64::from(family[at]);
        family.extend(parents.iter().filter(|(_, found)| *found == parent).map(|(child, _)| *child));
        at += 1;
    }
    family
}

/// Nanoseconds from the scheduler: `stat` counts ticks of ten milliseconds.
fn cpu_time(pid: u32) -> Option<Duration> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanoseconds = tasks.flatten().filter_map(|task| {
        // A thread may end between the listing and the reading.
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_listening_socket_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = Processes::find(listener.local_addr().unwrap(), Protocol::Tcp, None).unwrap();
        assert_eq!(found.pids, [std::process::id()]);
        assert!(found.resident() > 0 && found.cpu_time() > Some(Duration::ZERO) && !found.name.is_empty());
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], socket.local_addr().unwrap().port()));
        assert_eq!(Processes::find(address, Protocol::Udp, None).unwrap().pids, [std::process::id()]);
        assert!(Processes::find(address, Protocol::Tcp, None).is_err(), "nobody listens there");
    }

    #[test]
    fn a_family_is_a_process_and_its_children() {
        let child = std::process::Command::new("sleep").arg("60").spawn();
        let mut child = child.unwrap();
        let family = family(std::process::id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(family.contains(&std::process::id()) && family.contains(&child.id()), "{family:?}");
        let processes = Processes { name: String::new(), pids: vec![std::process::id(), child.id()] };
        assert_eq!(processes.cpu_time(), None, "the child is gone");
    }
}
