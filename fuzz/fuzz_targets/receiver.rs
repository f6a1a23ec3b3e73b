//! Any frames, cut anywhere: the same events and the same failure as in one piece.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specgen_runtime::Accepts;
use specgen_runtime::protocol::close::Failure;
use specgen_runtime::protocol::deflate::Inflater;
use specgen_runtime::protocol::extension::{Wishes, negotiate};
use specgen_runtime::protocol::input::Input;
use specgen_runtime::protocol::receiver::{Receiver, Role, Rules, Shared, Step};
use std::time::Instant;

const RULES: Rules = Rules {
    role: Role::Server,
    max_message: 4096,
    accepts: Accepts::Any,
    validate_utf8: true,
    messages_per_second: None,
    bytes_per_second: None,
};
const WISHES: Wishes = Wishes {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: 15,
    client_max_window_bits: 15,
};

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Message(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Vec<u8>),
    Failed(Failure),
}

struct Listener {
    receiver: Receiver,
    shared: Shared,
    now: Instant,
    events: Vec<Event>,
}

impl Listener {
    fn new(compressed: bool) -> Self {
        let now = Instant::now();
        let receiver = Receiver::new(&RULES, now);
        let receiver = match negotiate(b"permessage-deflate", WISHES).filter(|_| compressed) {
            Some(agreement) => receiver.with_inflater(Inflater::for_server(&agreement)),
            None => receiver,
        };
        Self { receiver, shared: Shared::default(), now, events: Vec::new() }
    }

    fn has_failed(&self) -> bool {
        matches!(self.events.last(), Some(Event::Failed(_)))
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        let mut input = Input::new(&mut bytes);
        while !self.has_failed() {
            let event = match self.receiver.advance(&mut input, &RULES, &mut self.shared, self.now) {
                Ok(Step::Starved) => return,
                Ok(step) => self.event(step, &input),
                Err(failure) => Event::Failed(failure),
            };
            self.events.push(event);
        }
    }

    fn event(&mut self, step: Step, input: &Input<'_>) -> Event {
        let (event, place) = match step {
            Step::Message(kind, place) => match self.receiver.message(kind, &place, input, &RULES) {
                Ok(message) => (Event::Message(message.as_bytes().to_vec()), place),
                Err(failure) => return Event::Failed(failure),
            },
            Step::Ping(place) => (Event::Ping(self.receiver.payload(&place, input).to_vec()), place),
            Step::Close(place) => (Event::Close(self.receiver.payload(&place, input).to_vec()), place),
            Step::Pong | Step::Starved => return Event::Pong,
        };
        self.receiver.release(&place, &mut self.shared);
        event
    }
}

fuzz_target!(|input: (bool, Vec<u8>, Vec<u8>)| {
    let (compressed, cuts, bytes) = input;
    let mut whole = Listener::new(compressed);
    whole.hear(&bytes);
    let mut pieces = Listener::new(compressed);
    let mut rest = &bytes[..];
    for cut in cuts {
        let (piece, behind) = rest.split_at(usize::from(cut).min(rest.len()));
        pieces.hear(piece);
        rest = behind;
    }
    pieces.hear(rest);
    assert_eq!(whole.events, pieces.events);
});
