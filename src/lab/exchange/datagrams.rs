//! Echoes over UDP.

use std::time::Instant;

use super::{Course, Opened, milliseconds, payload};
use crate::lab::connection::resolve;
use crate::lab::datagrams::{MAX_DATAGRAM, Peer};
use crate::lab::reliable::header_size;
use crate::lab::trouble::{Kind, Trouble};

pub fn run(course: &mut Course<'_>) -> Result<(), Trouble> {
    let plan = course.plan;
    let most = MAX_DATAGRAM - header_size(plan.reliability);
    if plan.size > most {
        let what = format!("a datagram has at most {most} bytes");
        return Err(Trouble::new(Kind::Local, what, "a smaller --size"));
    }
    let start = Instant::now();
    let mut peer = connected(course)?;
    course.exchange.opened = Some(Opened { connect_ms: milliseconds(start.elapsed()), encryption: None });
    let mut lost = 0;
    for number in 1..=plan.messages {
        let message = payload::message(number, plan.size, plan.binary);
        let start = Instant::now();
        peer.send(&message)?;
        course.exchange.sent += 1;
        if comes_back(&mut peer, &message, plan.deadline())? {
            course.echoed(start);
        } else {
            lost += 1;
        }
        // Nobody is there, or it echoes nothing: more of the same tells nothing more.
        if lost == 3 && course.exchange.received == 0 {
            return Err(Trouble::new(
                Kind::TimedOut,
                "no datagram came back",
                "is this an echo server's port? Nothing says so over UDP: udp.max_datagram, udp.rate_limit and udp.reliability (--reliability) drop without a word",
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

/// The first address from which a socket can be connected.
fn connected(course: &Course<'_>) -> Result<Peer, Trouble> {
    let plan = course.plan;
    let mut last = None;
    for address in resolve(&plan.endpoint, plan.deadline())? {
        match Peer::connect(address, plan.reliability) {
            Ok(peer) => return Ok(peer),
            Err(error) => {
                last = Some(Trouble::new(Kind::Unreachable, format!("{address}: {error}"), "does a route lead there?"))
            }
        }
    }
    Err(last.unwrap_or_else(|| {
        Trouble::new(Kind::Unresolved, format!("{} has no address", plan.endpoint.host), "is the name spelled right?")
    }))
}

/// Whether the message comes back by then. Others, such as late echoes, are passed over.
fn comes_back(peer: &mut Peer, message: &[u8], deadline: Instant) -> Result<bool, Trouble> {
    while let Some(received) = peer.receive(deadline)? {
        if received == message {
            return Ok(true);
        }
    }
    Ok(false)
}
