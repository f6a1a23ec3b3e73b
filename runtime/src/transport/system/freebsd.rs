//! FreeBSD.

#[cfg(feature = "stream")]
use super::set;
use rustix::io::Errno;
#[cfg(feature = "stream")]
use rustix::net::SocketAddrAny;
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, sockopt};
use std::os::fd::{AsFd, OwnedFd};
#[cfg(feature = "stream")]
use std::time::Duration;

/// An IPv6 socket has no type of service of IPv4.
pub const V6_HAS_TOS: bool = false;
/// Connections to a port are spread over the sockets that share it.
pub const SPREADS: bool = true;
/// The option by which sockets share a port.
pub const SHARING: &str = "SO_REUSEPORT_LB";
/// The option that holds back what is written.
#[cfg(feature = "stream")]
pub const CORK: &str = "setsockopt TCP_NOPUSH";
/// A peer that is gone is an error, not a signal.
pub const SENDING: SendFlags = SendFlags::NOSIGNAL;

const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

/// A socket that neither blocks nor is inherited.
pub fn open(family: AddressFamily, kind: SocketType) -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(family, kind, FLAGS, None)
}

/// A connection that neither blocks nor is inherited, and its peer.
#[cfg(feature = "stream")]
pub fn accept(fd: impl AsFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
    rustix::net::acceptfrom_with(fd, FLAGS)
}

/// `SO_REUSEPORT_LB`: `SO_REUSEPORT` alone would give everything to one of the sockets.
pub fn share_port(fd: impl AsFd) -> Result<(), Errno> {
    sockopt::set_socket_reuseport_lb(fd, true)
}

/// `TCP_NOPUSH`.
#[cfg(feature = "stream")]
pub fn set_tcp_cork(fd: impl AsFd, on: bool) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_NOPUSH, &i32::from(on).to_ne_bytes())
}

/// `SO_LINGER`.
#[cfg(feature = "stream")]
pub fn set_socket_linger(fd: impl AsFd, seconds: u16) -> Result<(), Errno> {
    sockopt::set_socket_linger(fd, Some(Duration::from_secs(seconds.into())))
}

/// `TCP_FASTOPEN`: the queue is the kernel's own.
#[cfg(feature = "stream")]
pub fn set_tcp_fastopen(fd: impl AsFd, _queue: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_FASTOPEN, &1_i32.to_ne_bytes())
}
