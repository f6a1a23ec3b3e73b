//! How offers of permessage-deflate are accepted (RFC 7692 §7.1).

use specgen_runtime::protocol::extension::{self, Agreement, Wishes};
use specgen_runtime::protocol::http;

/// What any offer that is in order can be accepted with.
pub const ANY: Wishes = Wishes {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: 15,
    client_max_window_bits: 15,
};

/// What is answered to an offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// We forget our window after each message.
    pub server_no_context_takeover: bool,
    /// Our window.
    pub server_max_window_bits: Option<u8>,
    /// The client forgets its window after each message.
    pub client_no_context_takeover: bool,
    /// The client's window; only an offer that names it can be answered so.
    pub client_max_window_bits: Option<u8>,
}

/// No wish.
pub const PLAIN: Wish = Wish {
    server_no_context_takeover: false,
    server_max_window_bits: None,
    client_no_context_takeover: false,
    client_max_window_bits: None,
};

/// The first of the wishes that an offer allows, and how it is answered.
pub fn accept(offers: &[u8], wishes: &[Wish]) -> Option<(Agreement, String)> {
    let each = |wish: &Wish| http::elements(offers).find_map(|offer| wish.accept(offer));
    wishes.iter().find_map(each)
}

impl Wish {
    fn accept(&self, offer: &[u8]) -> Option<(Agreement, String)> {
        let agreement = extension::negotiate(offer, self.wishes())?;
        let mut answer = agreement.to_string();
        if self.client_max_window_bits.is_some() {
            if !names_client_window(offer) {
                return None;
            }
            if agreement.client_max_window_bits == 15 {
                answer.push_str("; client_max_window_bits=15");
            }
        }
        Some((agreement, answer))
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits.unwrap_or(15),
            client_max_window_bits: self.client_max_window_bits.unwrap_or(15),
        }
    }
}

/// Whether the answer to an offer may hold `client_max_window_bits`.
pub fn names_client_window(offer: &[u8]) -> bool {
    let smallest = Wishes { client_max_window_bits: 8, ..ANY };
    extension::negotiate(offer, smallest).is_some_and(|agreement| agreement.client_max_window_bits == 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINE: Wish = Wish { client_max_window_bits: Some(9), ..PLAIN };
    const FIFTEEN: Wish = Wish { client_max_window_bits: Some(15), ..PLAIN };
    const FORGETS: Wish = Wish { client_no_context_takeover: true, ..PLAIN };

    fn answer(offers: &str, wishes: &[Wish]) -> Option<String> {
        accept(offers.as_bytes(), wishes).map(|(_, answer)| answer)
    }

    #[test]
    fn rfc7692_7_1_2_2_only_a_window_that_was_named_is_answered() {
        let named = "permessage-deflate; client_max_window_bits";
        assert_eq!(answer(named, &[NINE]).as_deref(), Some("permessage-deflate; client_max_window_bits=9"));
        assert_eq!(answer(named, &[FIFTEEN]).as_deref(), Some("permessage-deflate; client_max_window_bits=15"));
        assert_eq!(answer("permessage-deflate", &[NINE]), None);
        assert_eq!(
            answer("permessage-deflate", &[NINE, FORGETS, PLAIN]).as_deref(),
            Some("permessage-deflate; client_no_context_takeover")
        );
    }

    #[test]
    fn what_is_no_offer_is_not_accepted() {
        assert_eq!(answer("", &[PLAIN]), None);
        assert_eq!(answer("x-other, permessage-deflate; x", &[PLAIN]), None);
        let second = "x-other, permessage-deflate; server_no_context_takeover";
        assert_eq!(answer(second, &[PLAIN]).as_deref(), Some("permessage-deflate; server_no_context_takeover"));
    }
}
