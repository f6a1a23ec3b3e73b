//! Socket options, set before a socket is bound. The kernel hands them on to accepted connections.

#[cfg(unix)]
mod unix;
#[cfg(all(feature = "stream", windows))]
mod windows;

use super::system;
use super::trace::{message, trace};
use crate::server::SocketOptions;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt;

/// The kinds of sockets, by the options that they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6, or both unless `socket.v6_only`.
    V6,
    /// A unix socket.
    #[cfg(all(feature = "stream", unix))]
    Unix,
}

/// A socket whose options are being set.
pub struct Setter<'a> {
    pub fd: &'a OwnedFd,
    pub options: &'a SocketOptions,
    pub trace: bool,
}

impl Setter<'_> {
    #[cfg(feature = "stream")]
    /// Sets what a listening socket of `family` is to have.
    ///
    /// # Errors
    /// One line that names the option, why it cannot be set, and what to do.
    pub fn listening(&self, family: Family) -> Result<(), String> {
        self.of_sockets()?;
        self.linger()?;
        #[cfg(unix)]
        if family == Family::Unix {
            return Ok(());
        }
        self.of_ip(family)?;
        self.of_tcp()
    }

    /// Sets what a UDP socket of `family` is to have.
    ///
    /// # Errors
    /// As [`Self::listening`].
    #[cfg(feature = "udp")]
    pub fn datagrams(&self, family: Family) -> Result<(), String> {
        self.of_sockets()?;
        self.of_ip(family)
    }

    /// What every socket has.
    fn of_sockets(&self) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        self.set("SO_RCVBUF", "receive_buffer", options.receive_buffer, |bytes| {
            sockopt::set_socket_recv_buffer_size(fd, bytes)
        })?;
        self.set("SO_SNDBUF", "send_buffer", options.send_buffer, |bytes| {
            sockopt::set_socket_send_buffer_size(fd, bytes)
        })?;
        #[cfg(unix)]
        self.low_watermark()?;
        Ok(())
    }

    /// What TCP and UDP sockets have.
    fn of_ip(&self, family: Family) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        #[cfg(unix)]
        self.sharing()?;
        #[cfg(feature = "linux-options")]
        self.set("SO_BUSY_POLL", "busy_poll", options.busy_poll, |microseconds| {
            system::set_socket_busy_poll(fd, microseconds)
        })?;
        #[cfg(feature = "linux-options")]
        self.set("SO_BINDTODEVICE", "bind_device", options.bind_device, |device| {
            system::bind_socket_to_device(fd, device)
        })?;
        let v6 = (family == Family::V6).then_some(options.v6_only);
        self.set("IPV6_V6ONLY", "v6_only", v6, |on| sockopt::set_ipv6_v6only(fd, on))?;
        #[cfg(unix)]
        self.class(family)?;
        Ok(())
    }

    #[cfg(feature = "stream")]
    fn linger(&self) -> Result<(), String> {
        self.set("SO_LINGER", "linger", self.options.linger, |seconds| {
            system::set_socket_linger(self.fd, seconds)
        })
    }

    #[cfg(feature = "stream")]
    fn of_tcp(&self) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        self.set("TCP_NODELAY", "no_delay", options.no_delay.then_some(true), |on| {
            sockopt::set_tcp_nodelay(fd, on)
        })?;
        #[cfg(feature = "linux-options")]
        self.set("TCP_DEFER_ACCEPT", "defer_accept", options.defer_accept, |seconds| {
            system::set_tcp_defer_accept(fd, seconds)
        })?;
        #[cfg(feature = "linux-options")]
        self.set("TCP_USER_TIMEOUT", "user_timeout", options.user_timeout, |milliseconds| {
            sockopt::set_tcp_user_timeout(fd, milliseconds)
        })?;
        self.keep_alive()
    }

    /// Sets `SO_KEEPALIVE` and its times, which not every system lets connections inherit.
    ///
    /// # Errors
    /// As [`Self::listening`].
    #[cfg(feature = "stream")]
    pub fn keep_alive(&self) -> Result<(), String> {
        let (fd, asked) = (self.fd, self.options.keep_alive);
        self.set("SO_KEEPALIVE", "keep_alive", asked, |_| sockopt::set_socket_keepalive(fd, true))?;
        self.keep_alive_times()
    }

    /// Sets one option, if it has a value.
    fn set<T>(
        &self,
        option: &str,
        field: &str,
        value: Option<T>,
        set: impl FnOnce(T) -> Result<(), Errno>,
    ) -> Result<(), String> {
        let Some(value) = value else { return Ok(()) };
        let result = set(value);
        if self.trace {
            trace(&format!("setsockopt {option}"), self.fd, &result.map(|()| 0));
        }
        result.map_err(|error| refusal(option, field, error))
    }
}

fn refusal(option: &str, field: &str, error: Errno) -> String {
    let remedy = if system::is_denied(error) {
        " or run with the privilege it needs"
    } else {
        " or give it another value"
    };
    format!("cannot set {option}: {}; remove socket.{field}{remedy}", message(error))
}
