//! The answer to an upgrade request, as it comes.

use specgen_runtime::protocol::client::Accepted;

use crate::lab::bench::target::Target;
use crate::lab::trouble::{Kind, Trouble};
use crate::lab::websocket::{Handshake, end_of_head};

/// An upgrade that is asked for.
#[derive(Debug)]
pub(super) struct Upgrade {
    nonce: [u8; 16],
    bytes: Vec<u8>,
}

impl Upgrade {
    /// Asks for one; gives the request too.
    pub(super) fn begin(handshake: &Handshake) -> (Self, Vec<u8>) {
        let nonce = Handshake::nonce();
        (Self { nonce, bytes: Vec::new() }, handshake.head(nonce).into_bytes())
    }

    /// Takes bytes; once the head of the answer is there, and good, gives what came behind it.
    ///
    /// # Errors
    /// When it is no acceptance, or of something else than the first connection got.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        handshake: &Handshake,
        target: &Target,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let searched = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let Some(end) = end_of_head(&self.bytes, searched, false)? else {
            return Ok(None);
        };
        let (Accepted { compression, .. }, _) = handshake.check(self.nonce, &self.bytes[..end])?;
        if compression != target.agreement {
            return Err(Trouble::new(
                Kind::Handshake,
                "a connection got other extensions than the first one",
                "are there several servers behind this address?",
            ));
        }
        Ok(Some(self.bytes.split_off(end)))
    }

    /// What it means that the server ended the connection.
    pub(super) fn cut_short(&self) -> Trouble {
        match end_of_head(&self.bytes, 0, true) {
            Err(trouble) => trouble,
            Ok(_) => Trouble::new(Kind::Ended, "the server ended the connection", "its log says why"),
        }
    }
}
