//! Echoes over WebSocket.

use std::time::Instant;

use specgen_runtime::protocol::message::Kind as MessageKind;

use super::{Closed, Course, Handshake, Opened, milliseconds, mismatch, payload};
use crate::lab::connection::Connection;
use crate::lab::trouble::{Kind, Trouble};
use crate::lab::websocket::{Event, WebSocket, closed};

/// RFC 6455 §7.4.1.
const NORMAL: u16 = 1000;
const PING: &[u8] = b"specgen";

pub fn run(course: &mut Course<'_>) -> Result<(), Trouble> {
    let plan = course.plan;
    let start = Instant::now();
    let connection = Connection::open(&plan.endpoint, &plan.trust, plan.deadline())?;
    let encryption = connection.encryption();
    course.exchange.opened = Some(Opened { connect_ms: milliseconds(start.elapsed()), encryption });
    let start = Instant::now();
    let (mut socket, answer) = WebSocket::open(connection, &plan.endpoint, &plan.opening, plan.largest_echo())?;
    let compressed = answer.extension.is_some();
    course.exchange.handshake = Some(Handshake { upgrade_ms: milliseconds(start.elapsed()), answer });
    messages(course, &mut socket)?;
    if compressed && course.exchange.received > 0 {
        let traffic = socket.traffic();
        let wire = (traffic.sent_wire + traffic.received_wire) as f64;
        course.exchange.compression_ratio = Some(wire / (traffic.sent + traffic.received).max(1) as f64);
    }
    ping(course, &mut socket)?;
    close(course, &mut socket)
}

fn messages(course: &mut Course<'_>, socket: &mut WebSocket) -> Result<(), Trouble> {
    let plan = course.plan;
    let kind = if plan.binary { MessageKind::Binary } else { MessageKind::Text };
    for number in 1..=plan.messages {
        let message = payload::message(number, plan.size, plan.binary);
        let start = Instant::now();
        socket.set_deadline(plan.deadline());
        socket.send(kind, &message)?;
        course.exchange.sent += 1;
        let (echoed_kind, echo) = next_message(course, socket)?;
        if echo != message {
            return Err(mismatch(number, &message, &echo));
        }
        if echoed_kind != kind {
            let what = format!("message {number} went out as {kind:?} and came back as {echoed_kind:?}");
            return Err(Trouble::new(Kind::Mismatch, what, "RFC 6455 §5.6: the type belongs to the message"));
        }
        course.echoed(start);
    }
    Ok(())
}

/// The next message; what else comes before it is passed over.
fn next_message(course: &mut Course<'_>, socket: &mut WebSocket) -> Result<(MessageKind, Vec<u8>), Trouble> {
    loop {
        match socket.receive().map_err(|trouble| unanswered(course, trouble))? {
            Event::Message(kind, payload) => return Ok((kind, payload)),
            Event::Ping(_) | Event::Pong(_) => {}
            end => return Err(ended(course, socket, end)),
        }
    }
}

/// Silence on the first message may have another reason than later.
fn unanswered(course: &Course<'_>, trouble: Trouble) -> Trouble {
    if trouble.kind != Kind::TimedOut || course.exchange.received > 0 {
        return trouble;
    }
    let advice = "is this an echo server? --messages 0 tries everything but messages";
    Trouble::new(Kind::TimedOut, "nothing came back for the first message", advice)
}

/// The server ended what was to go on.
fn ended(course: &mut Course<'_>, socket: &mut WebSocket, event: Event) -> Trouble {
    let Event::Close(code, reason) = event else {
        return Trouble::new(Kind::Ended, "the server ended the connection without a Close", "its log says why");
    };
    // RFC 6455 §5.5.1: a Close is answered. It may be gone already.
    let _ = socket.close(NORMAL, "");
    let trouble = closed(code, &reason);
    course.exchange.closed = Some(Closed { code, reason });
    trouble
}

fn ping(course: &mut Course<'_>, socket: &mut WebSocket) -> Result<(), Trouble> {
    let start = Instant::now();
    socket.set_deadline(course.plan.deadline());
    socket.ping(PING)?;
    loop {
        match socket
            .receive()
            .map_err(|trouble| without(trouble, "no Pong came for a Ping", "RFC 6455 §5.5.2 asks for one"))?
        {
            Event::Pong(payload) if payload == PING => break,
            Event::Message(..) | Event::Ping(_) | Event::Pong(_) => {}
            end => return Err(ended(course, socket, end)),
        }
    }
    course.exchange.ping_ms = Some(milliseconds(start.elapsed()));
    Ok(())
}

fn close(course: &mut Course<'_>, socket: &mut WebSocket) -> Result<(), Trouble> {
    socket.set_deadline(course.plan.deadline());
    socket.close(NORMAL, "")?;
    let unanswered = |trouble| without(trouble, "no Close came for a Close", "RFC 6455 §5.5.1 asks for one");
    loop {
        match socket.receive().map_err(unanswered)? {
            Event::Close(code, reason) => break course.exchange.closed = Some(Closed { code, reason }),
            Event::End => {
                let what = "the server ended the connection without answering the Close";
                return Err(Trouble::new(Kind::Ended, what, "RFC 6455 §5.5.1 asks for an answer"));
            }
            Event::Message(..) | Event::Ping(_) | Event::Pong(_) => {}
        }
    }
    let open = |trouble| {
        without(
            trouble,
            "the connection stayed open after the closing handshake",
            "RFC 6455 §7.1.1: the server ends TCP",
        )
    };
    match socket.receive().map_err(open)? {
        Event::End => Ok(()),
        _ => Err(Trouble::new(Kind::Protocol, "something came after the Close", "RFC 6455 §5.5.1: nothing may")),
    }
}

/// The same trouble in words that say what was missing.
fn without(trouble: Trouble, what: &str, advice: &str) -> Trouble {
    if trouble.kind == Kind::TimedOut { Trouble::new(Kind::TimedOut, what, advice) } else { trouble }
}
