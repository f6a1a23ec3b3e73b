//! TCP sockets, with the traces of `SOCKET_DEBUG`.

use crate::server::{Config, Socket};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, SocketFlags, SocketType,
    sockopt,
};
use std::fmt::Display;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

const NON_BLOCKING: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);

/// A connected socket.
pub struct TcpSocket {
    fd: OwnedFd,
    trace: bool,
}

impl AsFd for TcpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Socket for TcpSocket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = rustix::net::recv(&self.fd, buffer, RecvFlags::empty()).map(|(_, read)| read);
        self.trace("read", &result);
        Ok(result?)
    }

    #[inline]
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let result = if let [part] = parts {
            rustix::net::send(&self.fd, part, SendFlags::NOSIGNAL)
        } else {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(&self.fd, parts, &mut control, SendFlags::NOSIGNAL)
        };
        self.trace("write", &result);
        Ok(result?)
    }

    fn shut_down(&mut self) {
        let result = rustix::net::shutdown(&self.fd, Shutdown::Write);
        // A connection that the peer has reset is shut down already.
        self.trace("shutdown", &result.map(|()| 0));
    }
}

impl TcpSocket {
    #[inline]
    fn trace(&self, operation: &str, result: &Result<usize, Errno>) {
        if self.trace {
            trace(operation, &self.fd, result);
        }
    }
}

impl Drop for TcpSocket {
    fn drop(&mut self) {
        self.trace("close", &Ok(0));
    }
}

/// One line for a socket operation and its result.
#[cold]
fn trace<T: Display>(operation: &str, fd: &OwnedFd, result: &Result<T, Errno>) {
    let fd = fd.as_raw_fd();
    match result {
        Ok(value) => eprintln!("socket: {operation} fd={fd} = {value}"),
        Err(error) => eprintln!("socket: {operation} fd={fd} = {}", message(*error)),
    }
}

/// The words for an error, without its number.
pub fn message(error: Errno) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// A listening socket.
pub struct Listener {
    fd: OwnedFd,
    trace: bool,
    no_delay: bool,
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Listener {
    /// Listens on `address`.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn bind(config: &Config, address: SocketAddr, trace: bool) -> Result<Self, Errno> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let fd = rustix::net::socket_with(family, SocketType::STREAM, NON_BLOCKING, None)?;
        let listener = Self { fd, trace, no_delay: config.socket.no_delay };
        listener.traced("socket", Ok(()))?;
        let options = &config.socket;
        if options.reuse_address {
            let result = sockopt::set_socket_reuseaddr(&listener.fd, true);
            listener.traced("setsockopt SO_REUSEADDR", result)?;
        }
        if options.reuse_port {
            let result = sockopt::set_socket_reuseport(&listener.fd, true);
            listener.traced("setsockopt SO_REUSEPORT", result)?;
        }
        if address.is_ipv6() {
            let result = sockopt::set_ipv6_v6only(&listener.fd, false);
            listener.traced("setsockopt IPV6_V6ONLY", result)?;
        }
        listener.traced("bind", rustix::net::bind(&listener.fd, &address))?;
        let backlog = i32::from(config.listen.backlog);
        listener.traced("listen", rustix::net::listen(&listener.fd, backlog))?;
        Ok(listener)
    }

    fn traced(&self, operation: &str, result: Result<(), Errno>) -> Result<(), Errno> {
        if self.trace {
            trace(operation, &self.fd, &result.map(|()| 0));
        }
        result
    }

    /// The address with the port that the kernel chose.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn address(&self) -> Result<SocketAddr, Errno> {
        SocketAddr::try_from(rustix::net::getsockname(&self.fd)?)
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn accept(&self) -> Result<(TcpSocket, SocketAddr), Errno> {
        let result = rustix::net::acceptfrom_with(&self.fd, NON_BLOCKING);
        if self.trace {
            let shown = result.as_ref().map(|(fd, _)| fd.as_raw_fd());
            trace("accept", &self.fd, &shown.map_err(|error| *error));
        }
        let (fd, address) = result?;
        let address = address.ok_or(Errno::CONNABORTED)?;
        let address = SocketAddr::try_from(address)?;
        if self.no_delay {
            let result = sockopt::set_tcp_nodelay(&fd, true);
            if self.trace {
                trace("setsockopt TCP_NODELAY", &fd, &result.map(|()| 0));
            }
        }
        Ok((TcpSocket { fd, trace: self.trace }, address))
    }
}
