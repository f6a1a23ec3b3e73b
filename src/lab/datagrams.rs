//! A udp server's peer.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::connection::any;
use super::reliable::{self, Lost, Reliable};
use super::trouble::{Kind, Trouble};
use crate::model::Reliability;

/// The longest payload of a datagram over IPv4: 65,535 less the headers of IP and UDP (RFC 768).
pub(super) const MAX_DATAGRAM: usize = 65_507;
/// The shortest wait that a socket knows.
const SHORTEST: Duration = Duration::from_millis(1);

/// A socket for one server alone: the kernel tells it of a port that nobody has.
#[derive(Debug)]
pub(super) struct Peer {
    socket: UdpSocket,
    address: SocketAddr,
    reliable: Option<Reliable>,
    buffer: Vec<u8>,
}

impl Peer {
    /// A socket for the server at an address, and the numbers that it wants.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn connect(address: SocketAddr, reliability: Reliability) -> io::Result<Self> {
        let socket = UdpSocket::bind(any(address))?;
        socket.connect(address)?;
        let (reliable, buffer) = (reliable::session(reliability), vec![0; MAX_DATAGRAM + 1]);
        Ok(Self { socket, address, reliable, buffer })
    }

    /// Where the server's answers go.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the system does not take it.
    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), Trouble> {
        let Self { socket, reliable, .. } = self;
        let mut sent = Ok(());
        match reliable {
            None => sent = socket.send(message).map(drop),
            // With a full window the message is lost, as any that is not acknowledged.
            Some(reliable) => {
                let mut send = |header: &[u8], payload: &[u8]| {
                    sent = socket.send(&[header, payload].concat()).map(drop);
                };
                let _ = reliable.send(message, Instant::now(), &mut send);
            }
        }
        sent.map_err(|error| trouble(&error, self.address, "sending a datagram"))
    }

    /// The next message; nothing if none comes by then.
    ///
    /// # Errors
    /// When nothing listens there, or a message of ours is not acknowledged.
    pub(super) fn receive(&mut self, deadline: Instant) -> Result<Option<&[u8]>, Trouble> {
        loop {
            let now = Instant::now();
            if now >= deadline {
                return Ok(None);
            }
            self.send_again()?;
            let until = self.reliable.as_ref().and_then(Reliable::deadline).unwrap_or(deadline).min(deadline);
            let waiting = self.socket.set_read_timeout(Some(until.saturating_duration_since(now).max(SHORTEST)));
            match waiting.and_then(|()| self.socket.recv(&mut self.buffer)) {
                Ok(size) => {
                    if let Some(from) = self.taken(size) {
                        return Ok(Some(&self.buffer[from..size]));
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return Err(trouble(&error, self.address, "waiting for a datagram")),
                },
            }
        }
    }

    /// Where a new message begins in a datagram that came; what that is owed in return is sent.
    fn taken(&mut self, size: usize) -> Option<usize> {
        let Self { socket, reliable, buffer, .. } = self;
        let Some(reliable) = reliable else { return Some(0) };
        let mut send = |bytes: &[u8]| drop(socket.send(bytes));
        let message = reliable::receive(reliable, &buffer[..size], &mut send).ok().flatten();
        let from = message.map(|message| size - message.len());
        reliable::acknowledge(reliable, &mut send);
        from
    }

    fn send_again(&mut self) -> Result<(), Trouble> {
        let Self { socket, reliable: Some(reliable), address, .. } = self else { return Ok(()) };
        reliable.resend(Instant::now(), &mut |bytes| drop(socket.send(bytes))).map_err(|Lost| unacknowledged(*address))
    }
}

/// The system's answer to a call. RFC 1122 §4.1.3.3: an ICMP error reaches the socket with the next one.
pub(super) fn trouble(error: &io::Error, address: SocketAddr, doing: &str) -> Trouble {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Trouble::new(
            Kind::Refused,
            format!("port unreachable: nothing is bound to {address}"),
            "is the server started, and on this host and port? Its start line names both",
        ),
        _ => Trouble::from_io(error, doing),
    }
}

/// A datagram was sent as often as it may be.
pub(super) fn unacknowledged(address: SocketAddr) -> Trouble {
    Trouble::new(
        Kind::TimedOut,
        format!("{address} does not acknowledge datagrams"),
        "is this a server with `udp.reliability: ack`? If its spec has another, --reliability says so",
    )
}
