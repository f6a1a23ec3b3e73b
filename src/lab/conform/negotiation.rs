//! What a server may answer to offers of permessage-deflate (RFC 7692 §7.1).

use specgen_runtime::protocol::extension::Agreement;

/// An offer that a server may accept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The server shall forget its window after each message.
    pub server_no_context_takeover: bool,
    /// The largest window of the server.
    pub server_max_window_bits: Option<u8>,
    /// Whether `client_max_window_bits` is named, and the largest window of the client.
    pub client_max_window_bits: Option<u8>,
}

/// Judges the acceptance of one of the offers.
///
/// # Errors
/// What is wrong with it.
pub fn judge(acceptable: &[Offer], agreement: &Agreement, answer: &str) -> Result<(), &'static str> {
    if acceptable.is_empty() {
        return Err("an offer that has to be declined was accepted");
    }
    let names_client = answer.contains("client_max_window_bits");
    let fits = acceptable.iter().any(|offer| offer.allows(agreement, names_client));
    if fits { Ok(()) } else { Err("the answer fits none of the offers") }
}

impl Offer {
    fn allows(&self, agreement: &Agreement, names_client: bool) -> bool {
        // §7.1.1.1: who accepts has to say so.
        let takeover = !self.server_no_context_takeover || agreement.server_no_context_takeover;
        // §7.1.2.1: in the answer too, and not above what was offered.
        let server = self
            .server_max_window_bits
            .is_none_or(|bits| agreement.server_window_offered && agreement.server_max_window_bits <= bits);
        // §7.1.2.2: only if it was offered, and not above it.
        let client = match self.client_max_window_bits {
            None => !names_client,
            Some(bits) => !names_client || agreement.client_max_window_bits <= bits,
        };
        takeover && server && client
    }
}

#[cfg(test)]
mod tests {
    use specgen_runtime::protocol::extension;

    use super::*;

    const PLAIN: Offer =
        Offer { server_no_context_takeover: false, server_max_window_bits: None, client_max_window_bits: None };

    fn fits(offer: Offer, answer: &str) -> bool {
        let agreement = extension::accept(answer.as_bytes()).unwrap().unwrap();
        judge(&[offer], &agreement, answer).is_ok()
    }

    #[test]
    fn rfc7692_7_1_answers_fit_their_offers() {
        let strict = Offer { server_no_context_takeover: true, ..PLAIN };
        let ten = Offer { server_max_window_bits: Some(10), ..PLAIN };
        let client = Offer { client_max_window_bits: Some(12), ..PLAIN };
        assert!(fits(PLAIN, "permessage-deflate"));
        assert!(fits(PLAIN, "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"));
        assert!(!fits(PLAIN, "permessage-deflate; client_max_window_bits=15"));
        assert!(!fits(strict, "permessage-deflate"));
        assert!(fits(ten, "permessage-deflate; server_max_window_bits=10"));
        assert!(!fits(ten, "permessage-deflate; server_max_window_bits=11"));
        assert!(!fits(ten, "permessage-deflate"));
        assert!(fits(client, "permessage-deflate; client_max_window_bits=12"));
        assert!(!fits(client, "permessage-deflate; client_max_window_bits=13"));
    }
}
