//! How cases reach a server.

use std::time::{Duration, Instant};

use specgen_runtime::protocol::client::{Accepted, Rejected, Request};

use crate::lab::connection::{Connection, Trust};
use crate::lab::endpoint::Endpoint;
use crate::lab::trouble::Trouble;
use crate::lab::websocket::{Answer, Handshake, read_head};

/// How long a connection and its upgrade may take.
pub const OPENING: Duration = Duration::from_secs(8);

/// A server, and what every request to it needs.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whom to trust.
    pub trust: Trust,
    /// Further header fields: a token, an origin.
    pub fields: Vec<(String, String)>,
    /// Offered subprotocols.
    pub subprotocols: Vec<String>,
}

/// Why a connection was not upgraded.
#[derive(Clone, Debug)]
pub struct NoUpgrade {
    /// What happened.
    pub trouble: Trouble,
    /// Whether the server answered with an HTTP error, which it may.
    pub refused: bool,
}

impl From<Trouble> for NoUpgrade {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, refused: false }
    }
}

/// An upgraded connection.
pub struct Upgraded {
    /// The connection.
    pub connection: Connection,
    /// What came behind the head of the answer.
    pub rest: Vec<u8>,
    /// What was agreed on.
    pub accepted: Accepted,
    /// The server's `Sec-WebSocket-Extensions`, as they stand.
    pub extensions: String,
}

impl Server {
    /// A connection.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn connect(&self) -> Result<Connection, Trouble> {
        Connection::open(&self.endpoint, &self.trust, Instant::now() + OPENING)
    }

    /// An upgraded connection, for which this extension is offered.
    ///
    /// # Errors
    /// When the server does not accept in time, or not rightly.
    pub fn upgrade(&self, offer: Option<&str>) -> Result<Upgraded, NoUpgrade> {
        let mut connection = self.connect()?;
        let (host, subprotocols) = (self.endpoint.host_field(), self.subprotocols());
        let extra = self.extra_fields(offer);
        let request = self.request(&host, &subprotocols, &extra);
        send(&mut connection, request.head().as_bytes())?;
        let (mut bytes, end) = read_head(&mut connection)?;
        // The offer stands among the other fields; the answer to it is allowed.
        let request = Request { compression: offer.is_some(), ..request };
        let answer = Answer::parse(&bytes[..end]);
        let accepted = request.check(&bytes[..end]).map_err(|rejected| NoUpgrade {
            trouble: answer.trouble(rejected),
            refused: matches!(rejected, Rejected::Status(400..)),
        })?;
        bytes.drain(..end);
        let extensions = answer.field("Sec-WebSocket-Extensions").unwrap_or_default().to_owned();
        Ok(Upgraded { connection, rest: bytes, accepted, extensions })
    }

    /// The offered subprotocols.
    pub fn subprotocols(&self) -> Vec<&str> {
        self.subprotocols.iter().map(String::as_str).collect()
    }

    /// The lines that every request has beside the usual ones.
    pub fn extra_fields(&self, offer: Option<&str>) -> String {
        let given = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let offer = offer.map(|offer| ("Sec-WebSocket-Extensions", offer));
        given.chain(offer).map(|(name, value)| format!("{name}: {value}\r\n")).collect()
    }

    fn request<'a>(&'a self, host: &'a str, subprotocols: &'a [&'a str], extra_fields: &'a str) -> Request<'a> {
        let nonce = Handshake::nonce();
        Request { host, target: &self.endpoint.target, nonce, subprotocols, compression: false, extra_fields }
    }
}

fn send(connection: &mut Connection, bytes: &[u8]) -> Result<(), Trouble> {
    use std::io::Write as _;
    connection.write_all(bytes).map_err(|error| Trouble::from_io(&error, "sending the upgrade request"))
}
