use super::*;
use crate::protocol::buffer::Pool;
use crate::protocol::input::Input;
use crate::protocol::phase::Sender as _;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const FAR: usize = 1 << 20;

fn rules(framing: Framing, max_message: usize) -> Rules {
    Rules { framing, max_message, messages_per_second: None, bytes_per_second: None }
}

fn prefixed(bytes: usize, endian: Endian) -> Framing {
    Framing::LengthPrefix(Prefix { bytes, endian })
}

/// The messages in a stream that comes in `parts`, and the failure that ends them. Where a large
/// message allows it, parts are read directly.
fn heard(rules: &Rules, parts: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Failure>) {
    let now = Instant::now();
    let mut receiver = Receiver::new(rules, now);
    let mut buffers = Pool::default();
    let mut messages = Vec::new();
    for part in parts {
        let mut bytes = part.to_vec();
        let mut direct = 0;
        if let Some(room) = receiver.direct_room(7) {
            direct = room.len().min(bytes.len());
            room[..direct].copy_from_slice(&bytes[..direct]);
        }
        if direct > 0 {
            let nothing = &mut [];
            let step = receiver.advance_direct(direct, now);
            match note(step, &mut receiver, &Input::new(nothing), &mut buffers, &mut messages) {
                Ok(_) => {}
                Err(failure) => return (messages, Some(failure)),
            }
        }
        let mut input = Input::new(&mut bytes[direct..]);
        loop {
            let step = receiver.advance(&mut input, rules, &mut buffers, now);
            match note(step, &mut receiver, &input, &mut buffers, &mut messages) {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => return (messages, Some(failure)),
            }
        }
        assert_eq!(input.rest(), b"");
    }
    (messages, None)
}

fn note(
    step: Result<Step, Failure>,
    receiver: &mut Receiver,
    input: &Input<'_>,
    buffers: &mut Pool,
    messages: &mut Vec<Vec<u8>>,
) -> Result<bool, Failure> {
    let Step::Message(place) = step? else { return Ok(false) };
    messages.push(receiver.message(&place, input).to_vec());
    receiver.release(&place, buffers);
    Ok(true)
}

fn texts(framing: Framing, stream: &[u8]) -> Vec<Vec<u8>> {
    let (messages, failure) = heard(&rules(framing, FAR), &[stream]);
    assert_eq!(failure, None);
    messages
}

fn stream(framing: Framing, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut link = Link::default();
    link.open();
    for message in messages {
        link.message(message, framing, &mut bytes).unwrap();
    }
    bytes
}

#[test]
fn behaviour_6_1_lines_lose_one_carriage_return() {
    assert_eq!(
        texts(Framing::Lines, b"a\r\nb\n\n\r\r\nc\rd\nrest"),
        [&b"a"[..], b"b", b"", b"\r", b"c\rd"]
    );
}

#[test]
fn behaviour_6_1_the_leftmost_delimiter_counts() {
    assert_eq!(texts(Framing::Delimiter(b"aab"), b"aaab_aabaab"), [&b"a"[..], b"_", b""]);
    let cut = heard(&rules(Framing::Delimiter(b"aab"), FAR), &[b"aa", b"a", b"b_a", b"aba", b"ab"]);
    assert_eq!(cut.0, [&b"a"[..], b"_", b""]);
    assert_eq!(texts(Framing::Delimiter(b"\0"), b"a\0\0"), [&b"a"[..], b""]);
}

#[test]
fn behaviour_6_1_a_prefix_counts_the_payload_alone() {
    assert_eq!(texts(prefixed(1, Endian::Big), b"\x01a\x00\x02bc\x05d"), [&b"a"[..], b"", b"bc"]);
    assert_eq!(texts(prefixed(2, Endian::Big), b"\x00\x01a"), [b"a"]);
    assert_eq!(texts(prefixed(4, Endian::Little), b"\x01\x00\x00\x00a"), [b"a"]);
    assert_eq!(texts(prefixed(8, Endian::Little), b"\x01\0\0\0\0\0\0\0a"), [b"a"]);
}

#[test]
fn behaviour_6_1_without_framing_a_read_is_a_message() {
    let whole = heard(&rules(Framing::None, 1), &[b"abc", b"d"]);
    assert_eq!(whole, (vec![b"abc".to_vec(), b"d".to_vec()], None));
}

