//! Linux' list of addresses, and a call for names.

use rustix::io::Errno;
use rustix::net::netdevice;
use std::fs;
use std::net::Ipv6Addr;
use std::os::fd::AsFd;

/// The index of the interface of a name.
pub fn of_name(fd: impl AsFd, name: &str) -> Result<u32, Errno> {
    netdevice::name_to_index(fd, name)
}

/// The index of the interface that has an address.
pub fn of_address(address: Ipv6Addr) -> Result<u32, Errno> {
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
