//! recvmmsg(2) and sendmmsg(2): many datagrams a system call.

// The kernel is given the addresses of buffers, and of the places for peers' addresses.
#![allow(unsafe_code)]

use crate::server::Addressed;
use rustix::io::Errno;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd as _};
use std::ptr;

/// How `SOCKET_DEBUG` names receiving.
pub const RECEIVE: &str = "recvmmsg";
/// How `SOCKET_DEBUG` names sending.
pub const SEND: &str = "sendmmsg";
/// How many datagrams one system call takes at most.
const MOST: usize = 64;
/// The size of a `sockaddr_in6`, the larger one.
const NAME: usize = 28;

/// A socket address as the kernel has it.
type Name = [u8; NAME];

/// Room for datagrams that come.
pub struct Incoming {
    /// Of one datagram.
    room: usize,
    bytes: Vec<u8>,
    names: Vec<Name>,
    lengths: Vec<usize>,
}

impl Incoming {
    /// Room for `batch` datagrams of `room` bytes each; longer ones are cut.
    pub fn new(batch: usize, room: usize) -> Self {
        let batch = batch.clamp(1, MOST);
        let (names, lengths) = (vec![[0; NAME]; batch], vec![0; batch]);
        Self { room, bytes: vec![0; batch * room], names, lengths }
    }

    /// How many fit.
    pub fn batch(&self) -> usize {
        self.names.len()
    }

    /// Receives what there is, without waiting for it.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn receive(&mut self, fd: impl AsFd) -> Result<usize, Errno> {
        let mut parts = [EMPTY_PART; MOST];
        let mut headers = empty_headers();
        let rooms = self.bytes.chunks_exact_mut(self.room);
        for (index, (room, name)) in rooms.zip(&mut self.names).enumerate() {
            parts[index] = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
            let header = &mut headers[index].msg_hdr;
            header.msg_iov = &raw mut parts[index];
            header.msg_iovlen = 1;
            header.msg_name = name.as_mut_ptr().cast();
            header.msg_namelen = NAME as libc::socklen_t;
        }
        let (fd, count) = (fd.as_fd().as_raw_fd(), self.names.len() as u32);
        let flags = libc::MSG_DONTWAIT;
        // SAFETY: the first `count` of `headers`, not more than `MOST`, each point to one part and
        // one name, and the part to its room in `bytes`, all alive and borrowed by nobody else
        // until the call returns; the kernel keeps none of the addresses.
        let received =
            unsafe { libc::recvmmsg(fd, headers.as_mut_ptr(), count, flags as _, ptr::null_mut()) };
        let received = counted(received)?;
        for (length, header) in self.lengths.iter_mut().zip(&headers[..received]) {
            *length = header.msg_len as usize;
        }
        Ok(received)
    }

    /// One of the datagrams that came last, and who sent it.
    pub fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let start = index * self.room;
        let datagram = &self.bytes[start..start + self.lengths[index]];
        Some((decode(&self.names[index])?, datagram))
    }
}

/// Sends datagrams that lie in `bytes`; gives the number of those that were sent.
///
/// # Errors
/// That of the first datagram.
pub fn send(fd: impl AsFd, datagrams: &[Addressed], bytes: &[u8]) -> Result<usize, Errno> {
    let mut parts = [EMPTY_PART; MOST];
    let mut names = [[0; NAME]; MOST];
    let mut headers = empty_headers();
    for (index, (to, range)) in datagrams.iter().take(MOST).enumerate() {
        let payload = &bytes[range.clone()];
        parts[index] =
            libc::iovec { iov_base: payload.as_ptr().cast_mut().cast(), iov_len: payload.len() };
        let length = encode(*to, &mut names[index]);
        let header = &mut headers[index].msg_hdr;
        header.msg_iov = &raw mut parts[index];
        header.msg_iovlen = 1;
        header.msg_name = names[index].as_mut_ptr().cast();
        header.msg_namelen = length as libc::socklen_t;
    }
    let (fd, count) = (fd.as_fd().as_raw_fd(), datagrams.len().min(MOST) as u32);
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the first `count` of `headers`, not more than `MOST`, each point to one part and one
    // name, and the part to a payload in `bytes`, which the kernel only reads; all are alive until
    // the call returns, and the kernel keeps none of the addresses.
    counted(unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), count, flags as _) })
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
            assert_eq!(send(&here, &datagrams, b"abcdefg"), Ok(3));
            let mut incoming = Incoming::new(8, 4);
            assert_eq!(incoming.receive(&there), Ok(3));
            let from = here.local_addr().unwrap();
            assert_eq!(incoming.get(0), Some((from, &b"ab"[..])));
            assert_eq!(incoming.get(1), Some((from, &b""[..])));
            assert_eq!(incoming.get(2), Some((from, &b"cdef"[..])), "cut");
            assert_eq!(incoming.receive(&there), Err(Errno::AGAIN));
        }
    }
}
