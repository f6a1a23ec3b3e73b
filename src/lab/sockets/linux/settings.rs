//! The kernel's settings: sysctl(8), under `/proc/sys`.

use std::fs;

use crate::lab::sockets::Limits;

/// Reads them, of this network namespace.
pub fn limits() -> Limits {
    Limits {
        backlog: setting("core/somaxconn", 0),
        receive_buffer: setting("core/rmem_max", 0),
        send_buffer: setting("core/wmem_max", 0),
        receive_default: setting("core/rmem_default", 0),
        send_default: setting("core/wmem_default", 0),
        tcp_receive_default: setting("ipv4/tcp_rmem", 1),
        tcp_receive_most: setting("ipv4/tcp_rmem", 2),
        tcp_send_default: setting("ipv4/tcp_wmem", 1),
        busy_poll: setting("core/busy_read", 0),
    }
}

/// One number of a setting below `net`.
fn setting(name: &str, index: usize) -> Option<i64> {
    let text = fs::read_to_string(format!("/proc/sys/net/{name}")).ok()?;
    text.split_whitespace().nth(index)?.parse().ok()
}
