//! A client of type udp, and behaviour §7.2's header seen from a client's side.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::net::{self, AddressFamily, SocketType};

use crate::frame::hex;
use crate::server::TestServer;
use crate::sockets;

/// A socket whose one correspondent is the server.
#[derive(Debug)]
pub struct Datagrams {
    socket: UdpSocket,
}

impl Datagrams {
    /// # Errors
    /// When there is no socket to be had.
    pub fn open(server: &TestServer) -> Result<Self> {
        let source: IpAddr = if server.address.is_ipv6() { "::1".parse()? } else { "127.0.0.1".parse()? };
        Self::open_from(server, source)
    }

    /// From another address of this machine, such as 127.0.0.2.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn open_from(server: &TestServer, source: IpAddr) -> Result<Self> {
        Self::between(SocketAddr::new(source, 0), server.address)
    }

    /// From an address and a port, which another socket may have had before.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn between(source: SocketAddr, server: SocketAddr) -> Result<Self> {
        let family = if source.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
        let socket = net::socket(family, SocketType::DGRAM, None)?;
        net::bind(&socket, &source).with_context(|| format!("cannot bind {source}"))?;
        net::connect(&socket, &server)?;
        Ok(Self { socket: UdpSocket::from(socket) })
    }

    #[must_use]
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// # Errors
    /// When the kernel does not take it.
    pub fn send(&self, payload: impl AsRef<[u8]>) -> Result<()> {
        self.socket.send(payload.as_ref()).context("cannot send").map(drop)
    }

    /// From now on the kernel makes datagrams of `size` bytes of what is sent at once, which pass through it as one message.
    ///
    /// # Errors
    /// When the kernel has no `UDP_SEGMENT`.
    pub fn segment(&self, size: i32) -> Result<()> {
        sockets::set(&self.socket, ("UDP_SEGMENT", libc::IPPROTO_UDP, libc::UDP_SEGMENT), size)
    }

    /// The next datagram.
    ///
    /// # Errors
    /// When none comes within five seconds.
    pub fn receive(&self) -> Result<Vec<u8>> {
        self.within(Duration::from_secs(5))?.context("no datagram came")
    }

    /// The next datagram, if it comes within `limit`.
    ///
    /// # Errors
    /// When the socket fails.
    pub fn within(&self, limit: Duration) -> Result<Option<Vec<u8>>> {
        self.socket.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
        let mut buffer = vec![0; 1 << 16];
        match self.socket.recv(&mut buffer) {
            Ok(size) => Ok(Some(buffer[..size].to_vec())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(error) => Err(error).context("cannot receive"),
        }
    }

    /// Sends and receives the same.
    ///
    /// # Errors
    /// When something else comes back.
    pub fn echo(&self, payload: impl AsRef<[u8]>) -> Result<()> {
        let payload = payload.as_ref();
        self.send(payload)?;
        let received = self.receive()?;
        ensure!(received == payload, "{} came back for {}", hex(&received), hex(payload));
        Ok(())
    }

    /// Nothing comes for a while.
    ///
    /// # Errors
    /// When something does.
    pub fn quiet(&self, limit: Duration) -> Result<()> {
        match self.within(limit)? {
            Some(received) => bail!("an unexpected datagram: {}", hex(&received)),
            None => Ok(()),
        }
    }

    /// Everything that comes until nothing has come for `pause`.
    ///
    /// # Errors
    /// When the socket fails.
    pub fn all(&self, pause: Duration) -> Result<Vec<Vec<u8>>> {
        let mut found = vec![];
        while let Some(received) = self.within(pause)? {
            found.push(received);
        }
        Ok(found)
    }
}

/// A datagram with §7.2's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbered {
    Data { session: u16, sequence: u32, payload: Vec<u8> },
    Acknowledgement { session: u16, next: u32, bits: u64 },
}

