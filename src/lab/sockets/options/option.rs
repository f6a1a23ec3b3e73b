//! The options that are read, and the values that they have.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::{quote, suggest};

/// What an option counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    None,
    Bytes,
    Connections,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl Unit {
    /// As it stands behind a number.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::None | Self::Bytes | Self::Connections => "",
            Self::Seconds => " s",
            Self::Milliseconds => " ms",
            Self::Microseconds => " µs",
        }
    }
}

/// Which sockets have an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Any,
    /// Those of IPv4, and of IPv6 for what it does as IPv4.
    Ip,
    /// Those of IPv6.
    Ipv6,
    /// TCP's.
    Tcp,
    /// UDP's.
    Udp,
    /// UDP's of IPv6.
    Udpv6,
    /// Those that listen.
    Listener,
}

macro_rules! options {
    ($($variant:ident $name:literal $scope:ident $unit:ident $field:expr;)*) => {
        /// An option of a socket, and what else is set for it: its backlog, and whether it blocks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "`name` is the system's own")]
        pub enum SocketOption { $($variant,)* }

        impl SocketOption {
            /// All of them, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name: the system's own, or the call's that sets it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Which sockets have it.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }

            /// What it counts in.
            pub const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }

            /// The spec's field for it.
            pub const fn field(self) -> Option<&'static str> {
                match self { $(Self::$variant => $field,)* }
            }
        }
    };
}

options! {
    Backlog "backlog" Listener Connections Some("listen.backlog");
    NonBlocking "O_NONBLOCK" Any None None;
    ReuseAddress "SO_REUSEADDR" Any None Some("socket.reuse_address");
    ReusePort "SO_REUSEPORT" Any None Some("socket.reuse_port");
    ReceiveBuffer "SO_RCVBUF" Any Bytes Some("socket.receive_buffer");
    SendBuffer "SO_SNDBUF" Any Bytes Some("socket.send_buffer");
    ReceiveLowWatermark "SO_RCVLOWAT" Any Bytes Some("socket.receive_low_watermark");
    KeepAlive "SO_KEEPALIVE" Any None Some("socket.keep_alive.enabled");
    Linger "SO_LINGER" Any Seconds Some("socket.linger");
    Broadcast "SO_BROADCAST" Udp None Some("udp.broadcast");
    BusyPoll "SO_BUSY_POLL" Any Microseconds Some("socket.busy_poll");
    BindDevice "SO_BINDTODEVICE" Any None Some("socket.bind_device");
    Priority "SO_PRIORITY" Any None None;
    Mark "SO_MARK" Any None None;
    NoDelay "TCP_NODELAY" Tcp None Some("socket.no_delay");
    Cork "TCP_CORK" Tcp None Some("socket.cork");
    QuickAck "TCP_QUICKACK" Tcp None Some("socket.quick_ack");
    KeepIdle "TCP_KEEPIDLE" Tcp Seconds Some("socket.keep_alive.idle");
    KeepInterval "TCP_KEEPINTVL" Tcp Seconds Some("socket.keep_alive.interval");
    KeepCount "TCP_KEEPCNT" Tcp None Some("socket.keep_alive.count");
    FastOpen "TCP_FASTOPEN" Tcp Connections Some("socket.fast_open");
    DeferAccept "TCP_DEFER_ACCEPT" Tcp Seconds Some("socket.defer_accept");
    UserTimeout "TCP_USER_TIMEOUT" Tcp Milliseconds Some("socket.user_timeout");
    MaximumSegment "TCP_MAXSEG" Tcp Bytes None;
    NotSentLowWatermark "TCP_NOTSENT_LOWAT" Tcp Bytes None;
    Congestion "TCP_CONGESTION" Tcp None None;
    TypeOfService "IP_TOS" Ip None Some("socket.dscp");
    TimeToLive "IP_TTL" Ip None None;
    MulticastTimeToLive "IP_MULTICAST_TTL" Udp None Some("udp.multicast.ttl");
    MulticastLoop "IP_MULTICAST_LOOP" Udp None Some("udp.multicast.loopback");
    V6Only "IPV6_V6ONLY" Ipv6 None Some("socket.v6_only");
    TrafficClass "IPV6_TCLASS" Ipv6 None Some("socket.dscp");
    V6Hops "IPV6_UNICAST_HOPS" Ipv6 None None;
    V6MulticastHops "IPV6_MULTICAST_HOPS" Udpv6 None Some("udp.multicast.ttl");
    V6MulticastLoop "IPV6_MULTICAST_LOOP" Udpv6 None Some("udp.multicast.loopback");
}

impl SocketOption {
    /// The option of that name, without regard to case.
    ///
    /// # Errors
    /// Which options there are.
    pub fn find(name: &str) -> Result<Self, String> {
        let named = |name: &str| Self::ALL.iter().copied().find(|option| option.name().eq_ignore_ascii_case(name));
        named(name).ok_or_else(|| {
            let lower: Vec<String> = Self::ALL.iter().map(|option| option.name().to_ascii_lowercase()).collect();
            let near = suggest(name, lower.iter().map(String::as_str)).and_then(named);
            let near = near.map(|near| format!("; did you mean {}?", near.name())).unwrap_or_default();
            let all: Vec<&str> = Self::ALL.iter().map(|option| option.name()).collect();
            format!("there is no option {}{near}\noptions: {}", quote(name), all.join(", "))
        })
    }
}

impl Serialize for SocketOption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What an option is set to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Flag(bool),
    /// A number, in the option's unit.
    Number(i64),
    /// A number, or off.
    Optional(Option<i64>),
    /// A name; empty if there is none.
    Text(String),
    /// The socket has no such option, or the kernel does not tell.
    Absent,
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => formatter.pad("on"),
            Self::Flag(false) | Self::Optional(None) => formatter.pad("off"),
            Self::Number(number) | Self::Optional(Some(number)) => number.fmt(formatter),
            Self::Absent => formatter.pad("none such"),
            Self::Text(text) if text.is_empty() => formatter.pad("-"),
            Self::Text(text) => formatter.pad(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_by_name() {
        assert_eq!(SocketOption::find("SO_SNDBUF"), Ok(SocketOption::SendBuffer));
        assert_eq!(SocketOption::find("tcp_nodelay"), Ok(SocketOption::NoDelay));
        let refusal = SocketOption::find("TCP_NODLAY").unwrap_err();
        let start = "there is no option `TCP_NODLAY`; did you mean TCP_NODELAY?\noptions: backlog, O_NONBLOCK, SO_";
        assert!(refusal.starts_with(start), "{refusal}");
    }

    #[test]
    fn names_are_told_apart() {
        for option in SocketOption::ALL {
            assert_eq!(SocketOption::find(option.name()), Ok(*option));
        }
    }
}
