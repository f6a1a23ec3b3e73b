//! What the sockets of a generated server must have: from its spec, its language, and what the kernel makes of it.
//!
//! Servers in C, Python and Rust set their listener's options before they bind it, and connections inherit them;
//! Node.js sets those that it has on each connection. `TCP_CORK` is on for good in C, and comes and goes in the others.

use super::{Family, Kind, Role, SocketOption, Transport, Value};
use crate::lab::sockets::Limits;
use crate::model::{Model, Socket, Target, TargetPlan};

/// What a spec wants of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Nothing.
    Silent,
    /// Something that cannot be compared, and why.
    Incomparable(&'static str),
    /// A value.
    Wanted(Wanted),
}

/// A value that a spec wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As the server asks the kernel for it; `None`: it leaves it to the kernel.
    pub asked: Option<Value>,
    /// What the kernel makes of it.
    pub effective: Value,
    /// Why that is something else, and what to do if it is too little.
    pub note: Option<String>,
}

/// A server that sockets are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// Its spec.
    pub model: &'a Model,
    /// Its language.
    pub plan: &'a TargetPlan,
    /// What the kernel allows.
    pub limits: &'a Limits,
}

impl From<Wanted> for Expectation {
    fn from(wanted: Wanted) -> Self {
        Self::Wanted(wanted)
    }
}

fn exactly(value: Value) -> Expectation {
    Wanted { asked: Some(value.clone()), effective: value, note: None }.into()
}

fn flag(on: bool) -> Expectation {
    exactly(Value::Flag(on))
}

/// The number that is asked for, or the kernel's default.
fn number(asked: Option<u64>, default: i64) -> Expectation {
    match asked.map(wide) {
        Some(asked) => exactly(Value::Number(asked)),
        None => default_of(Some(default)),
    }
}

/// What the kernel gives to those who do not ask.
fn default_of(default: Option<i64>) -> Expectation {
    let Some(default) = default else { return Expectation::Silent };
    Wanted { asked: None, effective: Value::Number(default), note: None }.into()
}

/// A number that is given, and what the kernel makes of it.
fn adjusted(asked: i64, effective: i64, note: impl FnOnce() -> String) -> Expectation {
    let note = (asked != effective).then(note);
    Wanted { asked: Some(Value::Number(asked)), effective: Value::Number(effective), note }.into()
}

