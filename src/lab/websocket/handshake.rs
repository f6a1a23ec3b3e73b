//! The opening handshake, for clients that wait and for those that do not.

use rand::RngCore as _;
use specgen_runtime::protocol::client::{Accepted, Request};
use specgen_runtime::protocol::http::{self, Extent};

use super::Opening;
use super::answer::{self, Answer};
use crate::lab::endpoint::Endpoint;
use crate::lab::trouble::Trouble;

/// The longest head of an answer that is read, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// What a client asks for, and from whom.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Handshake {
    host: String,
    target: String,
    subprotocols: Vec<String>,
    compression: bool,
    extra_fields: String,
}

impl Handshake {
    /// What `opening` says, of `endpoint`.
    pub(in crate::lab) fn new(endpoint: &Endpoint, opening: &Opening) -> Self {
        Self {
            host: endpoint.host_field(),
            target: endpoint.target.clone(),
            subprotocols: opening.subprotocols.clone(),
            compression: opening.compression,
            extra_fields: opening.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect(),
        }
    }

    /// Sixteen bytes for one connection (RFC 6455 §4.1).
    pub(in crate::lab) fn nonce() -> [u8; 16] {
        let mut nonce = [0; 16];
        rand::rng().fill_bytes(&mut nonce);
        nonce
    }

    /// The head of the upgrade request.
    pub(in crate::lab) fn head(&self, nonce: [u8; 16]) -> String {
        self.with_request(nonce, |request| request.head())
    }

    /// Judges the complete head of an answer.
    ///
    /// # Errors
    /// When it is no acceptance of the request with that nonce.
    pub(in crate::lab) fn check(&self, nonce: [u8; 16], head: &[u8]) -> Result<(Accepted, Answer), Trouble> {
        let mut answer = Answer::parse(head);
        let accepted = self.with_request(nonce, |request| request.check(head));
        let accepted = accepted.map_err(|rejected| answer.trouble(rejected))?;
        answer.accepted(&accepted);
        Ok((accepted, answer))
    }

    fn with_request<R>(&self, nonce: [u8; 16], f: impl FnOnce(&Request<'_>) -> R) -> R {
        let subprotocols: Vec<&str> = self.subprotocols.iter().map(String::as_str).collect();
        f(&Request {
            host: &self.host,
            target: &self.target,
            nonce,
            subprotocols: &subprotocols,
            compression: self.compression,
            extra_fields: &self.extra_fields,
        })
    }
}

/// Where the head of the answer ends in what was read so far; the first `searched` bytes are known not to hold its end.
///
/// # Errors
/// When there will be none: it is too long, no HTTP, or the stream `ended` before.
pub(in crate::lab) fn end_of_head(bytes: &[u8], searched: usize, ended: bool) -> Result<Option<usize>, Trouble> {
    match http::extent(bytes, searched, MAX_HEAD) {
        Extent::Complete { end, .. } => Ok(Some(end)),
        Extent::TooLarge => Err(answer::endless(MAX_HEAD)),
        Extent::Incomplete if ended => Err(answer::cut_short(bytes)),
        Extent::Incomplete if answer::is_foreign(bytes) => Err(answer::foreign(bytes)),
        Extent::Incomplete => Ok(None),
    }
}
