//! What every client has, whether it waits or not.

use std::time::Instant;

use rand::RngCore as _;
use specgen_runtime::protocol::deflate::{Effort, Inflater};
use specgen_runtime::protocol::extension::Agreement;
use specgen_runtime::protocol::frame::Opcode;
use specgen_runtime::protocol::mask::Key;
use specgen_runtime::protocol::message::Kind;
use specgen_runtime::protocol::receiver::{Accepts, Receiver, Role, Rules};

/// zlib's defaults.
pub(in crate::lab) const EFFORT: Effort = Effort { level: 6, memory_level: 8 };

/// RFC 6455 §5.3: a fresh key a frame, from a strong source.
pub(in crate::lab) fn key() -> Key {
    let mut key = [0; 4];
    rand::rng().fill_bytes(&mut key);
    key
}

/// The opcode of a message's frame.
pub(in crate::lab) fn opcode(kind: Kind) -> Opcode {
    match kind {
        Kind::Text => Opcode::Text,
        Kind::Binary => Opcode::Binary,
    }
}

/// What a server's messages are held to, of `max_message` bytes at most.
pub(in crate::lab) fn rules(max_message: usize) -> Rules {
    Rules {
        role: Role::Client,
        max_message,
        accepts: Accepts::Any,
        validate_utf8: true,
        messages_per_second: None,
        bytes_per_second: None,
    }
}

/// What takes a server's frames, deflated where that was agreed on.
pub(in crate::lab) fn receiver(rules: &Rules, agreement: Option<&Agreement>) -> Receiver {
    let receiver = Receiver::new(rules, Instant::now());
    match agreement {
        Some(agreement) => receiver.with_inflater(Inflater::for_client(agreement)),
        None => receiver,
    }
}
