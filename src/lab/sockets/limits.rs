//! What the kernel is configured to allow.

use serde::Serialize;

/// Settings of the kernel that change what a socket gets; `None` where the kernel has no such setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The longest accept queue: net.core.somaxconn.
    pub backlog: Option<i64>,
    /// The largest SO_RCVBUF that a program may ask for, bytes: net.core.rmem_max.
    pub receive_buffer: Option<i64>,
    /// The largest SO_SNDBUF that a program may ask for, bytes: net.core.wmem_max.
    pub send_buffer: Option<i64>,
    /// SO_RCVBUF of a socket that is not TCP's, bytes: net.core.rmem_default.
    pub receive_default: Option<i64>,
    /// SO_SNDBUF of a socket that is not TCP's, bytes: net.core.wmem_default.
    pub send_default: Option<i64>,
    /// SO_RCVBUF of a new TCP socket, bytes: the second of net.ipv4.tcp_rmem.
    pub tcp_receive_default: Option<i64>,
    /// What the kernel raises it to by itself, bytes: the third of net.ipv4.tcp_rmem.
    pub tcp_receive_most: Option<i64>,
    /// SO_SNDBUF of a new TCP socket, bytes: the second of net.ipv4.tcp_wmem.
    pub tcp_send_default: Option<i64>,
    /// SO_BUSY_POLL of a new socket, microseconds: net.core.busy_read.
    pub busy_poll: Option<i64>,
}
