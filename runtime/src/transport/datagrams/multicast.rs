//! Multicast: the group is joined, and what is sent goes where the spec wants it.

use crate::server::Multicast;
use crate::transport::trace::message;
use rustix::io::Errno;
use rustix::net::{netdevice, sockopt};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

/// Joins the group, and sets how far what is sent goes.
///
/// # Errors
/// One line that says what cannot be done, and what to do.
pub fn join(fd: &OwnedFd, multicast: &Multicast) -> Result<(), String> {
    let cannot_join = |error| {
        format!("cannot join {}: {}; change udp.multicast", multicast.group, message(error))
    };
    let group: Result<IpAddr, _> = multicast.group.parse();
    let joined = match group.map_err(|_| cannot_join(Errno::INVAL))? {
        IpAddr::V4(group) => join_v4(fd, group, multicast),
        IpAddr::V6(group) => join_v6(fd, group, multicast),
    };
    joined.map_err(cannot_join)
}

fn join_v4(fd: &OwnedFd, group: Ipv4Addr, multicast: &Multicast) -> Result<(), Errno> {
    let any = Ipv4Addr::UNSPECIFIED;
    match multicast.interface.map(|interface| (interface, interface.parse())) {
        None => sockopt::set_ip_add_membership(fd, &group, &any)?,
        Some((_, Ok(address))) => {
            sockopt::set_ip_add_membership(fd, &group, &address)?;
            sockopt::set_ip_multicast_if(fd, &address)?;
        }
        Some((name, Err(_))) => {
            let index = netdevice::name_to_index(fd, name)?;
            sockopt::set_ip_add_membership_with_ifindex(fd, &group, &any, index)?;
            sockopt::set_ip_multicast_if_with_ifindex(fd, &group, &any, index)?;
        }
    }
    sockopt::set_ip_multicast_ttl(fd, multicast.ttl.into())?;
    sockopt::set_ip_multicast_loop(fd, multicast.loopback)
}

fn join_v6(fd: &OwnedFd, group: Ipv6Addr, multicast: &Multicast) -> Result<(), Errno> {
    let index = match multicast.interface.map(|interface| (interface, interface.parse())) {
        None => 0,
        Some((_, Ok(address))) => index_of(address)?,
        Some((name, Err(_))) => netdevice::name_to_index(fd, name)?,
    };
    sockopt::set_ipv6_add_membership(fd, &group, index)?;
    sockopt::set_ipv6_multicast_if(fd, index)?;
    sockopt::set_ipv6_multicast_hops(fd, multicast.ttl.into())?;
    sockopt::set_ipv6_multicast_loop(fd, multicast.loopback)
}

/// The index of the interface that has an address.
fn index_of(address: Ipv6Addr) -> Result<u32, Errno> {
    let table = fs::read_to_string("/proc/net/if_inet6").map_err(|_| Errno::NODEV)?;
    find_index(&table, address).ok_or(Errno::NODEV)
}

/// A line is an address and the index of its interface, both hexadecimal, and more.
fn find_index(table: &str, address: Ipv6Addr) -> Option<u32> {
    let wanted = format!("{:032x}", u128::from(address));
    let line = table.lines().find(|line| line.starts_with(&wanted))?;
    u32::from_str_radix(line.split_whitespace().nth(1)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_by_its_address() {
        let table = "fe80000000000000000000000000abcd 0c 40 20 80 eth0\n\
                     00000000000000000000000000000001 01 80 10 80       lo\n";
        assert_eq!(find_index(table, "::1".parse().unwrap()), Some(1));
        assert_eq!(find_index(table, "fe80::abcd".parse().unwrap()), Some(12));
        assert_eq!(find_index(table, "fe80::1".parse().unwrap()), None);
    }
}
