//! What messages hold.

use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};

/// What texts are made of: as compressible as people's words.
const WORDS: &str = "the quick brown fox jumps over the lazy dog while five wizards box with a jackdaw; ";

/// The contents of message `number`: no two are alike, if they are long enough to hold the number.
pub fn message(number: u64, size: usize, binary: bool) -> Vec<u8> {
    let mut payload = vec![0; size];
    if binary {
        StdRng::seed_from_u64(number).fill_bytes(&mut payload);
        return payload;
    }
    let begin = format!("{number} ");
    let text = begin.bytes().chain(WORDS.bytes().cycle());
    payload.iter_mut().zip(text).for_each(|(byte, letter)| *byte = letter);
    payload
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn messages_differ_and_have_their_size() {
        assert_eq!(message(12, 7, false), b"12 the ");
        assert_eq!(message(1, 0, false), b"");
        assert_ne!(message(1, 16, true), message(2, 16, true));
        assert_eq!(message(1, 16, true), message(1, 16, true));
    }
}
