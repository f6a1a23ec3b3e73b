//! How many files, and with them sockets, this process may open.

/// What is open besides connections: the standard streams, the probe, files of `/proc`.
const RESERVED: usize = 64;
/// What a thread of the load opens.
const PER_THREAD: usize = 4;

/// Connections for which there are files when the limit is raised as far as it goes.
pub(super) fn most_connections(threads: usize) -> usize {
    limit().saturating_sub(RESERVED + threads * PER_THREAD)
}

/// The largest number of open files that this process may give itself.
#[cfg(unix)]
pub(super) fn limit() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.maximum.map_or(usize::MAX, |maximum| usize::try_from(maximum).unwrap_or(usize::MAX))
}

/// Windows knows no limit but memory.
#[cfg(not(unix))]
pub(super) fn limit() -> usize {
    1 << 20
}

/// Lets this process, and those that it starts, open as many files as it may.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        // Where it fails the first connection too many says so.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}
