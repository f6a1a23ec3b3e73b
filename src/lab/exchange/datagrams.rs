//! Echoes over UDP.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use super::{Course, Opened, milliseconds, payload};
use crate::lab::connection::{any, resolve};
use crate::lab::trouble::{Kind, Trouble};

/// The longest payload of a datagram over IPv4: 65,535 less the headers of IP and UDP (RFC 768).
pub(in crate::lab) const MAX_DATAGRAM: usize = 65_507;

pub fn run(course: &mut Course<'_>) -> Result<(), Trouble> {
    let plan = course.plan;
    if plan.size > MAX_DATAGRAM {
        let what = format!("a datagram has at most {MAX_DATAGRAM} bytes");
        return Err(Trouble::new(Kind::Local, what, "a smaller --size"));
    }
    let start = Instant::now();
    let socket = connected(course)?;
    course.exchange.opened = Some(Opened { connect_ms: milliseconds(start.elapsed()), encryption: None });
    let mut lost = 0;
    for number in 1..=plan.messages {
        let message = payload::message(number, plan.size, plan.binary);
        let start = Instant::now();
        socket.send(&message).map_err(|error| sending(&error))?;
        course.exchange.sent += 1;
        if comes_back(&socket, &message, plan.deadline())? {
            course.echoed(start);
        } else {
            lost += 1;
        }
        // Nobody is there, or it echoes nothing: more of the same tells nothing more.
        if lost == 3 && course.exchange.received == 0 {
            return Err(Trouble::new(
                Kind::TimedOut,
                "no datagram came back",
                "is this an echo server's port? Nothing says so over UDP: udp.max_datagram, udp.rate_limit and udp.reliability drop without a word",
            ));
        }
    }
    if lost > 0 {
        let what = format!("{lost} of {} datagrams did not come back", plan.messages);
        return Err(Trouble::new(
            Kind::TimedOut,
            what,
            "lost on the way, or dropped: udp.rate_limit, a full receive buffer",
        ));
    }
    Ok(())
}

/// A socket that knows its peer: the kernel tells it of a port that nobody has.
fn connected(course: &Course<'_>) -> Result<UdpSocket, Trouble> {
    let endpoint = &course.plan.endpoint;
    let mut last = None;
    for address in resolve(endpoint, course.plan.deadline())? {
        match UdpSocket::bind(any(address)).and_then(|socket| socket.connect(address).map(|()| socket)) {
            Ok(socket) => return Ok(socket),
            Err(error) => {
                last = Some(Trouble::new(Kind::Unreachable, format!("{address}: {error}"), "does a route lead there?"))
            }
        }
    }
    Err(last.unwrap_or_else(|| {
        Trouble::new(Kind::Unresolved, format!("{} has no address", endpoint.host), "is the name spelled right?")
    }))
}

fn sending(error: &std::io::Error) -> Trouble {
    if error.kind() == ErrorKind::ConnectionRefused {
        return nobody();
    }
    Trouble::from_io(error, "sending a datagram")
}

/// RFC 1122 §4.1.3.3: what an ICMP message says is passed on.
fn nobody() -> Trouble {
    Trouble::new(
        Kind::Refused,
        "port unreachable: nothing is bound to it",
        "is the server started, and on this host and port? Its start line names both",
    )
}

/// Whether the datagram comes back by then. Others, such as late echoes, are passed over.
fn comes_back(socket: &UdpSocket, message: &[u8], deadline: Instant) -> Result<bool, Trouble> {
    let mut buffer = vec![0; MAX_DATAGRAM + 1];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let waiting = socket.set_read_timeout(Some(left.max(Duration::from_millis(1))));
        match waiting.and_then(|()| socket.recv(&mut buffer)) {
            Ok(size) if buffer[..size] == *message => return Ok(true),
            Ok(_) => {}
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(false),
                ErrorKind::Interrupted => {}
                ErrorKind::ConnectionRefused => return Err(nobody()),
                _ => return Err(Trouble::from_io(&error, "waiting for a datagram")),
            },
        }
    }
}
