//! Listening sockets.

use super::options::{Family, Setter};
use super::socket::{Habits, StreamSocket};
#[cfg(unix)]
use super::socket_file::{self, SocketFile};
use super::system;
use super::trace::{message, trace};
#[cfg(all(windows, not(feature = "iocp")))]
use crate::server::SocketOptions;
use crate::server::{Address, Config, Place};
use rustix::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};
use std::net::SocketAddr;
#[cfg(unix)]
use std::sync::Arc;

/// A listening socket.
pub struct Listener {
    fd: OwnedFd,
    place: Place,
    habits: Habits,
    /// Connections do not inherit all of them.
    #[cfg(all(windows, not(feature = "iocp")))]
    options: SocketOptions,
    /// Removed with the last listener of the process.
    #[cfg(unix)]
    file: Option<Arc<SocketFile>>,
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Listener {
    /// Listens at `place`.
    ///
    /// # Errors
    /// One line that says why that is not possible, and what to do.
    pub fn bind(config: &Config, place: &Place, trace: bool) -> Result<Self, String> {
        let cannot_listen = |error| {
            format!("cannot listen on {place}: {}; {}", message(error), remedy(error, place))
        };
        let family = match place {
            Place::Ip(SocketAddr::V4(_)) => Family::V4,
            Place::Ip(SocketAddr::V6(_)) => Family::V6,
            #[cfg(unix)]
            Place::Unix(_) => Family::Unix,
        };
        let fd = open(family).map_err(cannot_listen)?;
        #[cfg(unix)]
        let tcp = family != Family::Unix;
        let options = &config.socket;
        let mut listener = Self {
            fd,
            place: place.clone(),
            habits: Habits {
                // A unix socket has no options of TCP.
                #[cfg(unix)]
                cork: options.cork && tcp,
                #[cfg(feature = "linux-options")]
                quick_ack: options.quick_ack && tcp,
                #[cfg(windows)]
                lingers: options.linger.is_some_and(|seconds| seconds > 0),
                trace,
            },
            #[cfg(all(windows, not(feature = "iocp")))]
            options: *options,
            #[cfg(unix)]
            file: None,
        };
        listener.traced("socket", Ok(())).map_err(cannot_listen)?;
        Setter { fd: &listener.fd, options, trace }.listening(family)?;
        listener.bind_and_listen(place, config.listen.backlog).map_err(cannot_listen)?;
        #[cfg(unix)]
        if tcp {
            Setter { fd: &listener.fd, options, trace }.fast_open()?;
        }
        Ok(listener)
    }

    fn bind_and_listen(&mut self, place: &Place, backlog: u16) -> Result<(), Errno> {
        match place {
            Place::Ip(address) => {
                self.traced("bind", rustix::net::bind(&self.fd, address))?;
                self.place = Place::Ip(SocketAddr::try_from(rustix::net::getsockname(&self.fd)?)?);
            }
            #[cfg(unix)]
            Place::Unix(path) => {
                self.traced("bind", socket_file::bind(&self.fd, path))?;
                self.file = Some(Arc::new(SocketFile(path.clone())));
            }
        }
        self.traced("listen", rustix::net::listen(&self.fd, backlog.into()))
    }

    fn traced(&self, operation: &str, result: Result<(), Errno>) -> Result<(), Errno> {
        if self.habits.trace {
            trace(operation, &self.fd, &result.map(|()| 0));
        }
        result
    }

    /// One more at the same place, for another worker. The two share the port; where the system does
    /// not spread connections over them, and at a unix socket, they share the socket.
    ///
    /// # Errors
    /// As [`Self::bind`].
    #[cfg(any(unix, not(feature = "iocp")))]
    pub fn another(&self, config: &Config, trace: bool) -> Result<Self, String> {
        if system::SPREADS && matches!(self.place, Place::Ip(_)) {
            return Self::bind(config, &self.place, trace);
        }
        let fd = self.fd.try_clone().map_err(|error| format!("cannot listen: {error}"))?;
        Ok(Self {
            // Of the same socket.
            fd,
            place: self.place.clone(),
            #[cfg(unix)]
            file: self.file.clone(),
            #[cfg(all(windows, not(feature = "iocp")))]
            options: self.options,
            habits: self.habits,
        })
    }

    /// Where it listens, with the port that the kernel chose.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// As the kernel says.
    #[cfg(all(feature = "readiness", any(unix, not(feature = "iocp"))))]
    pub fn accept(&self) -> Result<(StreamSocket, Address), Errno> {
        let result = system::accept(&self.fd);
        if self.habits.trace {
            let shown = result.as_ref().map(|(fd, _)| fd.as_raw_fd());
            trace("accept", &self.fd, &shown.map_err(|error| *error));
        }
        let (fd, address) = result?;
        // The listener took them, too.
        #[cfg(windows)]
        let _ = Setter { fd: &fd, options: &self.options, trace: self.habits.trace }.keep_alive();
        let address = match self.place {
            Place::Ip(_) => SocketAddr::try_from(address.ok_or(Errno::CONNABORTED)?)?.into(),
            #[cfg(unix)]
            Place::Unix(_) => Address::Unix,
        };
        Ok((self.connection(fd), address))
    }

    /// The socket and the address of a connection that the kernel has accepted by itself.
    ///
    /// # Errors
    /// If the peer is gone already.
    #[cfg(any(feature = "io-uring", all(feature = "iocp", windows)))]
    pub fn accepted(&self, fd: OwnedFd) -> Result<(StreamSocket, Address), Errno> {
        if self.habits.trace {
            trace("accept", &self.fd, &Ok(fd.as_raw_fd()));
        }
        let address = match self.place {
            Place::Ip(_) => {
                let peer = rustix::net::getpeername(&fd)?.ok_or(Errno::NOTCONN)?;
                SocketAddr::try_from(peer)?.into()
            }
            #[cfg(unix)]
            Place::Unix(_) => Address::Unix,
        };
        Ok((self.connection(fd), address))
    }

    fn connection(&self, fd: OwnedFd) -> StreamSocket {
        StreamSocket::new(fd, self.habits)
    }
}

/// A socket that does not block and is not inherited.
pub fn open(family: Family) -> Result<OwnedFd, Errno> {
    let family = match family {
        Family::V4 => AddressFamily::INET,
        Family::V6 => AddressFamily::INET6,
        #[cfg(unix)]
        Family::Unix => AddressFamily::UNIX,
    };
    system::open(family, SocketType::STREAM)
}

fn remedy(error: Errno, place: &Place) -> &'static str {
    match (error, place) {
        (Errno::ADDRINUSE, Place::Ip(_)) => "stop the other program or set PORT",
        #[cfg(unix)]
        (Errno::ADDRINUSE, Place::Unix(_)) => {
            "stop the other program, remove the file, or set HOST"
        }
        (error, Place::Ip(_)) if system::is_denied(error) => "set PORT to 1024 or above",
        (Errno::ADDRNOTAVAIL, _) => "set HOST to an address of this machine",
        (_, Place::Ip(_)) => "set HOST and PORT",
        #[cfg(unix)]
        (_, Place::Unix(_)) => "set HOST to a path where a socket can be made",
    }
}
