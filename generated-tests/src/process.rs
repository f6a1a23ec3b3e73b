//! What the kernel knows about a process.

use std::time::Duration;

use anyhow::{Context, Result};

/// A process and all that it started, in the order in which they were started.
#[must_use]
pub fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next) {
        found.extend(children(*parent));
        next += 1;
    }
    found
}

fn children(pid: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let texts = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    texts.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// The CPU time of all threads of a process and of those that it started, so far.
///
/// # Errors
/// When the process is gone.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    family(pid).into_iter().map(cpu_time_of_one).sum()
}

fn cpu_time_of_one(pid: u32) -> Result<Duration> {
    let folder = format!("/proc/{pid}/task");
    let mut nanoseconds = 0;
    for entry in std::fs::read_dir(&folder).with_context(|| format!("no process {pid}"))? {
        // A thread may end between the listing and the reading.
        let Ok(text) = std::fs::read_to_string(entry?.path().join("schedstat")) else { continue };
        nanoseconds += text.split_whitespace().next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// How many threads a process and those that it started have.
///
/// # Errors
/// When the process is gone.
pub fn threads(pid: u32) -> Result<usize> {
    let count = |pid| {
        std::fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("no process {pid}")).map(Iterator::count)
    };
    family(pid).into_iter().map(count).sum()
}

/// How many descriptors a process and those that it started have open.
///
/// # Errors
/// When the process is gone.
pub fn descriptors(pid: u32) -> Result<usize> {
    let count = |pid| {
        std::fs::read_dir(format!("/proc/{pid}/fd")).with_context(|| format!("no process {pid}")).map(Iterator::count)
    };
    family(pid).into_iter().map(count).sum()
}

/// The resident memory of a process and of those that it started, in bytes.
///
/// # Errors
/// When the process is gone.
pub fn resident(pid: u32) -> Result<u64> {
    family(pid).into_iter().map(resident_of_one).sum()
}

fn resident_of_one(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("no process {pid}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in the status")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")?;
    Ok(kilobytes * 1024)
}
