//! `getifaddrs(3)` and `if_nametoindex(3)`.

// They are given the address of a name, and give a list that has to be walked and freed.
#![allow(unsafe_code)]

use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::net::Ipv6Addr;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};

/// The index of the interface of a name.
pub fn of_name(_: impl AsFd, name: &str) -> Result<u32, Errno> {
    let name = CString::new(name).map_err(|_| Errno::NXIO)?;
    index(&name)
}

/// The index of the interface that has an address.
pub fn of_address(address: Ipv6Addr) -> Result<u32, Errno> {
    let mut list = ptr::null_mut();
    // SAFETY: the call writes the address of a list there, or fails.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(Errno::NXIO);
    }
    let found = find(list, address);
    // SAFETY: it came from `getifaddrs`, and nothing refers to it any more.
    unsafe { libc::freeifaddrs(list) };
    found
}

/// Looks for an address in a list of `getifaddrs`.
fn find(list: *mut libc::ifaddrs, wanted: Ipv6Addr) -> Result<u32, Errno> {
    let mut next = NonNull::new(list);
    while let Some(entry) = next {
        // SAFETY: each entry is alive until the list is freed, and its name ends with a zero byte.
        let (entry, name) = unsafe {
            let entry = entry.as_ref();
            (entry, CStr::from_ptr(entry.ifa_name))
        };
        if v6_address(entry) == Some(wanted) {
            return index(name);
        }
        next = NonNull::new(entry.ifa_next);
    }
    Err(Errno::NXIO)
}

fn v6_address(entry: &libc::ifaddrs) -> Option<Ipv6Addr> {
    let address = NonNull::new(entry.ifa_addr)?;
    // SAFETY: an address of an entry begins with its family, and one of this family is a
    // `sockaddr_in6`; it is copied out, since nothing says how it is aligned.
    let address = unsafe {
        if i32::from(address.as_ref().sa_family) != libc::AF_INET6 {
            return None;
        }
        address.cast::<libc::sockaddr_in6>().read_unaligned()
    };
    let mut octets = address.sin6_addr.s6_addr;
    // Inside of the kernel, the second word of a link-local address is its interface.
    if octets.starts_with(&[0xfe, 0x80]) {
        octets[2..4].fill(0);
    }
    Some(octets.into())
}

fn index(name: &CStr) -> Result<u32, Errno> {
    // SAFETY: the name ends with a zero byte, and is only read.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Errno::NXIO),
        index => Ok(index),
    }
}
