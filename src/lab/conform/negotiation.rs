//! What a server may answer to offers of permessage-deflate (RFC 7692 §7.1).

use specgen_runtime::protocol::extension::Agreement;

use super::result::Seen;
use super::verdict::Verdict;

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

/// Judges an answer.
///
/// # Errors
/// What is seen where the case ends with the answer.
pub fn judge(acceptable: &[Offer], agreement: Option<Agreement>, answer: &str) -> Result<(), Box<Seen>> {
    let Some(agreement) = agreement else {
        return if acceptable.is_empty() { Ok(()) } else { Err(Box::new(Seen::unimplemented())) };
    };
    if acceptable.is_empty() {
        return Err(failed(answer, "an offer that has to be declined was accepted"));
    }
    let names_client = answer.contains("client_max_window_bits");
    if acceptable.iter().any(|offer| offer.allows(&agreement, names_client)) {
        return Ok(());
    }
    Err(failed(answer, "the answer fits none of the offers"))
}

fn failed(answer: &str, why: &str) -> Box<Seen> {
    let seen = vec![format!("Sec-WebSocket-Extensions: {answer}")];
    Box::new(Seen { seen, ..Seen::plain(Verdict::Failed, why.to_owned()) })
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

    fn verdict(offer: Offer, answer: &str) -> Option<Verdict> {
        let agreement = extension::accept(answer.as_bytes()).unwrap();
        judge(&[offer], agreement, answer).err().map(|seen| seen.verdict)
    }

    #[test]
    fn rfc7692_7_1_answers_fit_their_offers() {
        let strict = Offer { server_no_context_takeover: true, ..PLAIN };
        let ten = Offer { server_max_window_bits: Some(10), ..PLAIN };
        let client = Offer { client_max_window_bits: Some(12), ..PLAIN };
        assert_eq!(verdict(PLAIN, "permessage-deflate"), None);
        assert_eq!(verdict(PLAIN, "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"), None);
        assert_eq!(verdict(strict, "permessage-deflate"), Some(Verdict::Failed));
        assert_eq!(verdict(ten, "permessage-deflate; server_max_window_bits=10"), None);
        assert_eq!(verdict(ten, "permessage-deflate; server_max_window_bits=11"), Some(Verdict::Failed));
        assert_eq!(verdict(ten, "permessage-deflate"), Some(Verdict::Failed));
        assert_eq!(verdict(client, "permessage-deflate; client_max_window_bits=12"), None);
        assert_eq!(verdict(client, "permessage-deflate; client_max_window_bits=13"), Some(Verdict::Failed));
        assert_eq!(verdict(PLAIN, "permessage-deflate; client_max_window_bits=15"), Some(Verdict::Failed));
        assert_eq!(verdict(PLAIN, ""), Some(Verdict::Unimplemented));
    }
}
