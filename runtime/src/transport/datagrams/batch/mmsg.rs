//! recvmmsg(2) and sendmmsg(2): many datagrams a system call.

// The kernel is given the addresses of buffers, and of the places for peers' addresses.
#![allow(unsafe_code)]

use super::segments::{self, Control};
use crate::server::Addressed;
use rustix::io::Errno;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd as _};
use std::ptr;

/// How `SOCKET_DEBUG` names receiving.
pub const RECEIVE: &str = "recvmmsg";
/// How `SOCKET_DEBUG` names sending.
pub const SEND: &str = "sendmmsg";
/// How many messages one system call takes at most.
const MOST: usize = 64;
/// The longest datagram that shares a message with others: it fits an Ethernet frame, with either
/// version of IP.
const LONGEST_SEGMENT: usize = 1452;
/// What datagrams that share a message have together at most.
const LONGEST_RUN: usize = 60_000;
/// Keeps messages from beginning in the same set of a processor's cache, which rooms of a power of
/// two would make them do.
const STAGGER: usize = 192;
/// The size of a `sockaddr_in6`, the larger one.
const NAME: usize = 28;

/// A socket address as the kernel has it.
type Name = [u8; NAME];

/// Room for datagrams that come.
pub struct Incoming {
    /// The kernel may give several datagrams of one sender as one message.
    segments: bool,
    /// Of a message.
    room: usize,
    /// What of a datagram is given.
    longest: usize,
    bytes: Vec<u8>,
    names: Vec<Name>,
    controls: Vec<Control>,
    /// The message of each datagram that came last, and where in `bytes` it lies.
    found: Vec<(usize, Range<usize>)>,
}

impl Incoming {
    /// Room for `batch` messages at the socket; datagrams are cut to `longest` bytes.
    pub fn new(fd: impl AsFd, batch: usize, longest: usize) -> Self {
        let batch = batch.clamp(1, MOST);
        let segments = segments::accept(fd);
        let room = if segments { segments::LARGEST + STAGGER } else { longest };
        Self {
            segments,
            room,
            longest,
            bytes: vec![0; batch * room],
            names: vec![[0; NAME]; batch],
            controls: vec![Control::EMPTY; batch],
            found: Vec::with_capacity(batch),
        }
    }

    /// How many messages fit.
    pub fn batch(&self) -> usize {
        self.names.len()
    }

    /// Receives what there is, without waiting for it: gives the number of datagrams, which are not
    /// fewer than the messages.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn receive(&mut self, fd: impl AsFd) -> Result<usize, Errno> {
        let mut parts = [EMPTY_PART; MOST];
        let mut headers = empty_headers();
        let rooms = self.bytes.chunks_exact_mut(self.room);
        let places = rooms.zip(self.names.iter_mut().zip(&mut self.controls));
        for (index, (room, (name, control))) in places.enumerate() {
            parts[index] = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
            let header = &mut headers[index].msg_hdr;
            header.msg_iov = &raw mut parts[index];
            header.msg_iovlen = 1;
            header.msg_name = name.as_mut_ptr().cast();
            header.msg_namelen = NAME as libc::socklen_t;
            if self.segments {
                control.offer(header);
            }
        }
        let (fd, count) = (fd.as_fd().as_raw_fd(), self.names.len() as u32);
        let flags = libc::MSG_DONTWAIT;
        // SAFETY: the first `count` of `headers`, not more than `MOST`, each point to one part, one
        // name and, if to any, one control message, and the part to its room in `bytes`, all alive
        // and borrowed by nobody else until the call returns; the kernel keeps none of the
        // addresses.
        let received =
            unsafe { libc::recvmmsg(fd, headers.as_mut_ptr(), count, flags as _, ptr::null_mut()) };
        let received = counted(received)?;
        self.find(&headers[..received]);
        Ok(self.found.len())
    }

    /// Tells the datagrams of messages apart.
    fn find(&mut self, headers: &[libc::mmsghdr]) {
        self.found.clear();
        for (index, header) in headers.iter().enumerate() {
            let (start, length) = (index * self.room, header.msg_len as usize);
            let size = if self.segments { segments::size(&header.msg_hdr) } else { None };
            let size = size.unwrap_or(length);
            let mut from = 0;
            loop {
                let to = length.min(from + size);
                let end = to.min(from + self.longest);
                self.found.push((index, start + from..start + end));
                from = to;
                if from >= length {
                    break;
                }
            }
        }
    }

    /// One of the datagrams that came last, and who sent it.
    pub fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let (message, place) = &self.found[index];
        Some((decode(&self.names[*message])?, &self.bytes[place.clone()]))
    }
}

