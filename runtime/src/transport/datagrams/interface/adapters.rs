//! `GetAdaptersAddresses`.

// It gives a list whose entries refer to each other.
#![allow(unsafe_code)]

use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::net::SocketAddrAny;
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;
use windows_sys::Win32::Foundation::ERROR_BUFFER_OVERFLOW;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::Networking::WinSock::AF_UNSPEC;

/// What `GetAdaptersAddresses` is to leave out.
const LEFT_OUT: u32 = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
/// Room for the list of most machines, in words of eight bytes.
const USUAL: usize = 2048;
/// How often there may be more than there was room for: interfaces come while their list is made.
const TRIES: usize = 4;

/// The IPv6 index of the interface of a name, as the system shows it: `Ethernet`.
pub fn of_name(_: impl AsFd, name: &str) -> Result<u32, Errno> {
    find(|adapter| is_called(adapter, name).then_some(adapter.Ipv6IfIndex))
}

/// The IPv6 index of the interface that has an address.
pub fn of_address(address: Ipv6Addr) -> Result<u32, Errno> {
    find(|adapter| {
        let found = addresses(adapter).any(|other| other == address);
        found.then_some(adapter.Ipv6IfIndex)
    })
}

/// The first IPv4 address of the interface of a name.
pub fn v4_of_name(name: &str) -> Result<Ipv4Addr, Errno> {
    find(|adapter| {
        let mut addresses = addresses(adapter).filter(|_| is_called(adapter, name));
        addresses.find_map(|address| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
    })
}

/// Looks for an interface, and what of it is wanted.
fn find<T>(wanted: impl Fn(&IP_ADAPTER_ADDRESSES_LH) -> Option<T>) -> Result<T, Errno> {
    let list = list()?;
    // SAFETY: the list begins with an entry, and each lies in it, which is alive.
    let first = unsafe { list.as_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>().as_ref() };
    // SAFETY: likewise.
    let mut all = iter::successors(first, |adapter| unsafe { adapter.Next.as_ref() });
    all.find_map(wanted).ok_or(Errno::ADDRNOTAVAIL)
}

/// The interfaces, of which there is at least one; a word is as much aligned as they have to be.
fn list() -> Result<Vec<u64>, Errno> {
    let mut list = vec![0; USUAL];
    for _ in 0..TRIES {
        let mut size = (list.len() * size_of::<u64>()) as u32;
        // SAFETY: `list` has room for so many bytes, which the call fills in.
        let error = unsafe {
            let (family, room) = (u32::from(AF_UNSPEC), list.as_mut_ptr().cast());
            GetAdaptersAddresses(family, LEFT_OUT, ptr::null(), room, &raw mut size)
        };
        match error {
            0 => return Ok(list),
            ERROR_BUFFER_OVERFLOW => list.resize((size as usize).div_ceil(size_of::<u64>()), 0),
            _ => break,
        }
    }
    Err(Errno::ADDRNOTAVAIL)
}

fn is_called(adapter: &IP_ADAPTER_ADDRESSES_LH, name: &str) -> bool {
    // SAFETY: the adapter's name ends with a zero, at which this stops.
    let units = (0..).map(|place| unsafe { *adapter.FriendlyName.add(place) });
    units.take_while(|unit| *unit != 0).eq(name.encode_utf16())
}

fn addresses(adapter: &IP_ADAPTER_ADDRESSES_LH) -> impl Iterator<Item = IpAddr> {
    // SAFETY: the addresses of an adapter are alive as long as it is.
    let first = unsafe { adapter.FirstUnicastAddress.as_ref() };
    // SAFETY: likewise.
    let all = iter::successors(first, |unicast| unsafe { unicast.Next.as_ref() });
    all.filter_map(|unicast| {
        let (name, size) = (unicast.Address.lpSockaddr, unicast.Address.iSockaddrLength);
        // SAFETY: this is an address of so many bytes.
        let name = unsafe { SocketAddrAny::read(name.cast(), size.unsigned_abs()) };
        SocketAddr::try_from(name).ok().map(|name| name.ip())
    })
}
