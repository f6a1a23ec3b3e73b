//! `UDP_SEGMENT` and `UDP_GRO`, udp(7): several datagrams of one size that pass through the kernel
//! as one message.

// Control messages are written and read as the kernel lays them out.
#![allow(unsafe_code)]

use crate::transport::system::set;
use std::mem;
use std::os::fd::AsFd;
use std::ptr;

/// What the datagrams of a message have together at most.
pub const LARGEST: usize = 1 << 16;
/// How many datagrams a message has at most.
pub const MOST: usize = 64;

const SIZE: usize = mem::size_of::<libc::c_int>();
const OFF: [u8; SIZE] = [0; SIZE];
const ON: [u8; SIZE] = 1_i32.to_ne_bytes();
// SAFETY: arithmetic alone.
const SPACE: usize = unsafe { libc::CMSG_SPACE(SIZE as u32) } as usize;

/// Room for the control message that says how long each datagram is.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Control([u8; SPACE]);

impl Control {
    pub const EMPTY: Self = Self([0; SPACE]);

    /// Lets the kernel write into it.
    pub fn offer(&mut self, header: &mut libc::msghdr) {
        header.msg_control = self.0.as_mut_ptr().cast();
        header.msg_controllen = SPACE as _;
    }

    /// Says how long each datagram of a message is, but the last, which may be shorter.
    pub fn announce(&mut self, header: &mut libc::msghdr, size: u16) {
        self.offer(header);
        // SAFETY: `header` names `self`, which has room for one control message of four bytes, and
        // is aligned as such; this one has two.
        unsafe {
            header.msg_controllen = libc::CMSG_SPACE(mem::size_of::<u16>() as u32) as _;
            let message = libc::CMSG_FIRSTHDR(header);
            (*message).cmsg_level = libc::IPPROTO_UDP;
            (*message).cmsg_type = libc::UDP_SEGMENT;
            (*message).cmsg_len = libc::CMSG_LEN(mem::size_of::<u16>() as u32) as _;
            libc::CMSG_DATA(message).cast::<u16>().write_unaligned(size);
        }
    }
}

/// How long each datagram of a received message is; `None` for one that came alone.
pub fn size(header: &libc::msghdr) -> Option<usize> {
    // SAFETY: the kernel has filled in the control messages that `header` names; the first one is
    // looked at only if it is there, and its data only where it is the integer of `UDP_GRO`.
    let size = unsafe {
        let message = libc::CMSG_FIRSTHDR(header).as_ref()?;
        let is_size = message.cmsg_level == libc::IPPROTO_UDP && message.cmsg_type == libc::UDP_GRO;
        is_size.then(|| {
            libc::CMSG_DATA(ptr::from_ref(message)).cast::<libc::c_int>().read_unaligned()
        })?
    };
    usize::try_from(size).ok().filter(|size| *size > 0)
}

/// Whether the kernel can send so.
pub fn known(fd: impl AsFd) -> bool {
    set(fd, libc::IPPROTO_UDP, libc::UDP_SEGMENT, &OFF).is_ok()
}

/// Lets input come so, too. False where the kernel cannot do that.
pub fn accept(fd: impl AsFd) -> bool {
    set(fd, libc::IPPROTO_UDP, libc::UDP_GRO, &ON).is_ok()
}
