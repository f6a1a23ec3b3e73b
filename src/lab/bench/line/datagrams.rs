//! A UDP socket: datagrams carry numbers, since they may be lost, repeated, or overtake each other.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

use super::{Desk, NOISE};
use crate::lab::bench::plan::NUMBER;
use crate::lab::bench::schedule::Dues;
use crate::lab::bench::target::{Target, not_an_echo};
use crate::lab::connection::any;
use crate::lab::datagrams::{trouble, unacknowledged};
use crate::lab::reliable::{self, Lost, Reliable};
use crate::lab::trouble::{Kind, Trouble};

/// A datagram that did not come back by then is lost, in nanoseconds.
const LOST: u64 = 1_000_000_000;

/// A UDP socket.
pub(in crate::lab::bench) struct Datagrams {
    socket: UdpSocket,
    address: SocketAddr,
    /// The next datagram, but for its number.
    datagram: Vec<u8>,
    /// The numbers that the server wants.
    reliable: Option<Reliable>,
    owed: u64,
    next: u64,
    /// Those that are under way: their numbers, and since when, in nanoseconds of load.
    pending: VecDeque<(u64, u64)>,
    blocked: bool,
    /// When something came last, or was first to be waited for, in nanoseconds since the epoch.
    quiet_since: u64,
}

impl Datagrams {
    /// Opens a socket for one server alone.
    pub(super) fn connect(target: &Arc<Target>, registry: &Registry, token: Token) -> Result<Self, Trouble> {
        let socket = open(target.address, registry, token)
            .map_err(|error| trouble(&error, target.address, "opening a socket"))?;
        Ok(Self {
            socket,
            address: target.address,
            datagram: target.datagram.clone(),
            reliable: reliable::session(target.reliability),
            owed: 0,
            next: 0,
            pending: VecDeque::new(),
            blocked: false,
            quiet_since: 0,
        })
    }

    pub(super) fn outstanding(&self) -> u64 {
        self.owed + self.pending.len() as u64
    }

    pub(super) fn unblock(&mut self) {
        self.blocked = false;
    }

    pub(super) fn owe(&mut self, count: u64, desk: &Desk) {
        if self.outstanding() == 0 {
            self.quiet_since = desk.now;
        }
        self.owed += count;
    }

    pub(super) fn flush(&mut self, dues: Option<Dues<'_>>, desk: &mut Desk) -> Result<(), Trouble> {
        while self.owed > 0 && !self.blocked {
            self.datagram[..NUMBER].copy_from_slice(&self.next.to_be_bytes());
            match self.send_next() {
                // There is no room in the window until something is acknowledged.
                Ok(None) => return Ok(()),
                Ok(Some(size)) => {
                    let since = dues.map_or(desk.load_time(), |dues| dues.due(self.next));
                    self.pending.push_back((self.next, since));
                    (self.next, self.owed) = (self.next + 1, self.owed - 1);
                    desk.tally.counts.sent += 1;
                    desk.tally.counts.bytes_sent += size as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.blocked = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(trouble(&error, self.address, "sending a datagram")),
            }
        }
        Ok(())
    }

    /// Sends the next datagram; gives its size.
    fn send_next(&mut self) -> io::Result<Option<usize>> {
        let Some(reliable) = &mut self.reliable else { return self.socket.send(&self.datagram).map(Some) };
        if !reliable::has_room(reliable, self.pending.len()) {
            return Ok(None);
        }
        let mut size = self.datagram.len();
        let mut send = |header: &[u8], payload: &[u8]| {
            let datagram = [header, payload].concat();
            size = datagram.len();
            // What the system does not take now is sent again later.
            let _ = self.socket.send(&datagram);
        };
        let sent = reliable.send(&self.datagram, Instant::now(), &mut send);
        Ok(sent.is_ok().then_some(size))
    }

    pub(super) fn read(&mut self, desk: &mut Desk) -> Result<u64, Trouble> {
        let mut done = 0;
        let began = desk.now;
        loop {
            let received = self.socket.recv(&mut desk.buffer);
            desk.refresh();
            // Whoever sends without end keeps all others waiting.
            if desk.now.saturating_sub(began) > NOISE {
                return Ok(done);
            }
            match received {
                Ok(size) => done += self.receive(size, desk)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.acknowledge();
                    return Ok(done);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(trouble(&error, self.address, "waiting for a datagram")),
            }
        }
    }

    fn acknowledge(&mut self) {
        if let Some(reliable) = &mut self.reliable {
            reliable::acknowledge(reliable, &mut |bytes| drop(self.socket.send(bytes)));
        }
    }

    /// Takes the server's numbers off; gives how many datagrams were waited for: one, or none.
    fn receive(&mut self, size: usize, desk: &mut Desk) -> Result<u64, Trouble> {
        let Some(reliable) = &mut self.reliable else { return self.take(0..size, desk) };
        let mut send = |bytes: &[u8]| drop(self.socket.send(bytes));
        match reliable::receive(reliable, &desk.buffer[..size], &mut send) {
            Ok(Some(payload)) => self.take(size - payload.len()..size, desk),
            Ok(None) => Ok(0),
            Err(_) => Err(not_an_echo(&self.datagram, None)),
        }
    }

    /// Checks a datagram; gives how many were waited for.
    fn take(&mut self, at: Range<usize>, desk: &mut Desk) -> Result<u64, Trouble> {
        let (size, end) = (at.len(), at.end);
        let received = &desk.buffer[at];
        if size != self.datagram.len() || received[NUMBER..] != self.datagram[NUMBER..] {
            return Err(not_an_echo(&self.datagram, Some(received)));
        }
        let mut number = [0; NUMBER];
        number.copy_from_slice(&received[..NUMBER]);
        desk.tally.counts.bytes_received += end as u64;
        self.quiet_since = desk.now;
        match self.pending.binary_search_by_key(&u64::from_be_bytes(number), |(number, _)| *number) {
            Ok(at) => {
                let since = self.pending.remove(at).map_or(0, |(_, since)| since);
                desk.echoed(since, 1);
                Ok(1)
            }
            Err(_) => {
                desk.tally.counts.repeated += 1;
                Ok(0)
            }
        }
    }

    pub(super) fn give_up(&mut self, timeout: u64, desk: &mut Desk) -> Result<u64, Trouble> {
        self.send_again()?;
        let now = desk.load_time();
        let is_sent_again = self.reliable.as_ref().is_some_and(reliable::is_acknowledged);
        let patience = if is_sent_again { timeout } else { LOST.min(timeout) };
        let late = self.pending.iter().take_while(|(_, since)| since.saturating_add(patience) < now).count();
        self.pending.drain(..late);
        desk.tally.counts.lost += late as u64;
        if late > 0 && desk.now.saturating_sub(self.quiet_since) > timeout {
            return Err(Trouble::new(
                Kind::TimedOut,
                format!("no datagram came back for {:?}", Duration::from_nanos(timeout)),
                "does anything listen there, and does it echo? A firewall drops datagrams without a word",
            ));
        }
        Ok(late as u64)
    }

    fn send_again(&mut self) -> Result<(), Trouble> {
        let Some(reliable) = &mut self.reliable else { return Ok(()) };
        reliable
            .resend(Instant::now(), &mut |bytes| drop(self.socket.send(bytes)))
            .map_err(|Lost| unacknowledged(self.address))
    }
}

fn open(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<UdpSocket> {
    let mut socket = UdpSocket::bind(any(address))?;
    socket.connect(address)?;
    registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(socket)
}