/// How datagrams are sent.
#[derive(Clone)]
pub struct Outgoing {
    /// The kernel takes several datagrams as one message, and the network has not refused them.
    segments: bool,
}

impl Outgoing {
    /// For a socket.
    pub fn new(fd: impl AsFd) -> Self {
        Self { segments: segments::known(fd) }
    }

    /// Sends datagrams that lie in `bytes`; gives the number of those that were sent.
    ///
    /// # Errors
    /// That of the first datagram.
    pub fn send(
        &mut self,
        fd: impl AsFd,
        datagrams: &[Addressed],
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        match self.attempt(&fd, datagrams, bytes) {
            // As the way to some receivers may want it.
            Err(error) if error != Errno::AGAIN && self.run(datagrams) > 1 => {
                self.segments = false;
                self.attempt(&fd, datagrams, bytes)
            }
            result => result,
        }
    }

    /// How many of the datagrams, from the first on, go as one message: all have its receiver, and
    /// its size but the last, which may be shorter.
    fn run(&self, datagrams: &[Addressed]) -> usize {
        let Some(((to, first), rest)) = datagrams.split_first() else { return 0 };
        let size = first.len();
        if !self.segments || size == 0 || size > LONGEST_SEGMENT {
            return 1;
        }
        let most = segments::MOST.min(LONGEST_RUN / size);
        let (mut count, mut end, mut last) = (1, first.end, size);
        for (receiver, place) in rest.iter().take(most - 1) {
            let follows = receiver == to && place.start == end && (1..=size).contains(&place.len());
            if last < size || !follows {
                break;
            }
            (count, end, last) = (count + 1, place.end, place.len());
        }
        count
    }

    fn attempt(
        &self,
        fd: impl AsFd,
        datagrams: &[Addressed],
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        let mut parts = [EMPTY_PART; MOST];
        let mut names = [[0; NAME]; MOST];
        let mut controls = [Control::EMPTY; MOST];
        let mut headers = empty_headers();
        let mut runs = [0; MOST];
        let (mut count, mut rest) = (0, datagrams);
        while count < MOST && !rest.is_empty() {
            let (run, others) = rest.split_at(self.run(rest));
            let (to, first) = &run[0];
            let payload = &bytes[first.start..run[run.len() - 1].1.end];
            let part = payload.as_ptr().cast_mut().cast();
            parts[count] = libc::iovec { iov_base: part, iov_len: payload.len() };
            let length = encode(*to, &mut names[count]);
            let header = &mut headers[count].msg_hdr;
            header.msg_iov = &raw mut parts[count];
            header.msg_iovlen = 1;
            header.msg_name = names[count].as_mut_ptr().cast();
            header.msg_namelen = length as libc::socklen_t;
            if run.len() > 1 {
                controls[count].announce(header, first.len() as u16);
            }
            runs[count] = run.len();
            (count, rest) = (count + 1, others);
        }
        let (fd, flags) = (fd.as_fd().as_raw_fd(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL);
        // SAFETY: the first `count` of `headers`, not more than `MOST`, each point to one part, one
        // name and, if to any, one control message, and the part to payloads in `bytes`, which the
        // kernel only reads; all are alive until the call returns, and the kernel keeps none of the
        // addresses.
        let sent = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), count as u32, flags as _) };
        Ok(runs[..counted(sent)?].iter().sum())
    }
}

const EMPTY_PART: libc::iovec = libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 };

fn empty_headers() -> [libc::mmsghdr; MOST] {
    // SAFETY: the type is plain data of C, of numbers and pointers, for which zero is valid; it has
    // padding on some systems, so that it cannot be written out.
    unsafe { mem::zeroed() }
}

fn counted(result: i32) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| {
        let error = std::io::Error::last_os_error();
        Errno::from_io_error(&error).unwrap_or(Errno::INVAL)
    })
}

/// `sockaddr_in`: family, port, address; `sockaddr_in6`: family, port, flow, address, scope. The
/// family and the scope are in the machine's order, the others in the network's.
fn decode(name: &Name) -> Option<SocketAddr> {
    let [f0, f1, p0, p1, rest @ ..] = name;
    let port = u16::from_be_bytes([*p0, *p1]);
    match i32::from(u16::from_ne_bytes([*f0, *f1])) {
        libc::AF_INET => {
            let ip = Ipv4Addr::from(*rest.first_chunk::<4>()?);
            Some(SocketAddr::V4(SocketAddrV4::new(ip, port)))
        }
        libc::AF_INET6 => {
            let (flow, rest) = rest.split_first_chunk::<4>()?;
            let (ip, scope) = rest.split_first_chunk::<16>()?;
            let (flow, scope) = (u32::from_be_bytes(*flow), scope.first_chunk::<4>()?);
            let scope = u32::from_ne_bytes(*scope);
            Some(SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(*ip), port, flow, scope)))
        }
        _ => None,
    }
}

