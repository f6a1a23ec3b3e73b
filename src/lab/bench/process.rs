//! The server's processes, where it runs on this machine: their CPU time and memory, from `/proc`.

use std::net::SocketAddr;
use std::time::Duration;

/// The processes behind a server's port.
#[derive(Clone, Debug)]
pub(super) struct Processes {
    pub(super) name: String,
    pub(super) pids: Vec<u32>,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeSet, HashSet};

    use procfs::net::{TcpState, tcp, tcp6, udp, udp6};
    use procfs::process::{FDTarget, Process, all_processes};

    use super::{Duration, Processes, SocketAddr};

    impl Processes {
        /// Finds the processes that listen on an address, and those that `started` has started.
        ///
        /// # Errors
        /// Why none is found, in words.
        pub(in super::super) fn find(address: SocketAddr, is_udp: bool, started: Option<u32>) -> Result<Self, String> {
            let sockets = if is_udp { bound(address) } else { listening(address) };
            let mut pids: BTreeSet<u32> = owners(&sockets);
            pids.extend(started.into_iter().flat_map(family));
            let first = pids.first().copied().ok_or_else(|| {
                "no process that may be looked at listens there: another user's needs root, another container's cannot be seen"
                    .to_owned()
            })?;
            let name = Process::new(first as i32).and_then(|process| process.stat()).map(|stat| stat.comm);
            Ok(Self { name: name.unwrap_or_default(), pids: pids.into_iter().collect() })
        }

        /// CPU time of all their threads so far.
        pub(in super::super) fn cpu_time(&self) -> Duration {
            self.pids.iter().map(|pid| cpu_time(*pid)).sum()
        }

        /// Resident memory of all of them, in bytes. What they share counts for each.
        pub(in super::super) fn resident(&self) -> u64 {
            let resident = |pid: &u32| Some(Process::new(*pid as i32).ok()?.statm().ok()?.resident);
            self.pids.iter().filter_map(resident).sum::<u64>() * procfs::page_size()
        }
    }

    fn serves(local: SocketAddr, wanted: SocketAddr) -> bool {
        let mapped = local.ip().to_canonical();
        local.port() == wanted.port() && (local.ip().is_unspecified() || mapped == wanted.ip().to_canonical())
    }

    fn listening(address: SocketAddr) -> HashSet<u64> {
        let entries = [tcp(), tcp6()].into_iter().flatten().flatten();
        let serving = entries.filter(|entry| entry.state == TcpState::Listen && serves(entry.local_address, address));
        serving.map(|entry| entry.inode).collect()
    }

    fn bound(address: SocketAddr) -> HashSet<u64> {
        let entries = [udp(), udp6()].into_iter().flatten().flatten();
        entries.filter(|entry| serves(entry.local_address, address)).map(|entry| entry.inode).collect()
    }

    fn owners(sockets: &HashSet<u64>) -> BTreeSet<u32> {
        let owns = |process: &Process| {
            let files = process.fd().into_iter().flatten().flatten();
            files.into_iter().any(|file| matches!(file.target, FDTarget::Socket(inode) if sockets.contains(&inode)))
        };
        let processes = all_processes().into_iter().flatten().flatten();
        processes.filter(owns).filter_map(|process| u32::try_from(process.pid()).ok()).collect()
    }

    /// A process, and those that it started.
    fn family(pid: u32) -> Vec<u32> {
        let parents: Vec<(u32, u32)> = all_processes()
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|process| process.stat().ok())
            .filter_map(|stat| Some((u32::try_from(stat.pid).ok()?, u32::try_from(stat.ppid).ok()?)))
            .collect();
        let mut family = vec![pid];
        let mut at = 0;
        while at < family.len() {
            let parent = family[at];
            family.extend(parents.iter().filter(|(_, found)| *found == parent).map(|(child, _)| *child));
            at += 1;
        }
        family
    }

    /// Nanoseconds from the scheduler: `stat` counts ticks of ten milliseconds.
    fn cpu_time(pid: u32) -> Duration {
        let tasks = Process::new(pid as i32).and_then(|process| process.tasks()).into_iter().flatten().flatten();
        tasks.filter_map(|task| task.schedstat().ok()).map(|stat| Duration::from_nanos(stat.sum_exec_runtime)).sum()
    }
}

#[cfg(not(target_os = "linux"))]
impl Processes {
    /// Only Linux shows it.
    pub(super) fn find(_: SocketAddr, _: bool, _: Option<u32>) -> Result<Self, String> {
        Err("CPU time and memory are read from /proc, which this system does not have".to_owned())
    }

    /// None are found.
    pub(super) fn cpu_time(&self) -> Duration {
        Duration::ZERO
    }

    /// None are found.
    pub(super) fn resident(&self) -> u64 {
        0
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_listening_socket_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = Processes::find(listener.local_addr().unwrap(), false, None).unwrap();
        assert_eq!(found.pids, [std::process::id()]);
        assert!(found.resident() > 0 && found.cpu_time() > Duration::ZERO && !found.name.is_empty());
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], socket.local_addr().unwrap().port()));
        assert_eq!(Processes::find(address, true, None).unwrap().pids, [std::process::id()]);
    }

    #[test]
    fn nobody_is_somebody() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(Processes::find(free, false, None).is_err());
    }
}
