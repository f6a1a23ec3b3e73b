//! Listening sockets.

use super::options::{Family, Setter};
use super::socket::{Habits, StreamSocket};
use super::system;
use super::trace::{message, trace};
use crate::server::{Address, Config, Place};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A listening socket.
pub struct Listener {
    fd: OwnedFd,
    place: Place,
    habits: Habits,
    /// Removed with the last listener of the process.
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
            Place::Unix(_) => Family::Unix,
        };
        let fd = open(family).map_err(cannot_listen)?;
        let tcp = family != Family::Unix;
        let options = &config.socket;
        let mut listener = Self {
            fd,
            place: place.clone(),
            habits: Habits {
                // A unix socket has no options of TCP.
                cork: options.cork && tcp,
                #[cfg(feature = "linux-options")]
                quick_ack: options.quick_ack && tcp,
                trace,
            },
            file: None,
        };
        listener.traced("socket", Ok(())).map_err(cannot_listen)?;
        Setter { fd: &listener.fd, options, trace }.listening(family)?;
        listener.bind_and_listen(place, config.listen.backlog).map_err(cannot_listen)?;
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
            Place::Unix(path) => {
                remove_stale(path);
                let address = SocketAddrUnix::new(path)?;
                self.traced("bind", rustix::net::bind(&self.fd, &address))?;
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
    pub fn another(&self, config: &Config, trace: bool) -> Result<Self, String> {
        if system::SPREADS && matches!(self.place, Place::Ip(_)) {
            return Self::bind(config, &self.place, trace);
        }
        let fd = self.fd.try_clone().map_err(|error| format!("cannot listen: {error}"))?;
        let (place, file) = (self.place.clone(), self.file.clone());
        Ok(Self { fd, place, file, habits: self.habits })
    }

    /// Where it listens, with the port that the kernel chose.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// As the kernel says.
    #[cfg(feature = "readiness")]
    pub fn accept(&self) -> Result<(StreamSocket, Address), Errno> {
        let result = system::accept(&self.fd);
        if self.habits.trace {
            let shown = result.as_ref().map(|(fd, _)| fd.as_raw_fd());
            trace("accept", &self.fd, &shown.map_err(|error| *error));
        }
        let (fd, address) = result?;
        let address = match self.place {
            Place::Ip(_) => SocketAddr::try_from(address.ok_or(Errno::CONNABORTED)?)?.into(),
            Place::Unix(_) => Address::Unix,
        };
        Ok((self.connection(fd), address))
    }

    /// The socket and the address of a connection that the kernel has accepted by itself.
    ///
    /// # Errors
    /// If the peer is gone already.
    #[cfg(feature = "io-uring")]
    pub fn accepted(&self, fd: OwnedFd) -> Result<(StreamSocket, Address), Errno> {
        if self.habits.trace {
            trace("accept", &self.fd, &Ok(fd.as_raw_fd()));
        }
        let address = match self.place {
            Place::Ip(_) => {
                let peer = rustix::net::getpeername(&fd)?.ok_or(Errno::NOTCONN)?;
                SocketAddr::try_from(peer)?.into()
            }
            Place::Unix(_) => Address::Unix,
        };
        Ok((self.connection(fd), address))
    }

    fn connection(&self, fd: OwnedFd) -> StreamSocket {
        StreamSocket::new(fd, self.habits)
    }
}

fn open(family: Family) -> Result<OwnedFd, Errno> {
    let family = match family {
        Family::V4 => AddressFamily::INET,
        Family::V6 => AddressFamily::INET6,
        Family::Unix => AddressFamily::UNIX,
    };
    system::open(family, SocketType::STREAM)
}

fn remedy(error: Errno, place: &Place) -> &'static str {
    match (error, place) {
        (Errno::ADDRINUSE, Place::Ip(_)) => "stop the other program or set PORT",
        (Errno::ADDRINUSE, Place::Unix(_)) => {
            "stop the other program, remove the file, or set HOST"
        }
        (Errno::ACCESS | Errno::PERM, Place::Ip(_)) => "set PORT to 1024 or above",
        (Errno::ADDRNOTAVAIL, _) => "set HOST to an address of this machine",
        (_, Place::Ip(_)) => "set HOST and PORT",
        (_, Place::Unix(_)) => "set HOST to a path where a socket can be made",
    }
}

/// Removes a socket file on which nobody listens any more.
fn remove_stale(path: &Path) {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    if is_socket && UnixStream::connect(path).is_err_and(refused) {
        // If that fails, so does the bind.
        let _ = fs::remove_file(path);
    }
}

/// The file of a unix socket.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.0);
    }
}
