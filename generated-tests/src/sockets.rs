//! The sockets of a running server, duplicated, so that their options can be read back.

use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::process::family;
use crate::server::TestServer;

/// A name for reports, the level and the number of an option whose value is an integer.
pub type Flag = (&'static str, i32, i32);

/// Every socket of a server's processes, as often as a process has it.
///
/// # Errors
/// When the processes may not be looked into.
pub fn all(server: &TestServer) -> Result<Vec<OwnedFd>> {
    let sockets = family(server.pid()).into_iter().map(of_process).collect::<Result<Vec<_>>>()?;
    Ok(sockets.into_iter().flatten().collect())
}

fn of_process(pid: u32) -> Result<Vec<OwnedFd>> {
    let process = Pid::from_raw(i32::try_from(pid)?).context("no process")?;
    let process = pidfd_open(process, PidfdFlags::empty()).with_context(|| format!("no process {pid}"))?;
    let mut found = vec![];
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd"))?.flatten() {
        if std::fs::read_link(entry.path()).is_ok_and(|link| is_socket(&link)) {
            let number = entry.file_name().to_string_lossy().parse()?;
            // It may be closed by now.
            found.extend(pidfd_getfd(&process, number, PidfdGetfdFlags::empty()));
        }
    }
    Ok(found)
}

/// The process that serves a connection: of a server with several that hold it, the last.
///
/// # Errors
/// When none does.
pub fn owner(server: &TestServer, connection: &TcpStream) -> Result<u32> {
    let port = connection.local_addr()?.port();
    for pid in family(server.pid()).into_iter().rev() {
        if of_process(pid)?.iter().any(|socket| peer_port(socket) == Some(port)) {
            return Ok(pid);
        }
    }
    bail!("{} has no connection from port {port}", server.name())
}

fn is_socket(link: &Path) -> bool {
    link.to_string_lossy().starts_with("socket:")
}

fn local_port(socket: &OwnedFd) -> Option<u16> {
    SocketAddr::try_from(rustix::net::getsockname(socket).ok()?).ok().map(|address| address.port())
}

fn peer_port(socket: &OwnedFd) -> Option<u16> {
    SocketAddr::try_from(rustix::net::getpeername(socket).ok()??).ok().map(|address| address.port())
}

/// The sockets bound to the server's port that no peer is connected to: one a worker.
///
/// # Errors
/// When there is none.
pub fn bound(server: &TestServer) -> Result<Vec<OwnedFd>> {
    let port = server.address.port();
    let mut sockets = all(server)?;
    sockets.retain(|socket| local_port(socket) == Some(port) && peer_port(socket).is_none());
    if sockets.is_empty() {
        bail!("{} has no socket bound to port {port}", server.name());
    }
    Ok(sockets)
}

/// The server's end of a connection. Wine may take a moment to give it to the program.
///
/// # Errors
/// When it has none.
pub fn accepted(server: &TestServer, connection: &TcpStream) -> Result<OwnedFd> {
    let port = connection.local_addr()?.port();
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let socket = all(server)?.into_iter().find(|socket| peer_port(socket) == Some(port));
        if socket.is_some() || Instant::now() > deadline {
            return socket.with_context(|| format!("{} has no connection from port {port}", server.name()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The bytes of an option's value; no value is longer than 64.
///
/// # Errors
/// When the kernel has no such option.
pub fn option(socket: &OwnedFd, (name, level, number): Flag) -> Result<Vec<u8>> {
    let mut value = [0_u8; 64];
    let mut size: libc::socklen_t = 64;
    // SAFETY: `value` has the 64 bytes that `size` says, and both live longer than the call.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), level, number, value.as_mut_ptr().cast(), &raw mut size) };
    if result != 0 {
        return Err(std::io::Error::last_os_error()).with_context(|| format!("cannot read {name}"));
    }
    Ok(value[..usize::try_from(size)?].to_vec())
}

/// Gives an option a value.
///
/// # Errors
/// When the kernel has no such option, or does not take the value.
pub fn set(socket: impl AsFd, (name, level, number): Flag, value: i32) -> Result<()> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: `value` has the four bytes that are named, and lives longer than the call.
    let result = unsafe { libc::setsockopt(fd, level, number, (&raw const value).cast(), 4) };
    if result != 0 {
        return Err(std::io::Error::last_os_error()).with_context(|| format!("cannot set {name}"));
    }
    Ok(())
}

/// The value of an option that is an integer.
///
/// # Errors
/// When the kernel has no such option.
pub fn integer(socket: &OwnedFd, flag: Flag) -> Result<i32> {
    let value = option(socket, flag)?;
    match value[..] {
        [byte] => Ok(i32::from(byte)),
        [a, b, c, d, ..] => Ok(i32::from_ne_bytes([a, b, c, d])),
        _ => bail!("{}: a value of {} bytes", flag.0, value.len()),
    }
}
