//! Options that systems of the family of Unix have, or need.

use super::{Family, Setter};
use crate::transport::system;
use rustix::net::sockopt;

impl Setter<'_> {
    pub(super) fn low_watermark(&self) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        self.set("SO_RCVLOWAT", "receive_low_watermark", options.receive_low_watermark, |bytes| {
            system::set_socket_receive_low_watermark(fd, bytes)
        })
    }

    /// How the address and the port may be shared.
    pub(super) fn sharing(&self) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        let asked = |option: bool| option.then_some(true);
        self.set("SO_REUSEADDR", "reuse_address", asked(options.reuse_address), |on| {
            sockopt::set_socket_reuseaddr(fd, on)
        })?;
        self.set(system::SHARING, "reuse_port", asked(options.reuse_port), |_| {
            system::share_port(fd)
        })
    }

    /// The class of traffic.
    pub(super) fn class(&self, family: Family) -> Result<(), String> {
        let Self { fd, options, .. } = self;
        let class = options.dscp.map(|dscp| dscp << 2);
        let v6_class = class.filter(|_| family == Family::V6);
        let v4_too = system::V6_HAS_TOS && !options.v6_only;
        let v4_class = class.filter(|_| family == Family::V4 || v4_too);
        self.set("IP_TOS", "dscp", v4_class, |class| sockopt::set_ip_tos(fd, class))?;
        self.set("IPV6_TCLASS", "dscp", v6_class, |class| {
            sockopt::set_ipv6_tclass(fd, class.into())
        })
    }

    #[cfg(feature = "stream")]
    pub(super) fn keep_alive_times(&self) -> Result<(), String> {
        let (fd, asked) = (self.fd, self.options.keep_alive);
        self.set("TCP_KEEPIDLE", "keep_alive.idle", asked, |times| {
            sockopt::set_tcp_keepidle(fd, times.idle)
        })?;
        self.set("TCP_KEEPINTVL", "keep_alive.interval", asked, |times| {
            sockopt::set_tcp_keepintvl(fd, times.interval)
        })?;
        self.set("TCP_KEEPCNT", "keep_alive.count", asked, |times| {
            sockopt::set_tcp_keepcnt(fd, times.count)
        })
    }

    /// Sets `TCP_FASTOPEN`, which not every system takes before the socket listens.
    ///
    /// # Errors
    /// As [`Self::listening`].
    #[cfg(feature = "stream")]
    pub fn fast_open(&self) -> Result<(), String> {
        self.set("TCP_FASTOPEN", "fast_open", self.options.fast_open, |queue| {
            system::set_tcp_fastopen(self.fd, queue)
        })
    }
}
