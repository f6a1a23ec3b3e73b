//! Linux.

#[cfg(any(feature = "linux-options", feature = "stream"))]
use super::set;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
#[cfg(all(feature = "stream", feature = "readiness"))]
use rustix::net::{SendFlags, SocketAddrAny};
use std::os::fd::{AsFd, OwnedFd};
#[cfg(feature = "stream")]
use std::time::Duration;

/// An IPv6 socket has the type of service of IPv4, too.
pub const V6_HAS_TOS: bool = true;
/// Connections to a port are spread over the sockets that share it.
pub const SPREADS: bool = true;
/// The option by which sockets share a port.
pub const SHARING: &str = "SO_REUSEPORT";
/// The option that holds back what is written.
#[cfg(feature = "stream")]
pub const CORK: &str = "setsockopt TCP_CORK";
/// A peer that is gone is an error, not a signal.
#[cfg(all(feature = "stream", feature = "readiness"))]
pub const SENDING: SendFlags = SendFlags::NOSIGNAL;

const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

/// A socket that neither blocks nor is inherited.
pub fn open(family: AddressFamily, kind: SocketType) -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(family, kind, FLAGS, None)
}

/// A connection that neither blocks nor is inherited, and its peer.
#[cfg(all(feature = "stream", feature = "readiness"))]
pub fn accept(fd: impl AsFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
    rustix::net::acceptfrom_with(fd, FLAGS)
}

/// `SO_REUSEPORT`.
pub fn share_port(fd: impl AsFd) -> Result<(), Errno> {
    sockopt::set_socket_reuseport(fd, true)
}

/// `TCP_CORK`.
#[cfg(feature = "stream")]
pub fn set_tcp_cork(fd: impl AsFd, on: bool) -> Result<(), Errno> {
    sockopt::set_tcp_cork(fd, on)
}

/// `SO_LINGER`.
#[cfg(feature = "stream")]
pub fn set_socket_linger(fd: impl AsFd, seconds: u16) -> Result<(), Errno> {
    sockopt::set_socket_linger(fd, Some(Duration::from_secs(seconds.into())))
}

/// `TCP_FASTOPEN`.
#[cfg(feature = "stream")]
pub fn set_tcp_fastopen(fd: impl AsFd, queue: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_FASTOPEN, &queue.to_ne_bytes())
}

/// `TCP_DEFER_ACCEPT`.
#[cfg(all(feature = "stream", feature = "linux-options"))]
pub fn set_tcp_defer_accept(fd: impl AsFd, seconds: u32) -> Result<(), Errno> {
    set(fd, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, &seconds.to_ne_bytes())
}

/// `SO_BUSY_POLL`.
#[cfg(feature = "linux-options")]
pub fn set_socket_busy_poll(fd: impl AsFd, microseconds: u32) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_BUSY_POLL, &microseconds.to_ne_bytes())
}

/// `SO_BINDTODEVICE`.
#[cfg(feature = "linux-options")]
pub fn bind_socket_to_device(fd: impl AsFd, device: &str) -> Result<(), Errno> {
    set(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, device.as_bytes())
}
