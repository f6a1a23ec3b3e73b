//! Multicast: the group is joined, and what is sent goes where the spec wants it.

use super::interface;
use crate::server::Multicast;
use crate::transport::trace::message;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    match multicast.interface.map(|interface| (interface, interface.parse())) {
        None => sockopt::set_ip_add_membership(fd, &group, &Ipv4Addr::UNSPECIFIED)?,
        Some((_, Ok(address))) => {
            sockopt::set_ip_add_membership(fd, &group, &address)?;
            sockopt::set_ip_multicast_if(fd, &address)?;
        }
        Some((name, Err(_))) => join_v4_at(fd, group, name)?,
    }
    sockopt::set_ip_multicast_ttl(fd, multicast.ttl.into())?;
    sockopt::set_ip_multicast_loop(fd, multicast.loopback)
}

#[cfg(unix)]
fn join_v4_at(fd: &OwnedFd, group: Ipv4Addr, name: &str) -> Result<(), Errno> {
    let (any, index) = (Ipv4Addr::UNSPECIFIED, interface::of_name(fd, name)?);
    sockopt::set_ip_add_membership_with_ifindex(fd, &group, &any, index)?;
    sockopt::set_ip_multicast_if_with_ifindex(fd, &group, &any, index)
}

/// Here an interface is told by its address.
#[cfg(windows)]
fn join_v4_at(fd: &OwnedFd, group: Ipv4Addr, name: &str) -> Result<(), Errno> {
    let interface = interface::v4_of_name(name)?;
    sockopt::set_ip_add_membership(fd, &group, &interface)?;
    sockopt::set_ip_multicast_if(fd, &interface)
}

fn join_v6(fd: &OwnedFd, group: Ipv6Addr, multicast: &Multicast) -> Result<(), Errno> {
    let index = match multicast.interface.map(|interface| (interface, interface.parse())) {
        None => 0,
        Some((_, Ok(address))) => interface::of_address(address)?,
        Some((name, Err(_))) => interface::of_name(fd, name)?,
    };
    sockopt::set_ipv6_add_membership(fd, &group, index)?;
    sockopt::set_ipv6_multicast_if(fd, index)?;
    sockopt::set_ipv6_multicast_hops(fd, multicast.ttl.into())?;
    sockopt::set_ipv6_multicast_loop(fd, multicast.loopback)
}
