//! How many files, and with them sockets, this process may open.

/// What is open besides connections: the standard streams, the probe, files of `/proc`.
const RESERVED: usize = 64;
/// What a thread of the load opens.
const PER_THREAD: usize = 4;

/// Connections for which there are files when the limit is raised as far as it goes.
pub(super) fn most_connections(threads: usize) -> usize {
    limit().saturating_sub(RESERVED + threads * PER_THREAD)
}

/// The largest number of open files that this process may give itself; macOS takes no more, whatever it says that there is no limit to.
#[cfg(unix)]
fn most() -> u64 {
    use rustix::process::{Resource, getrlimit};
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    if cfg!(target_os = "macos") { most.min(10_240) } else { most }
}

/// Windows knows no limit but memory.
#[cfg(not(unix))]
fn most() -> u64 {
    1 << 20
}

/// As [`most`], as a number of things in memory.
pub(super) fn limit() -> usize {
    usize::try_from(most()).unwrap_or(usize::MAX)
}

/// Lets this process, and those that it starts, open as many files as it may.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        // Where it fails the first connection too many says so.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(most()).filter(|most| *most < u64::MAX), maximum });
    }
}
