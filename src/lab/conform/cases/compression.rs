//! Groups 12 and 13: permessage-deflate with texts of all kinds, and with all its parameters.

use std::time::Duration;

use specgen_runtime::protocol::message::Kind;

use crate::lab::conform::case::{Case, Content, Exchange, Trial};
use crate::lab::conform::corpus::Corpus;
use crate::lab::conform::frame::Cut;
use crate::lab::conform::id::Id;

const SECTION: &str = "RFC 7692 §7.2";
const LIMIT: Duration = Duration::from_secs(60);

/// Length of the messages, and payload of their fragments; 0: one frame.
const SIZES: [(usize, usize); 18] = [
    (16, 0),
    (64, 0),
    (256, 0),
    (1024, 0),
    (4096, 0),
    (8192, 0),
    (16_384, 0),
    (32_768, 0),
    (65_536, 0),
    (131_072, 0),
    (8192, 256),
    (16_384, 256),
    (32_768, 256),
    (65_536, 256),
    (131_072, 256),
    (131_072, 1024),
    (131_072, 4096),
    (131_072, 32_768),
];
/// Most messages of a case.
const MOST: usize = 1000;
/// Most bytes of a case: any window is filled many times.
const MOST_BYTES: usize = 2 << 20;

/// What any client may offer.
const USUAL: &str = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/// What is offered, the preferred offer first.
const OFFERS: [&str; 7] = [
    USUAL,
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=9",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=15",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=15",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9, \
     permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover, \
     permessage-deflate; client_no_context_takeover; client_max_window_bits",
];

pub fn cases() -> Vec<Case> {
    let texts = (1..).zip(Corpus::ALL).flat_map(|(part, corpus)| sizes(12, part, corpus, USUAL));
    let offers = (1..).zip(OFFERS).flat_map(|(part, offer)| sizes(13, part, Corpus::Json, offer));
    texts.chain(offers).collect()
}

fn sizes(group: u16, part: u16, corpus: Corpus, offer: &'static str) -> impl Iterator<Item = Case> {
    (1..).zip(SIZES).map(move |(number, size)| row(Id::new(&[group, part, number]), corpus, offer, size))
}

fn row(id: Id, corpus: Corpus, offer: &'static str, (length, fragment): (usize, usize)) -> Case {
    let fragment = (fragment > 0).then_some(fragment);
    let count = MOST.min(MOST_BYTES / length);
    let pieces = fragment.map(|size| format!(" in fragments of {size}")).unwrap_or_default();
    let title = format!("{count} messages of {length} bytes of {}{pieces}; offered: {offer}", corpus.name());
    let kind = if corpus.is_text() { Kind::Text } else { Kind::Binary };
    let content = Content::Corpus(corpus, length);
    let exchange = Exchange {
        offer: Some(offer),
        acceptable: None,
        kind,
        content,
        count,
        fragment,
        cut: Cut::Nowhere,
        limit: LIMIT,
    };
    Case { id, title, section: SECTION, trial: Trial::Exchange(exchange), inapplicable: None }
}