/// Every number of a spec fits.
fn wide(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl Server<'_> {
    /// What a socket of that kind must have.
    pub fn expects(&self, option: SocketOption, kind: Kind) -> Expectation {
        match kind.role() {
            Role::Listener | Role::Datagrams => self.of_own_socket(option, kind),
            Role::Connection => self.of_connection(option, kind),
            Role::Socket => Expectation::Silent,
        }
    }

    /// A listener, or a socket that receives datagrams.
    fn of_own_socket(&self, option: SocketOption, kind: Kind) -> Expectation {
        if self.sets_on_connections(option) {
            return Expectation::Incomparable("Node.js sets it on each connection");
        }
        let socket = &self.model.socket;
        match option {
            SocketOption::Backlog => self.backlog(),
            SocketOption::ReuseAddress if kind.family != Family::Unix => self.reuse_address(kind),
            SocketOption::ReusePort if kind.family != Family::Unix => self.reuse_port(),
            SocketOption::Broadcast => flag(self.model.udp.broadcast),
            SocketOption::FastOpen => self.fast_open(),
            SocketOption::DeferAccept => defer_accept(socket.defer_accept),
            SocketOption::V6Only => flag(socket.v6_only),
            SocketOption::MulticastTimeToLive | SocketOption::V6MulticastHops => self.multicast(option, kind),
            SocketOption::MulticastLoop | SocketOption::V6MulticastLoop => self.multicast(option, kind),
            _ => self.of_any(option, kind),
        }
    }

    /// An accepted connection: what it inherits.
    fn of_connection(&self, option: SocketOption, kind: Kind) -> Expectation {
        if kind.family == Family::Unix {
            return Expectation::Silent;
        }
        let grows = matches!(option, SocketOption::ReceiveBuffer | SocketOption::SendBuffer);
        match self.of_any(option, kind) {
            // The kernel tunes the buffers of a connection that asked for none.
            Expectation::Wanted(Wanted { asked: None, .. }) if grows => Expectation::Silent,
            expectation => expectation,
        }
    }

    /// What listeners have and connections inherit.
    fn of_any(&self, option: SocketOption, kind: Kind) -> Expectation {
        let socket = &self.model.socket;
        match option {
            SocketOption::ReceiveBuffer => self.receive_buffer(kind),
            SocketOption::SendBuffer => self.send_buffer(kind),
            SocketOption::ReceiveLowWatermark => self.receive_low_watermark(kind),
            SocketOption::Linger if kind.transport == Transport::Tcp => {
                exactly(Value::Optional(socket.linger.map(wide)))
            }
            SocketOption::BusyPoll if kind.family != Family::Unix => match socket.busy_poll {
                None => default_of(self.limits.busy_poll),
                asked => number(asked, 0),
            },
            SocketOption::BindDevice if kind.family != Family::Unix => {
                exactly(Value::Text(socket.bind_device.clone().unwrap_or_default()))
            }
            SocketOption::TypeOfService if kind.family == Family::V4 => number(class(socket), 0),
            SocketOption::TrafficClass => number(class(socket), 0),
            SocketOption::NoDelay => flag(socket.no_delay),
            SocketOption::Cork => self.cork(),
            SocketOption::QuickAck if socket.quick_ack => {
                Expectation::Incomparable("the kernel forgets it; the server sets it behind every read")
            }
            SocketOption::UserTimeout => number(socket.user_timeout, 0),
            _ => self.keep_alive(option, kind),
        }
    }

    fn keep_alive(&self, option: SocketOption, kind: Kind) -> Expectation {
        if kind.transport != Transport::Tcp {
            return Expectation::Silent;
        }
        let asked = self.model.socket.keep_alive.as_ref();
        match (option, asked) {
            (SocketOption::KeepAlive, _) => flag(asked.is_some()),
            (SocketOption::KeepIdle, Some(times)) => number(Some(times.idle), 0),
            (SocketOption::KeepInterval | SocketOption::KeepCount, Some(_)) if self.is_nodejs() => {
                Expectation::Incomparable("Node.js has no call for it")
            }
            (SocketOption::KeepInterval, Some(times)) => number(Some(times.interval), 0),
            (SocketOption::KeepCount, Some(times)) => number(Some(times.count), 0),
            _ => Expectation::Silent,
        }
    }

    fn is_nodejs(&self) -> bool {
        self.plan.target == Target::Nodejs
    }

    /// Options that are not the listener's.
    fn sets_on_connections(&self, option: SocketOption) -> bool {
        let set = [SocketOption::NoDelay, SocketOption::KeepAlive, SocketOption::KeepIdle];
        self.is_nodejs() && set.contains(&option)
    }

    fn backlog(&self) -> Expectation {
        let asked = i64::from(self.model.listen.backlog);
        let most = self.limits.backlog.unwrap_or(asked);
        adjusted(asked, asked.min(most), || format!("cut to net.core.somaxconn; {}", raise("somaxconn", asked)))
    }

    fn reuse_address(&self, kind: Kind) -> Expectation {
        if self.is_nodejs() && kind.transport == Transport::Tcp {
            return Expectation::Incomparable("Node.js sets it always");
        }
        flag(self.model.socket.reuse_address)
    }

    fn reuse_port(&self) -> Expectation {
        match (self.model.socket.reuse_port, self.plan.workers) {
            (false, workers) if workers != 1 => Expectation::Incomparable("workers share the port by it"),
            (asked, _) => flag(asked),
        }
    }

    /// Linux keeps the longest queue in bounds (net/ipv4/tcp.c, `fastopen_queue_tune`).
    fn fast_open(&self) -> Expectation {
        let Some(asked) = self.model.socket.fast_open.map(wide) else { return Expectation::Silent };
        let most = self.limits.backlog.unwrap_or(asked);
        adjusted(asked, asked.min(most), || "cut to net.core.somaxconn".to_owned())
    }

    fn receive_buffer(&self, kind: Kind) -> Expectation {
        let (default, most) = match kind.transport {
            Transport::Tcp => (self.limits.tcp_receive_default, self.limits.receive_buffer),
            _ => (self.limits.receive_default, self.limits.receive_buffer),
        };
        match self.model.socket.receive_buffer {
            Some(asked) => buffer(wide(asked), most, RECEIVE_LEAST, "rmem_max"),
            // A low watermark makes room for itself.
            None if self.model.socket.receive_low_watermark.is_some() => Expectation::Silent,
            None => default_of(default),
        }
    }

    fn send_buffer(&self, kind: Kind) -> Expectation {
        let default = match kind.transport {
            Transport::Tcp => self.limits.tcp_send_default,
            _ => self.limits.send_default,
        };
        match self.model.socket.send_buffer {
            Some(asked) => buffer(wide(asked), self.limits.send_buffer, SEND_LEAST, "wmem_max"),
            None => default_of(default),
        }
    }

    /// TCP's is at most half of the buffer (net/ipv4/tcp.c, `tcp_set_rcvlowat`).
    fn receive_low_watermark(&self, kind: Kind) -> Expectation {
        let Some(asked) = self.model.socket.receive_low_watermark.map(wide) else { return default_of(Some(1)) };
        let buffer = match self.receive_buffer(kind) {
            Expectation::Wanted(Wanted { effective: Value::Number(buffer), .. }) => Some(buffer),
            _ => self.limits.tcp_receive_most,
        };
        let most = buffer.filter(|_| kind.transport == Transport::Tcp).map_or(asked, |buffer| buffer / 2);
        adjusted(asked, asked.min(most), || "cut to half of the receive buffer".to_owned())
    }

    fn cork(&self) -> Expectation {
        match (self.model.socket.cork, self.plan.target) {
            (true, Target::C) => flag(true),
            (true, _) => Expectation::Incomparable("the server sets it around each turn's output"),
            (false, _) => flag(false),
        }
    }

    fn multicast(&self, option: SocketOption, kind: Kind) -> Expectation {
        let Some(multicast) = &self.model.udp.multicast else { return Expectation::Silent };
        let v6_option = matches!(option, SocketOption::V6MulticastHops | SocketOption::V6MulticastLoop);
        if v6_option != (kind.family == Family::V6) {
            return Expectation::Silent;
        }
        match option {
            SocketOption::MulticastLoop | SocketOption::V6MulticastLoop => flag(multicast.loopback),
            _ => number(Some(multicast.ttl.into()), 1),
        }
    }
}

