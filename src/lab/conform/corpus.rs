//! Texts of the kinds that are compressed in practice, made up: the same on every machine.

use std::fmt::Write as _;
use std::sync::OnceLock;

use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// The size of each, in bytes; some are a little longer.
const SIZE: usize = 384 << 10;

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Records in JSON, with characters of several bytes.
    Json,
    /// Pixels of a picture with gradients and grain.
    Picture,
    /// Sentences.
    Prose,
    /// Nested elements of a document.
    Html,
    /// What is compressed already.
    Packed,
}

impl Corpus {
    /// All of them, as group 12 orders them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Picture, Self::Prose, Self::Html, Self::Packed];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Picture => "a picture",
            Self::Prose => "prose",
            Self::Html => "HTML",
            Self::Packed => "packed data",
        }
    }

    /// Whether it goes in text messages.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Json | Self::Html)
    }

    /// All of it.
    pub fn bytes(self) -> &'static [u8] {
        static ALL: [OnceLock<Vec<u8>>; 5] = [const { OnceLock::new() }; 5];
        ALL[self as usize].get_or_init(|| {
            let mut random = StdRng::seed_from_u64(self as u64);
            match self {
                Self::Json => json(&mut random).into_bytes(),
                Self::Picture => picture(&mut random),
                Self::Prose => prose(&mut random).into_bytes(),
                Self::Html => html(&mut random).into_bytes(),
                Self::Packed => packed(&mut random),
            }
        })
    }

    /// About `length` bytes from `from` on, round the end; and where they end. Characters stay whole.
    pub fn part(self, from: usize, length: usize) -> (Vec<u8>, usize) {
        let all = self.bytes();
        let (mut part, mut at) = (Vec::with_capacity(length), from);
        while part.len() < length {
            let end = self.boundary(at + (length - part.len()));
            if end == at {
                break;
            }
            part.extend_from_slice(&all[at..end]);
            at = if end == all.len() { 0 } else { end };
        }
        (part, at)
    }

    /// The last end of a character that is not behind `at`.
    fn boundary(self, at: usize) -> usize {
        let all = self.bytes();
        let mut end = at.min(all.len());
        while self.is_text() && end < all.len() && all[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        end
    }
}

const WORDS: [&str; 32] = [
    "the", "server", "of", "a", "frame", "and", "mask", "to", "peer", "in", "stream", "is", "window", "that", "close",
    "it", "ping", "was", "for", "message", "on", "buffer", "with", "octet", "as", "length", "his", "header", "they",
    "fragment", "be", "payload",
];
const NAMES: [&str; 8] = ["Ångström", "Łukasz", "Zoë", "Ivan", "κόσμε", "東京", "naïve", "𝄞 clef"];

fn word(random: &mut StdRng) -> &'static str {
    // Low numbers come more often, as in any language.
    WORDS[random.random_range(0..WORDS.len()).min(random.random_range(0..WORDS.len()))]
}

fn sentence(random: &mut StdRng, words: usize) -> String {
    let words: Vec<&str> = (0..words).map(|_| word(random)).collect();
    words.join(" ")
}

fn json(random: &mut StdRng) -> String {
    let mut text = String::from("[\n");
    while text.len() < SIZE {
        let (id, name) = (random.random_range(0..100_000), NAMES[random.random_range(0..NAMES.len())]);
        let (balance, words) = (random.random_range(0..1_000_000), sentence(random, 8));
        let _ = writeln!(
            text,
            "  {{\"id\": {id}, \"name\": \"{name}\", \"active\": true, \"balance\": {balance}, \"about\": \"{words}\"}},"
        );
    }
    text + "  null\n]\n"
}

fn prose(random: &mut StdRng) -> String {
    let mut text = String::new();
    while text.len() < SIZE {
        let words = random.random_range(4..16);
        text.push_str(&sentence(random, words));
        text.push_str(if words % 5 == 0 { ".\n\n" } else { ", " });
    }
    text
}

fn html(random: &mut StdRng) -> String {
    let mut text = String::from("<!doctype html>\n<html>\n<body>\n");
    while text.len() < SIZE {
        let (id, words) = (random.random_range(0..10_000), sentence(random, 12));
        let _ = writeln!(text, "<div class=\"item\" id=\"n{id}\"><p>{words} &amp; more</p></div>");
    }
    text + "</body>\n</html>\n"
}

fn picture(random: &mut StdRng) -> Vec<u8> {
    let pixel = |at: usize, grain: u8| {
        let (row, column) = (at / 512, at % 512);
        ((row / 3 + column / 2) as u8).wrapping_add(grain & 3)
    };
    (0..SIZE).map(|at| pixel(at, random.random())).collect()
}

fn packed(random: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    random.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_keep_characters_whole() {
        for corpus in Corpus::ALL {
            let (mut at, mut joined) = (0, Vec::new());
            while joined.len() < corpus.bytes().len() {
                let (part, end) = corpus.part(at, 1021);
                assert!(part.len() > 1021 - 4 && part.len() <= 1021, "{corpus:?}: {}", part.len());
                assert!(!corpus.is_text() || std::str::from_utf8(&part).is_ok(), "{corpus:?} at {at}");
                joined.extend(part);
                at = end;
            }
            assert_eq!(&joined[..corpus.bytes().len()], corpus.bytes(), "{corpus:?}");
        }
        assert!(std::str::from_utf8(Corpus::Json.bytes()).unwrap().chars().any(|c| c.len_utf8() == 4));
    }
}
