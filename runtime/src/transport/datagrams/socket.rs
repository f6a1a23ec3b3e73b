//! The UDP socket of a worker.

use super::batch::{self, Incoming, Outgoing};
use super::multicast;
use crate::server::{Addressed, Config, Place, Transmit};
use crate::transport::options::{Family, Setter};
use crate::transport::system;
use crate::transport::trace::{message, trace};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// A bound UDP socket.
#[derive(Clone)]
pub struct DatagramSocket {
    fd: Arc<OwnedFd>,
    address: SocketAddr,
    outgoing: Outgoing,
    trace: bool,
}

impl AsFd for DatagramSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl DatagramSocket {
    /// Binds a socket to `place`.
    ///
    /// # Errors
    /// One line that says why that is not possible, and what to do.
    pub fn bind(config: &Config, place: &Place, trace: bool) -> Result<Self, String> {
        let cannot_listen =
            |error| format!("cannot listen on {place}: {}; {}", message(error), remedy(error));
        #[cfg(unix)]
        let Place::Ip(address) = *place else { return Err(cannot_listen(Errno::AFNOSUPPORT)) };
        #[cfg(windows)]
        let Place::Ip(address) = *place;
        let (family, kind) = match address {
            SocketAddr::V4(_) => (Family::V4, AddressFamily::INET),
            SocketAddr::V6(_) => (Family::V6, AddressFamily::INET6),
        };
        let fd = system::open(kind, SocketType::DGRAM).map_err(cannot_listen)?;
        #[cfg(windows)]
        system::pass_over_unreachable_peers(fd.as_fd()).map_err(cannot_listen)?;
        let outgoing = Outgoing::new(&fd);
        let mut socket = Self { fd: Arc::new(fd), address, outgoing, trace };
        socket.traced("socket", Ok(0)).map_err(cannot_listen)?;
        Setter { fd: &socket.fd, options: &config.socket, trace }.datagrams(family)?;
        if config.udp.broadcast {
            let set = sockopt::set_socket_broadcast(&socket.fd, true).map(|()| 0);
            socket.traced("setsockopt SO_BROADCAST", set).map_err(cannot_listen)?;
        }
        let bound = rustix::net::bind(&socket.fd, &address).map(|()| 0);
        socket.traced("bind", bound).map_err(cannot_listen)?;
        if let Some(group) = &config.udp.multicast {
            multicast::join(&socket.fd, group)?;
        }
        socket.address = socket.own_address().map_err(cannot_listen)?;
        Ok(socket)
    }

    /// One more at the same place, for another worker. The two share the port, or the socket where
    /// the system does not spread datagrams over them.
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub fn another(&self, config: &Config) -> Result<Self, String> {
        if system::SPREADS {
            return Self::bind(config, &Place::Ip(self.address), self.trace);
        }
        Ok(self.clone())
    }

    fn own_address(&self) -> Result<SocketAddr, Errno> {
        SocketAddr::try_from(rustix::net::getsockname(&self.fd)?)
    }

    /// Where it is bound, with the port that the kernel chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Receives what there is.
    ///
    /// # Errors
    /// As the kernel says.
    #[inline]
    pub fn receive(&self, incoming: &mut Incoming) -> Result<usize, Errno> {
        self.traced(batch::RECEIVE, incoming.receive(self.fd.as_fd()))
    }

    #[inline]
    fn traced(&self, operation: &str, result: Result<usize, Errno>) -> Result<usize, Errno> {
        if self.trace {
            trace(operation, &self.fd, &result);
        }
        result
    }
}

impl Transmit for DatagramSocket {
    fn transmit(&mut self, datagrams: &[Addressed], bytes: &[u8]) -> io::Result<usize> {
        let sent = self.outgoing.send(self.fd.as_fd(), datagrams, bytes);
        Ok(self.traced(batch::SEND, sent)?)
    }
}

fn remedy(error: Errno) -> &'static str {
    match error {
        Errno::ADDRINUSE => "stop the other program or set PORT",
        error if system::is_denied(error) => "set PORT to 1024 or above",
        Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT => "set HOST to an address of this machine",
        _ => "set HOST and PORT",
    }
}
