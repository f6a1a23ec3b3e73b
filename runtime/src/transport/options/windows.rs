//! Options that Windows has in its own way.

use super::Setter;
use crate::transport::system;
use rustix::fd::AsFd as _;
use rustix::io::Errno;
use rustix::net::sockopt;

impl Setter<'_> {
    pub(super) fn keep_alive_times(&self) -> Result<(), String> {
        let (fd, asked) = (self.fd, self.options.keep_alive);
        self.set("SIO_KEEPALIVE_VALS", "keep_alive", asked, |times| {
            system::set_keep_alive_times(fd.as_fd(), times.idle, times.interval)
        })?;
        self.set("TCP_KEEPCNT", "keep_alive.count", asked, |times| {
            match sockopt::set_tcp_keepcnt(fd, times.count) {
                // An older Windows tells ten times, whatever is asked for.
                Err(Errno::NOPROTOOPT) => Ok(()),
                result => result,
            }
        })
    }
}
