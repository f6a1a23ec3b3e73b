//! Echoes over TCP, with or without TLS.

use std::io::{Read as _, Write as _};
use std::time::Instant;

use super::{Course, Framing, Opened, Plan, milliseconds, mismatch, payload};
use crate::lab::connection::Connection;
use crate::lab::trouble::{Kind, Trouble};

/// Bytes that go out before they are taken back, where messages have no frame: a server that echoes what it reads stops
/// reading once nobody takes its output.
const UNFRAMED: usize = 16 << 10;

pub fn run(course: &mut Course<'_>) -> Result<(), Trouble> {
    let plan = course.plan;
    let start = Instant::now();
    let mut connection = Connection::open(&plan.endpoint, &plan.trust, plan.deadline())?;
    let encryption = connection.encryption();
    course.exchange.opened = Some(Opened { connect_ms: milliseconds(start.elapsed()), encryption });
    for number in 1..=plan.messages {
        let message = plan.framing.frame(&payload::message(number, plan.size, plan.binary)).ok_or_else(too_long)?;
        let start = Instant::now();
        connection.set_deadline(plan.deadline());
        course.exchange.sent += 1;
        echo(&mut connection, plan, number, &message)?;
        course.echoed(start);
    }
    Ok(())
}

fn too_long() -> Trouble {
    Trouble::new(
        Kind::Local,
        "the message is too long for its prefix",
        "a wider --framing length-prefix, or a smaller --size",
    )
}

fn echo(connection: &mut Connection, plan: &Plan, number: u64, message: &[u8]) -> Result<(), Trouble> {
    // A framed message is echoed once it is whole.
    let part = if plan.framing == Framing::None { UNFRAMED } else { message.len() };
    let mut seen = vec![0; message.len()];
    let mut received = 0;
    for part in message.chunks(part.max(1)) {
        connection.write_all(part).map_err(|error| Trouble::from_io(&error, "sending a message"))?;
        let due = received + part.len();
        while received < due {
            let size = connection.read(&mut seen[received..due]);
            let size = size.map_err(|error| Trouble::from_io(&error, "waiting for an echo"))?;
            if size == 0 {
                return Err(ended(number, received, message.len()));
            }
            let new = received..received + size;
            received = new.end;
            if seen[new.clone()] != message[new] {
                return Err(mismatch(number, message, &seen[..received]));
            }
        }
    }
    Ok(())
}

fn ended(number: u64, received: usize, expected: usize) -> Trouble {
    Trouble::new(
        Kind::Ended,
        format!("the server ended the connection after {received} of {expected} bytes of message {number}"),
        "larger than limits.message, or another framing than --framing says? Its log says why",
    )
}
