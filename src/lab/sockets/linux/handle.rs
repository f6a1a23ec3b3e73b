//! A socket of another process: pidfd_open(2) and pidfd_getfd(2).

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::{fs, io};

use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, getpeername, getsockname, ipproto, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::diagnostics::{Diagnostic, codes};
use crate::lab::sockets::address::canonical;
use crate::lab::sockets::options::{Family, Kind, SocketOption, Transport, Value};
use crate::text::quote;

/// A duplicate of another process's socket. It shares all that is set with the original; closing it closes nothing there.
pub struct Handle {
    fd: OwnedFd,
    inode: u64,
}

impl Handle {
    /// Takes descriptor `fd` of process `pid`.
    ///
    /// # Errors
    /// If there is no such process or descriptor, it is no socket, or this process may not.
    pub fn take(pid: u32, fd: u32) -> Result<Self, Diagnostic> {
        let process = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(|| gone(pid))?;
        let number = i32::try_from(fd).map_err(|_| not_open(pid, fd))?;
        let refusal = |error| refusal(error, pid, fd);
        let process = pidfd_open(process, PidfdFlags::empty()).map_err(refusal)?;
        let taken = pidfd_getfd(process, number, PidfdGetfdFlags::empty()).map_err(refusal)?;
        let status = fstat(&taken).map_err(refusal)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::Socket {
            return Err(no_socket(pid, fd));
        }
        Ok(Self { fd: taken, inode: status.st_ino })
    }

    /// The socket's number.
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// What kind of socket it is.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn kind(&self) -> io::Result<Kind> {
        let family = match sockopt::socket_domain(&self.fd)? {
            AddressFamily::INET => Family::V4,
            AddressFamily::INET6 => Family::V6,
            AddressFamily::UNIX => Family::Unix,
            _ => Family::Other,
        };
        let transport = match sockopt::socket_protocol(&self.fd)? {
            Some(ipproto::TCP) => Transport::Tcp,
            Some(ipproto::UDP) => Transport::Udp,
            _ => Transport::Other,
        };
        Ok(Kind { family, transport, listens: sockopt::socket_acceptconn(&self.fd)? })
    }

    /// Its own address, if it is one of IP.
    pub fn local(&self) -> Option<SocketAddr> {
        getsockname(&self.fd).ok()?.try_into().ok().map(canonical)
    }

    /// Its peer's address, if it is one of IP.
    pub fn remote(&self) -> Option<SocketAddr> {
        getpeername(&self.fd).ok()??.try_into().ok().map(canonical)
    }

    /// The path of a unix socket.
    pub fn path(&self) -> Option<String> {
        let address = SocketAddrUnix::try_from(getsockname(&self.fd).ok()?).ok()?;
        Some(format!("unix:{}", address.path()?.to_string_lossy()))
    }

    /// Reads one of its options; `None` if it has no such option.
    pub fn read(&self, option: SocketOption) -> Option<Value> {
        super::sockopt::read(&self.fd, option).ok()
    }
}

fn gone(pid: u32) -> Diagnostic {
    Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("there is no process {pid}"))
        .help("`specgen sockets states` names the owners of all listeners")
}

fn not_open(pid: u32, fd: u32) -> Diagnostic {
    let name = super::owners::name(pid);
    Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("process {pid} ({name}) has no descriptor {fd}"))
        .help(format!("`ls -l /proc/{pid}/fd` lists those that it has"))
}

fn no_socket(pid: u32, fd: u32) -> Diagnostic {
    let target = fs::read_link(format!("/proc/{pid}/fd/{fd}")).unwrap_or_default();
    let what = quote(&target.to_string_lossy());
    Diagnostic::new(&codes::NO_SUCH_SOCKET, format!("descriptor {fd} of process {pid} is no socket but {what}"))
        .help(format!("`ls -l /proc/{pid}/fd` shows which are sockets"))
}

fn refusal(error: Errno, pid: u32, fd: u32) -> Diagnostic {
    match error {
        Errno::SRCH | Errno::INVAL => gone(pid),
        Errno::BADF => not_open(pid, fd),
        Errno::PERM | Errno::ACCESS => not_permitted(pid),
        Errno::NOSYS => Diagnostic::new(&codes::KERNEL_REFUSES, "this kernel has no pidfd_getfd")
            .help("Linux 5.6 is the first that has it; `specgen sockets states` and `connections` need less"),
        error => Diagnostic::new(
            &codes::KERNEL_REFUSES,
            format!("descriptor {fd} of process {pid} cannot be looked at: {}", io::Error::from(error)),
        ),
    }
}

/// ptrace(2) has the rules, "Ptrace access mode checking".
fn not_permitted(pid: u32) -> Diagnostic {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let name = super::owners::name(pid);
    let problem = Diagnostic::new(
        &codes::NOT_PERMITTED,
        format!("process {pid} ({name}) does not let its sockets be looked at: EPERM"),
    )
    .help("run specgen as the user of that process, or as root, or give it CAP_SYS_PTRACE");
    match scope.trim() {
        "" | "0" => problem,
        scope => problem.help(format!(
            "kernel.yama.ptrace_scope is {scope}: being the same user is not enough; \
             `sysctl kernel.yama.ptrace_scope=0` allows it"
        )),
    }
}