impl Numbered {
    /// As it is sent.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Data { session, sequence, payload } => [&header(0, *session, *sequence)[..], payload].concat(),
            Self::Acknowledgement { session, next, bits } => {
                [&header(1, *session, *next)[..], &bits.to_be_bytes()].concat()
            }
        }
    }

    /// Reads what a server sent.
    ///
    /// # Errors
    /// When no server may send it.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = || format!("no header of behaviour 7.2: {}", hex(bytes));
        let (head, rest) = bytes.split_at_checked(8).with_context(wrong)?;
        let session = u16::from_be_bytes([head[2], head[3]]);
        let number = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        match (head[0], head[1], <[u8; 8]>::try_from(rest)) {
            (0, 0, _) => Ok(Self::Data { session, sequence: number, payload: rest.to_vec() }),
            (1, 0, Ok(bits)) => Ok(Self::Acknowledgement { session, next: number, bits: u64::from_be_bytes(bits) }),
            _ => bail!(wrong()),
        }
    }
}

fn header(kind: u8, session: u16, number: u32) -> [u8; 8] {
    let ([s0, s1], [n0, n1, n2, n3]) = (session.to_be_bytes(), number.to_be_bytes());
    [kind, 0, s0, s1, n0, n1, n2, n3]
}

/// A data datagram of a client.
#[must_use]
pub fn data(session: u16, sequence: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    Numbered::Data { session, sequence, payload: payload.as_ref().to_vec() }.bytes()
}

/// An acknowledgement of a client.
#[must_use]
pub fn acknowledgement(session: u16, next: u32, bits: u64) -> Vec<u8> {
    Numbered::Acknowledgement { session, next, bits }.bytes()
}

/// What came until it was quiet, data and acknowledgements apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub data: Vec<(u16, u32, Vec<u8>)>,
    pub acknowledgements: Vec<(u16, u32, u64)>,
}

impl Heard {
    /// The first may take longer on a busy machine.
    ///
    /// # Errors
    /// When the socket fails or a server may not send what came.
    pub fn until_quiet(client: &Datagrams, pause: Duration) -> Result<Self> {
        let mut heard = Self::default();
        match client.within(pause.max(Duration::from_secs(1)))? {
            Some(first) => heard.add(&first)?,
            None => return Ok(heard),
        }
        for bytes in client.all(pause)? {
            heard.add(&bytes)?;
        }
        Ok(heard)
    }

    /// # Errors
    /// When no server may send it.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        match Numbered::parse(bytes)? {
            Numbered::Data { session, sequence, payload } => self.data.push((session, sequence, payload)),
            Numbered::Acknowledgement { session, next, bits } => self.acknowledgements.push((session, next, bits)),
        }
        Ok(())
    }

    /// The payloads of data, in the order in which they came. What came again because its acknowledgement is late counts once.
    #[must_use]
    pub fn payloads(&self) -> Vec<&[u8]> {
        let mut numbers = BTreeSet::new();
        let first = self.data.iter().filter(|(session, sequence, _)| numbers.insert((session, sequence)));
        first.map(|(_, _, payload)| payload.as_slice()).collect()
    }
}

/// The receiving half of `ack`, as the server has it too.
#[derive(Debug, Default)]
pub struct Window {
    next: u32,
    bits: u64,
}

impl Window {
    /// Takes a number in: whether it is new.
    pub fn take(&mut self, sequence: u32) -> bool {
        let ahead = sequence.wrapping_sub(self.next);
        if ahead > 63 || self.bits >> ahead & 1 == 1 {
            return false;
        }
        self.bits |= 1 << ahead;
        while self.bits & 1 == 1 {
            self.bits >>= 1;
            self.next = self.next.wrapping_add(1);
        }
        true
    }

    #[must_use]
    pub fn acknowledgement(&self, session: u16) -> Vec<u8> {
        acknowledgement(session, self.next, self.bits)
    }
}

/// The time until `deadline`, if there is some.
#[must_use]
pub fn left(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}
