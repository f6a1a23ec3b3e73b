//! A first look at a server: one connection, one echo. What it finds holds for all connections that follow.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use specgen_runtime::protocol::extension::{self, Agreement};

use super::messages::{Messages, Position};
use super::plan::{NUMBER, Plan, Server};
use crate::lab::connection::{Connection, resolve, tls_config};
use crate::lab::datagrams::{Peer, trouble};
use crate::lab::endpoint::{Endpoint, Scheme};
use crate::lab::trouble::{Kind, Trouble};
use crate::lab::websocket::{Answer, Event, Handshake, WebSocket, closed};
use crate::model::Reliability;

/// The largest message that the first look sends over a stream, which is not read meanwhile.
const FIRST: usize = 16 << 10;
/// How long a server may take to end the first connection.
const GOODBYE: Duration = Duration::from_millis(500);
/// Datagrams may be lost: so many are tried.
const TRIES: u32 = 3;
/// What is taken of a message that is no echo, in order to say how long it is.
pub(super) const LEEWAY: usize = 64 << 10;

/// A server that echoes, and how all connections speak to it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    pub(super) address: SocketAddr,
    /// For WebSocket.
    pub(super) handshake: Option<Handshake>,
    /// permessage-deflate.
    pub(super) agreement: Option<Agreement>,
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// For streams.
    pub(super) messages: Option<Arc<Messages>>,
    /// For datagrams.
    pub(super) datagram: Vec<u8>,
    /// What stands in front of each.
    pub(super) reliability: Reliability,
    pub(super) size: usize,
}

/// What the first look saw.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// The address that the name has.
    pub address: SocketAddr,
    /// The answer to the upgrade request.
    pub answer: Option<Answer>,
    /// TLS version and cipher suite.
    pub encryption: Option<String>,
    /// The server runs on this machine.
    pub local: bool,
}

impl Target {
    /// Looks at a server, and prepares messages for it.
    ///
    /// # Errors
    /// When it does not echo within the plan's timeout.
    pub(super) fn look(server: &Server, plan: &Plan) -> Result<(Self, Look), Trouble> {
        let endpoint = &server.endpoint;
        let look = match endpoint.scheme {
            Scheme::Ws | Scheme::Wss => look_at_websocket(server, plan)?,
            Scheme::Tcp | Scheme::Tls => look_at_stream(server, plan)?,
            Scheme::Udp => look_at_datagrams(server, plan)?,
        };
        let agreement = look.answer.as_ref().and_then(|answer| answer.extension.as_ref());
        let agreement = agreement.and_then(|text| extension::accept(text.as_bytes()).ok().flatten());
        let is_websocket = endpoint.scheme.is_websocket();
        let messages = match endpoint.scheme {
            Scheme::Udp => None,
            _ if is_websocket => Some(Messages::frames(plan.kind, plan.size, agreement.as_ref())),
            _ => Some(Messages::stream(&server.framing, plan.size)),
        };
        let target = Self {
            endpoint: endpoint.clone(),
            address: look.address,
            handshake: is_websocket.then(|| Handshake::new(endpoint, &plan.opening)),
            agreement,
            tls: endpoint.scheme.is_secure().then(|| tls_config(&server.trust, endpoint.scheme)).transpose()?,
            datagram: if messages.is_none() { Messages::datagram(plan.size) } else { Vec::new() },
            reliability: server.reliability,
            messages: messages.map(Arc::new),
            size: plan.size,
        };
        Ok((target, look))
    }
}

/// What came back is not what was sent.
pub(super) fn not_an_echo(sent: &[u8], received: Option<&[u8]>) -> Trouble {
    let what = match received {
        Some(received) if received.len() != sent.len() => {
            format!("what came back is not what was sent: {} bytes for {}", received.len(), sent.len())
        }
        _ => format!("what came back is not what was sent, but as long: {} bytes", sent.len()),
    };
    Trouble::new(Kind::Mismatch, what, "a load is measured on echoes: each message comes back as it is (app: echo)")
}