/// Gives the number of bytes that count.
fn encode(address: SocketAddr, name: &mut Name) -> usize {
    name[2..4].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => {
            name[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
            name[4..8].copy_from_slice(&address.ip().octets());
            mem::size_of::<libc::sockaddr_in>()
        }
        SocketAddr::V6(address) => {
            name[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
            name[4..8].copy_from_slice(&address.flowinfo().to_be_bytes());
            name[8..24].copy_from_slice(&address.ip().octets());
            name[24..28].copy_from_slice(&address.scope_id().to_ne_bytes());
            NAME
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn addresses_are_the_kernels() {
        for text in ["127.0.0.1:1", "[::1]:65535", "[fe80::1%7]:9"] {
            let address: SocketAddr = text.parse().unwrap();
            let mut name = [0; NAME];
            encode(address, &mut name);
            assert_eq!(decode(&name), Some(address));
        }
        assert_eq!(decode(&[0; NAME]), None);
    }

    #[test]
    fn many_datagrams_a_call() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let (here, there) = (UdpSocket::bind(host).unwrap(), UdpSocket::bind(host).unwrap());
            let to = there.local_addr().unwrap();
            let datagrams = [(to, 0..2), (to, 2..2), (to, 2..7)];
            let mut outgoing = Outgoing { segments: false };
            assert_eq!(outgoing.send(&here, &datagrams, b"abcdefg"), Ok(3));
            let mut incoming = Incoming::new(&there, 8, 4);
            assert_eq!(incoming.receive(&there), Ok(3));
            let from = here.local_addr().unwrap();
            assert_eq!(incoming.get(0), Some((from, &b"ab"[..])));
            assert_eq!(incoming.get(1), Some((from, &b""[..])));
            assert_eq!(incoming.get(2), Some((from, &b"cdef"[..])), "cut");
            assert_eq!(incoming.receive(&there), Err(Errno::AGAIN));
        }
    }

    #[test]
    fn datagrams_of_one_size_are_one_message() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let (here, there) = (UdpSocket::bind(host).unwrap(), UdpSocket::bind(host).unwrap());
            let to = there.local_addr().unwrap();
            let mut incoming = Incoming::new(&there, 1, 4);
            let datagrams = [(to, 0..3), (to, 3..6), (to, 6..8), (to, 8..11)];
            let mut outgoing = Outgoing::new(&here);
            assert_eq!(outgoing.run(&datagrams), 3, "the shorter one is the last of its message");
            assert_eq!(outgoing.send(&here, &datagrams, b"abcdefghijk"), Ok(4));
            let from = here.local_addr().unwrap();
            assert_eq!(incoming.receive(&there), Ok(3));
            assert_eq!(incoming.get(0), Some((from, &b"abc"[..])));
            assert_eq!(incoming.get(1), Some((from, &b"def"[..])));
            assert_eq!(incoming.get(2), Some((from, &b"gh"[..])));
            assert_eq!(incoming.receive(&there), Ok(1));
            assert_eq!(incoming.get(0), Some((from, &b"ijk"[..])));
        }
    }

    #[test]
    fn what_shares_a_message() {
        let (to, other) = ("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
        let outgoing = Outgoing { segments: true };
        assert_eq!(outgoing.run(&[]), 0);
        assert_eq!(outgoing.run(&[(to, 0..2), (other, 2..4)]), 1, "another receiver");
        assert_eq!(outgoing.run(&[(to, 0..2), (to, 2..5)]), 1, "a longer one");
        assert_eq!(outgoing.run(&[(to, 0..2), (to, 2..2)]), 1, "an empty one");
        assert_eq!(outgoing.run(&[(to, 0..0), (to, 0..0)]), 1, "empty ones");
        assert_eq!(outgoing.run(&[(to, 0..2), (to, 4..6)]), 1, "one that lies elsewhere");
        assert_eq!(outgoing.run(&[(to, 0..1453), (to, 1453..2906)]), 1, "long ones");
        let many: Vec<Addressed> =
            (0..100).map(|index| (to, index * 1000..index * 1000 + 1000)).collect();
        assert_eq!(outgoing.run(&many), 60);
        assert_eq!(Outgoing { segments: false }.run(&many), 1);
    }
}
