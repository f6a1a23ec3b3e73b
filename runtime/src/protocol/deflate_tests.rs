use super::*;

const LIMIT: usize = 1 << 20;
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn agreement(takeover: bool) -> Agreement {
    Agreement {
        server_no_context_takeover: !takeover,
        client_no_context_takeover: !takeover,
        server_window_offered: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    }
}

/// The messages of a client, inflated one after the other, each cut into parts of `cut` bytes.
fn inflate(takeover: bool, messages: &[&[u8]], cut: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let mut inflater = Inflater::for_server(&agreement(takeover));
    let mut spare = Inflaters::default();
    let message = |message: &&[u8]| {
        let mut text = Buffer::default();
        for part in message.chunks(cut) {
            inflater.inflate(part, &mut text, LIMIT, &mut spare)?;
        }
        inflater.finish(&mut text, LIMIT, &mut spare)?;
        Ok(text.filled().to_vec())
    };
    messages.iter().map(message).collect()
}

fn inflates_to(message: &[u8], text: &[u8]) {
    for cut in 1..=message.len().max(1) {
        assert_eq!(inflate(false, &[message], cut), Ok(vec![text.to_vec()]), "cut at {cut}");
    }
}

fn is_invalid(message: &[u8]) {
    for cut in 1..=message.len().max(1) {
        let inflated = inflate(false, &[message], cut);
        assert_eq!(inflated, Err(Failure::INVALID_DEFLATE), "cut at {cut}");
    }
}

#[test]
fn rfc7692_7_2_3_1_one_block() {
    inflates_to(&HELLO, b"Hello");
}

#[test]
fn rfc7692_7_2_3_2_the_window_is_carried_over() {
    let referring = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let both = inflate(true, &[&HELLO, &referring], 1).unwrap();
    assert_eq!(both, [b"Hello", b"Hello"]);
    assert_eq!(inflate(false, &[&HELLO, &referring], 1), Err(Failure::INVALID_DEFLATE));
}

#[test]
fn rfc7692_7_2_3_3_stored_block() {
    inflates_to(b"\x00\x05\x00\xfa\xffHello\x00", b"Hello");
}

#[test]
fn rfc7692_7_2_3_4_final_block() {
    inflates_to(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", b"Hello");
}

#[test]
fn rfc7692_7_2_3_4_a_block_behind_a_final_one_has_the_same_window() {
    let final_hello = b"\xf3\x48\xcd\xc9\xc9\x07\x00";
    let referring = b"\xf2\x00\x11\x00\x00";
    inflates_to(&[&final_hello[..], referring].concat(), b"HelloHello");
    let messages: [&[u8]; 2] = [b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", referring];
    assert_eq!(inflate(true, &messages, 1).unwrap(), [b"Hello", b"Hello"]);
}

#[test]
fn rfc7692_7_2_3_5_two_blocks() {
    let two = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";
    inflates_to(two, b"Hello");
}

#[test]
fn rfc7692_7_2_3_6_empty_message() {
    inflates_to(b"\x00", b"");
    let mut deflaters = Deflaters::new(Effort { level: 6, memory_level: 8 });
    for takeover in [false, true] {
        let mut deflater = Deflater::for_server(&agreement(takeover)).unwrap();
        for _ in 0..3 {
            assert_eq!(deflater.deflate(b"", &mut deflaters), [0x00]);
        }
    }
}

#[test]
fn rfc7692_7_2_2_a_message_may_not_end_inside_a_block() {
    is_invalid(b"");
    is_invalid(&HELLO[..5]);
    is_invalid(b"\x00\x20\x00\xdf\xffHello");
    is_invalid(b"\xf3\x48\xcd\xc9\xc9\x07\x00");
    is_invalid(b"\x07");
    is_invalid(b"\xff\xff\xff");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let mut deflaters = Deflaters::new(Effort { level: 9, memory_level: 9 });
    let mut deflater = Deflater::for_server(&agreement(false)).unwrap();
    let bomb = deflater.deflate(&vec![0; 8 << 20], &mut deflaters).to_vec();
    assert!(bomb.len() < 10_000);
    assert_eq!(inflate(false, &[&bomb], 100), Err(Failure::TOO_BIG));
    let fits = deflater.deflate(&vec![0; LIMIT], &mut deflaters).to_vec();
    assert_eq!(inflate(false, &[&fits], 100).unwrap()[0].len(), LIMIT);
}

#[test]
fn rfc7692_7_1_2_1_a_window_of_8_is_not_used() {
    let agreement = Agreement { server_max_window_bits: 8, ..agreement(false) };
    assert!(Deflater::for_server(&agreement).is_none());
}

#[test]
fn a_broadcast_is_deflated_once() {
    let mut deflaters = Deflaters::new(Effort { level: 6, memory_level: 8 });
    let mut one = Deflater::for_server(&agreement(false)).unwrap();
    let mut with_context = Deflater::for_server(&agreement(true)).unwrap();
    let text = b"to all, to all, to all";
    let expected = one.deflate(text, &mut deflaters).to_vec();
    deflaters.begin_broadcast();
    for _ in 0..2 {
        assert_eq!(one.deflate(text, &mut deflaters), expected);
        assert!(deflaters.ready.is_some());
    }
    assert_eq!(with_context.deflate(text, &mut deflaters), expected);
    assert_ne!(with_context.deflate(text, &mut deflaters), expected);
    assert_eq!(one.deflate(text, &mut deflaters), expected);
    deflaters.end_broadcast();
    assert_ne!(one.deflate(b"something else", &mut deflaters), expected);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn what_is_deflated_inflates(
        texts in proptest::collection::vec("(ab|[a-z]){0,300}", 1..20),
        takeover: bool,
        level in 0u8..=9,
        memory_level in 1u8..=9,
        bits in 9u8..=15,
        cut in 1usize..50,
    ) {
        let agreement = Agreement { server_max_window_bits: bits, ..agreement(takeover) };
        let mut deflaters = Deflaters::new(Effort { level, memory_level });
        let mut deflater = Deflater::for_server(&agreement).unwrap();
        let deflated: Vec<Vec<u8>> =
            texts.iter().map(|text| deflater.deflate(text.as_bytes(), &mut deflaters).to_vec()).collect();
        let messages: Vec<&[u8]> = deflated.iter().map(Vec::as_slice).collect();
        let inflated = inflate(takeover, &messages, cut).unwrap();
        let expected: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
        assert_eq!(inflated, expected);
    }

    #[test]
    fn long_histories(seed: u64, length in 0usize..90_000) {
        let mut state = seed | 1;
        let text: Vec<u8> = (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8 & 15
            })
            .collect();
        let mut deflaters = Deflaters::new(Effort { level: 1, memory_level: 1 });
        let mut deflater = Deflater::for_server(&agreement(true)).unwrap();
        let messages: Vec<Vec<u8>> = text
            .chunks(7000)
            .map(|part| deflater.deflate(part, &mut deflaters).to_vec())
            .collect();
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        assert_eq!(inflate(true, &messages, 997).unwrap().concat(), text);
    }

    #[test]
    fn garbage_is_an_error_or_text_whatever_the_cuts(bytes: Vec<u8>, cut in 1usize..20) {
        let whole = inflate(false, &[&bytes], bytes.len().max(1));
        assert_eq!(inflate(false, &[&bytes], cut).map_err(|e| e.code), whole.map_err(|e| e.code));
    }
}