fn look_at_websocket(server: &Server, plan: &Plan) -> Result<Look, Trouble> {
    let deadline = Instant::now() + plan.timeout;
    let connection = Connection::open(&server.endpoint, &server.trust, deadline)?;
    let look = seen(&connection)?;
    let (mut socket, answer) = WebSocket::open(connection, &server.endpoint, &plan.opening, plan.size + LEEWAY)?;
    let messages = Messages::frames(plan.kind, plan.size, None);
    socket.send(plan.kind, messages.payload(0))?;
    loop {
        match socket.receive()? {
            Event::Message(_, message) if message == messages.payload(0) => break,
            Event::Message(_, message) => return Err(not_an_echo(messages.payload(0), Some(&message))),
            Event::Ping(_) | Event::Pong(_) => {}
            Event::Close(code, reason) => return Err(closed(code, &reason)),
            Event::End => return Err(ended()),
        }
    }
    say_goodbye(&mut socket);
    Ok(Look { answer: Some(answer), ..look })
}

/// The server is to have forgotten this connection before its memory is looked at.
fn say_goodbye(socket: &mut WebSocket) {
    socket.set_deadline(Instant::now() + GOODBYE);
    if socket.close(1000, "").is_ok() {
        while !matches!(socket.receive(), Err(_) | Ok(Event::End)) {}
    }
}

fn look_at_stream(server: &Server, plan: &Plan) -> Result<Look, Trouble> {
    let deadline = Instant::now() + plan.timeout;
    let mut connection = Connection::open(&server.endpoint, &server.trust, deadline)?;
    let look = seen(&connection)?;
    let messages = Messages::stream(&server.framing, plan.size.min(FIRST));
    let message = messages.rest(Position::default());
    connection.write_all(message).map_err(|error| Trouble::from_io(&error, "sending a message"))?;
    let mut received = vec![0; message.len()];
    let mut size = 0;
    while size < received.len() {
        let read = connection.read(&mut received[size..]);
        match read.map_err(|error| Trouble::from_io(&error, "waiting for its echo"))? {
            0 => return Err(ended()),
            more if received[size..][..more] == message[size..][..more] => size += more,
            _ => return Err(not_an_echo(message, None)),
        }
    }
    Ok(look)
}

fn ended() -> Trouble {
    Trouble::new(
        Kind::Ended,
        "the server ended the connection instead of an echo",
        "its log says why; a load is measured on echoes (app: echo)",
    )
}

fn seen(connection: &Connection) -> Result<Look, Trouble> {
    let unseen = |error| Trouble::from_io(&error, "asking for the addresses of a socket");
    let address = connection.stream().peer_addr().map_err(unseen)?;
    let own = connection.stream().local_addr().map_err(unseen)?;
    Ok(Look { address, answer: None, encryption: connection.encryption(), local: is_local(own, address) })
}

/// A machine speaks to itself from the address that it speaks to; loopback has many.
fn is_local(own: SocketAddr, peer: SocketAddr) -> bool {
    own.ip() == peer.ip() || peer.ip().is_loopback()
}

fn look_at_datagrams(server: &Server, plan: &Plan) -> Result<Look, Trouble> {
    let addresses = resolve(&server.endpoint, Instant::now() + plan.timeout)?;
    let address = addresses[0];
    let failed = |error: std::io::Error| trouble(&error, address, "opening a socket");
    let mut peer = Peer::connect(address, server.reliability).map_err(failed)?;
    let local = is_local(peer.local().map_err(failed)?, address);
    let wait = plan.timeout / TRIES;
    let datagram = Messages::datagram(plan.size.max(NUMBER));
    for _ in 0..TRIES {
        peer.send(&datagram)?;
        match peer.receive(Instant::now() + wait)? {
            Some(received) if received == datagram => {
                return Ok(Look { address, answer: None, encryption: None, local });
            }
            Some(received) => return Err(not_an_echo(&datagram, Some(received))),
            None => {}
        }
    }
    Err(Trouble::new(
        Kind::TimedOut,
        format!("{address} does not send datagrams back"),
        "does anything listen there, and does it echo? A firewall drops datagrams without a word, and servers what has not the numbers of their udp.reliability (--reliability)",
    ))
}
