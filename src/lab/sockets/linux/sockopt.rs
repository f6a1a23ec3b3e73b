//! getsockopt(2), an option at a time.

use std::io;
use std::os::fd::OwnedFd;

use nix::sys::socket::{getsockopt, sockopt};
use nix::{getsockopt_impl, libc, sockopt_impl};

use crate::lab::sockets::options::{SocketOption, Value};

/// How a number is to be read.
type Reading = fn(i32) -> Value;

const FLAG: Reading = |number| Value::Flag(number != 0);
const NUMBER: Reading = |number| Value::Number(number.into());
/// A number of 32 bits without a sign, which `getsockopt` fills in as it is.
const UNSIGNED: Reading = |number| Value::Number(number.cast_unsigned().into());

macro_rules! numbers {
    ($($option:ident $level:ident $name:ident $reading:ident;)*) => {
        $(
            sockopt_impl!($option, GetOnly, libc::$level, libc::$name, i32);
        )*

        /// An option that is a number; `None` if it is something else.
        fn number(fd: &OwnedFd, option: SocketOption) -> Option<nix::Result<Value>> {
            match option {
                $(SocketOption::$option => Some(getsockopt(fd, $option).map($reading)),)*
                _ => None,
            }
        }
    };
}

numbers! {
    ReuseAddress SOL_SOCKET SO_REUSEADDR FLAG;
    ReusePort SOL_SOCKET SO_REUSEPORT FLAG;
    ReceiveBuffer SOL_SOCKET SO_RCVBUF NUMBER;
    SendBuffer SOL_SOCKET SO_SNDBUF NUMBER;
    ReceiveLowWatermark SOL_SOCKET SO_RCVLOWAT NUMBER;
    KeepAlive SOL_SOCKET SO_KEEPALIVE FLAG;
    Broadcast SOL_SOCKET SO_BROADCAST FLAG;
    BusyPoll SOL_SOCKET SO_BUSY_POLL NUMBER;
    Priority SOL_SOCKET SO_PRIORITY NUMBER;
    Mark SOL_SOCKET SO_MARK UNSIGNED;
    NoDelay IPPROTO_TCP TCP_NODELAY FLAG;
    Cork IPPROTO_TCP TCP_CORK FLAG;
    QuickAck IPPROTO_TCP TCP_QUICKACK FLAG;
    KeepIdle IPPROTO_TCP TCP_KEEPIDLE NUMBER;
    KeepInterval IPPROTO_TCP TCP_KEEPINTVL NUMBER;
    KeepCount IPPROTO_TCP TCP_KEEPCNT NUMBER;
    FastOpen IPPROTO_TCP TCP_FASTOPEN NUMBER;
    DeferAccept IPPROTO_TCP TCP_DEFER_ACCEPT NUMBER;
    UserTimeout IPPROTO_TCP TCP_USER_TIMEOUT UNSIGNED;
    MaximumSegment IPPROTO_TCP TCP_MAXSEG NUMBER;
    NotSentLowWatermark IPPROTO_TCP TCP_NOTSENT_LOWAT UNSIGNED;
    TypeOfService IPPROTO_IP IP_TOS NUMBER;
    TimeToLive IPPROTO_IP IP_TTL NUMBER;
    MulticastTimeToLive IPPROTO_IP IP_MULTICAST_TTL NUMBER;
    MulticastLoop IPPROTO_IP IP_MULTICAST_LOOP FLAG;
    V6Only IPPROTO_IPV6 IPV6_V6ONLY FLAG;
    TrafficClass IPPROTO_IPV6 IPV6_TCLASS NUMBER;
    V6Hops IPPROTO_IPV6 IPV6_UNICAST_HOPS NUMBER;
    V6MulticastHops IPPROTO_IPV6 IPV6_MULTICAST_HOPS NUMBER;
    V6MulticastLoop IPPROTO_IPV6 IPV6_MULTICAST_LOOP FLAG;
}

/// Reads an option.
///
/// # Errors
/// As the kernel says: `ENOPROTOOPT` and `EOPNOTSUPP` of an option that this socket does not have.
pub fn read(fd: &OwnedFd, option: SocketOption) -> io::Result<Value> {
    if let Some(value) = number(fd, option) {
        return Ok(value?);
    }
    let text = |text: std::ffi::OsString| Value::Text(text.to_string_lossy().trim_end_matches('\0').to_owned());
    match option {
        SocketOption::NonBlocking => {
            let flags = rustix::fs::fcntl_getfl(fd)?;
            Ok(Value::Flag(flags.contains(rustix::fs::OFlags::NONBLOCK)))
        }
        SocketOption::Linger => {
            let linger = getsockopt(fd, sockopt::Linger)?;
            Ok(Value::Optional((linger.l_onoff != 0).then_some(linger.l_linger.into())))
        }
        SocketOption::BindDevice => Ok(text(getsockopt(fd, sockopt::BindToDevice)?)),
        SocketOption::Congestion => Ok(text(getsockopt(fd, sockopt::TcpCongestion)?)),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}
