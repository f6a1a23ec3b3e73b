//! macOS.

#[cfg(feature = "stream")]
use super::set;
use rustix::io::{Errno, FdFlags};
#[cfg(feature = "stream")]
use rustix::net::SocketAddrAny;
use rustix::net::{AddressFamily, SendFlags, SocketType, sockopt};
use std::os::fd::{AsFd, OwnedFd};

/// An IPv6 socket has no type of service of IPv4.
pub const V6_HAS_TOS: bool = false;
/// Of sockets that share a port, one gets everything: workers have to share the socket instead.
pub const SPREADS: bool = false;
/// The option by which sockets share a port.
pub const SHARING: &str = "SO_REUSEPORT";
/// The option that holds back what is written.
#[cfg(feature = "stream")]
pub const CORK: &str = "setsockopt TCP_NOPUSH";
/// A peer that is gone is an error: Rust programs ignore the signal.
pub const SENDING: SendFlags = SendFlags::empty();

/// A socket that neither blocks nor is inherited.
pub fn open(family: AddressFamily, kind: SocketType) -> Result<OwnedFd, Errno> {
    prepared(rustix::net::socket(family, kind, None)?)
}

/// A connection that neither blocks nor is inherited, and its peer.
#[cfg(feature = "stream")]
pub fn accept(fd: impl AsFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
    let (fd, address) = rustix::net::acceptfrom(fd)?;
    Ok((prepared(fd)?, address))
}

/// There is no call that opens and prepares a socket at once.
fn prepared(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&fd, true)?;
    Ok(fd)
}

/// `SO_REUSEPORT`.
pub fn share_port(fd: impl AsFd) -> Result<(), Errno> {
    sockopt::set_socket_reuseport(fd, true)
}

/// `TCP_NOPUSH`.
#[cfg(feature = "stream")]
pub fn set_tcp_cork(fd: impl AsFd, on: bool) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_NOPUSH, &i32::from(on).to_ne_bytes())
}

/// `SO_LINGER_SEC`: `SO_LINGER` counts ticks here.
#[cfg(feature = "stream")]
pub fn set_socket_linger(fd: impl AsFd, seconds: u16) -> Result<(), Errno> {
    let (on, seconds) = (1_i32.to_ne_bytes(), i32::from(seconds).to_ne_bytes());
    set(fd, libc::SOL_SOCKET, libc::SO_LINGER_SEC, &[on, seconds].concat())
}

/// `TCP_FASTOPEN`: the queue is the kernel's own.
#[cfg(feature = "stream")]
pub fn set_tcp_fastopen(fd: impl AsFd, _queue: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_FASTOPEN, &1_i32.to_ne_bytes())
}