/// The upper six bits of the octet.
fn class(socket: &Socket) -> Option<u64> {
    socket.dscp.map(|dscp| dscp << 2)
}

/// SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF of include/net/sock.h on 64-bit machines.
const RECEIVE_LEAST: i64 = 2304;
const SEND_LEAST: i64 = 4608;

/// Linux cuts what is asked for to `net.core.{setting}`, doubles it, and raises it to a least value (socket(7)).
fn buffer(asked: i64, most: Option<i64>, least: i64, setting: &str) -> Expectation {
    let cut = asked.min(most.unwrap_or(asked));
    let effective = (2 * cut).max(least);
    let note = if cut < asked {
        format!("cut to net.core.{setting} ({cut}), then doubled by Linux; {}", raise(setting, asked))
    } else if effective > 2 * cut {
        "raised to the least that Linux gives".to_owned()
    } else {
        "doubled by Linux, which counts its own structures too".to_owned()
    };
    Wanted { asked: Some(Value::Number(asked)), effective: Value::Number(effective), note: Some(note) }.into()
}

/// What gives a server what it asks for.
fn raise(setting: &str, asked: i64) -> String {
    format!("for more: `sysctl net.core.{setting}={asked}`, then start the server anew")
}

/// Linux keeps a number of retransmissions: 1, 3, 7, 15, … seconds, each at most 120 longer (net/ipv4/tcp.c, `secs_to_retrans`).
fn defer_accept(asked: Option<u64>) -> Expectation {
    /// The kernel counts in eight bits.
    const MOST_RETRANSMISSIONS: u32 = 255;
    let asked = wide(asked.unwrap_or(0));
    let (mut timeout, mut seconds) = (1, i64::from(asked > 0));
    for _ in 1..MOST_RETRANSMISSIONS {
        if seconds >= asked {
            break;
        }
        timeout = (timeout * 2).min(120);
        seconds += timeout;
    }
    adjusted(asked, seconds, || "Linux counts it in retransmissions of SYN and ACK".to_owned())
}

#[cfg(test)]
mod tests;