#[test]
fn behaviour_6_1_what_is_too_big() {
    let fails = |framing, parts: &[&[u8]]| heard(&rules(framing, 3), parts).1.is_some();
    assert!(!fails(Framing::Lines, &[b"abc\r", b"\nabc\r\n"]));
    assert!(fails(Framing::Lines, &[b"abcd\n"]) && fails(Framing::Lines, &[b"a", b"bcd\n"]));
    assert!(!fails(Framing::Lines, &[b"abcd"]) && fails(Framing::Lines, &[b"abcde"]));
    let delimiter = Framing::Delimiter(b"--");
    assert!(!fails(delimiter, &[b"abc-", b"-"]) && fails(delimiter, &[b"abc-", b"+"]));
    assert!(fails(prefixed(2, Endian::Big), &[b"\x00\x04"]));
    assert!(fails(prefixed(8, Endian::Big), &[b"\xff\xff\xff\xff\xff\xff\xff\xff"]));
    assert_eq!(
        heard(&rules(Framing::Lines, 3), &[b"a\nabcd\nb\n"]),
        (vec![b"a".to_vec()], Some(Failure::TOO_BIG))
    );
}

#[test]
fn behaviour_6_1_what_a_prefix_cannot_express() {
    let mut link = Link::default();
    link.open();
    let mut sent = Vec::new();
    for (bytes, length) in [(1, 256), (2, 65_536)] {
        let framing = prefixed(bytes, Endian::Little);
        assert_eq!(link.message(&vec![0; length], framing, &mut sent), Err(Unfit));
        assert_eq!(link.message(&vec![0; length - 1], framing, &mut sent), Ok(()));
    }
    link.linger();
    assert_eq!(link.message(b"late", Framing::None, &mut Vec::new()), Ok(()));
}

#[test]
fn behaviour_6_1_rates_count_complete_messages() {
    let start = Instant::now();
    let rules = Rules {
        messages_per_second: Some(2),
        bytes_per_second: Some(9),
        ..rules(Framing::Lines, FAR)
    };
    let mut receiver = Receiver::new(&rules, start);
    let mut buffers = Pool::default();
    let mut feed = |bytes: &[u8], now| {
        let mut bytes = bytes.to_vec();
        receiver.advance(&mut Input::new(&mut bytes), &rules, &mut buffers, now)
    };
    assert!(feed(b"a\n", start).is_ok() && feed(b"b\n", start).is_ok());
    assert_eq!(feed(b"\n", start), Err(Failure::RATE_LIMIT));
    let later = start + Duration::from_secs(9);
    assert_eq!(feed(b"1234567890\n", later), Err(Failure::RATE_LIMIT));
}

fn framings() -> impl Strategy<Value = Framing> {
    let prefixes = (prop::sample::select(vec![1, 2, 4, 8]), any::<bool>());
    prop_oneof![
        Just(Framing::Lines),
        prop::sample::select(vec![&b"ab"[..], b"aab", b"\r\n", b"b"]).prop_map(Framing::Delimiter),
        prefixes.prop_map(|(bytes, big)| prefixed(
            bytes,
            if big { Endian::Big } else { Endian::Little }
        )),
    ]
}

/// Bytes among which terminators, and what looks like them, are frequent.
fn noise(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(b"ab\r\n-\0\x01\x02".to_vec());
    prop::collection::vec(byte, 0..most)
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_messages(
        framing in framings(),
        stream in noise(120),
        cuts in prop::collection::vec(0..120_usize, 0..12),
        max_message in 0..40_usize,
    ) {
        let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let parts: Vec<&[u8]> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let rules = rules(framing, max_message);
        prop_assert_eq!(heard(&rules, &parts), heard(&rules, &[&stream]));
    }

    #[test]
    fn what_is_sent_is_heard(
        bytes in prop::sample::select(vec![1_usize, 2, 4, 8]),
        messages in prop::collection::vec(noise(50), 0..8),
    ) {
        let framing = prefixed(bytes, Endian::Big);
        prop_assert_eq!(texts(framing, &stream(framing, &messages)), messages);
    }
}
