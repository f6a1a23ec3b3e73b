use super::*;
use crate::protocol::client::masked_frame;
use crate::protocol::close;
use crate::protocol::frame::MAX_CONTROL;

const RULES: Rules = Rules {
    role: Role::Server,
    max_message: 100_000,
    accepts: Accepts::Any,
    validate_utf8: true,
    messages_per_second: None,
    bytes_per_second: None,
};

/// What a stream of frames turns out to be: events, and the failure that ends them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    events: Vec<String>,
    failure: Option<Failure>,
}

struct Listener {
    receiver: Receiver,
    shared: Shared,
    rules: Rules,
    heard: Heard,
}

impl Listener {
    fn new(rules: Rules) -> Self {
        let receiver = Receiver::new(&rules, Instant::now());
        Self { receiver, shared: Shared::default(), rules, heard: Heard::default() }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        let mut input = Input::new(&mut bytes);
        while self.heard.failure.is_none() {
            let now = Instant::now();
            match self.receiver.advance(&mut input, &self.rules, &mut self.shared, now) {
                Ok(Step::Starved) => return,
                Ok(step) => self.note(&step, &input),
                Err(failure) => self.heard.failure = Some(failure),
            }
        }
    }

    fn note(&mut self, step: &Step, input: &Input<'_>) {
        let receiver = &self.receiver;
        let event = match step {
            Step::Message(kind, place) => {
                match receiver.message(*kind, place, input, &self.rules) {
                    Ok(message) => format!("{message:?}"),
                    Err(failure) => return self.heard.failure = Some(failure),
                }
            }
            Step::Ping(place) => format!("Ping {:?}", receiver.payload(place, input)),
            Step::Close(place) => format!("Close {:?}", receiver.payload(place, input)),
            Step::Pong(place) => format!("Pong {:?}", receiver.payload(place, input)),
            Step::Starved => return,
        };
        self.heard.events.push(event);
        if let Step::Message(_, place)
        | Step::Ping(place)
        | Step::Pong(place)
        | Step::Close(place) = step
        {
            self.receiver.release(place, &mut self.shared);
        }
    }
}

fn hear(stream: &[u8], rules: Rules) -> Heard {
    let mut listener = Listener::new(rules);
    listener.hear(stream);
    listener.heard
}

fn frame(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    masked_frame(&mut bytes, fin, false, opcode, payload, [0xa5, 0x5a, 0x01, 0xfe]);
    bytes
}

fn fails(stream: &[u8], failure: Failure) {
    assert_eq!(hear(stream, RULES).failure, Some(failure));
    let mut listener = Listener::new(RULES);
    for byte in stream {
        listener.hear(&[*byte]);
    }
    assert_eq!(listener.heard.failure, Some(failure), "a byte at a time");
}

#[test]
fn rfc6455_5_7_examples() {
    let masked_hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(hear(masked_hello, RULES).events, ["Text(\"Hello\")"]);
    let client = Rules { role: Role::Client, ..RULES };
    let fragmented = b"\x01\x03Hel\x80\x02lo";
    assert_eq!(hear(fragmented, client).events, ["Text(\"Hello\")"]);
    assert_eq!(hear(masked_hello, client).failure, Some(Failure::MASKED));
}

#[test]
fn rfc6455_5_1_a_client_masks() {
    fails(b"\x81\x05Hello", Failure::NOT_MASKED);
}

#[test]
fn rfc6455_5_2_reserved() {
    fails(b"\xc1\x80", Failure::RESERVED_BIT);
    fails(b"\xa1\x80", Failure::RESERVED_BIT);
    fails(b"\x91\x80", Failure::RESERVED_BIT);
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        fails(&[0x80 | opcode, 0x80], Failure::RESERVED_OPCODE);
    }
}

#[test]
fn rfc6455_5_2_lengths() {
    fails(b"\x82\xfe\x00\x7d", Failure::LENGTH_NOT_MINIMAL);
    fails(b"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", Failure::LENGTH_NOT_MINIMAL);
    fails(b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", Failure::LENGTH_OUT_OF_RANGE);
    fails(b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", Failure::TOO_BIG);
}

#[test]
fn rfc6455_5_4_fragmentation() {
    fails(b"\x80\x80", Failure::UNEXPECTED_CONTINUATION);
    let begun = frame(false, Opcode::Text, b"a");
    fails(&[&begun[..], b"\x81\x80"].concat(), Failure::EXPECTED_CONTINUATION);
    let ping = frame(true, Opcode::Ping, b"p");
    let rest = frame(true, Opcode::Continuation, b"b");
    let heard = hear(&[begun, ping, rest].concat(), RULES);
    assert_eq!(heard.events, ["Ping [112]", "Text(\"ab\")"]);
}

#[test]
fn rfc6455_5_5_control_frames() {
    fails(b"\x09\x80", Failure::FRAGMENTED_CONTROL);
    fails(b"\x89\xfe", Failure::LONG_CONTROL);
}

#[test]
fn rfc6455_8_1_invalid_text_fails_at_its_first_byte() {
    let whole = frame(true, Opcode::Text, b"ok\xff and much more");
    for length in 0..9 {
        assert_eq!(hear(&whole[..length], RULES).failure, None, "{length}");
    }
    assert_eq!(hear(&whole[..9], RULES).failure, Some(Failure::INVALID_UTF8));
    fails(&whole, Failure::INVALID_UTF8);
    fails(&frame(true, Opcode::Text, b"cut \xe2\x82"), Failure::INVALID_UTF8);
    let euro = [
        frame(false, Opcode::Text, b"\xe2"),
        frame(false, Opcode::Continuation, b"\x82"),
        frame(true, Opcode::Continuation, b"\xac"),
    ];
    assert_eq!(hear(&euro.concat(), RULES).events, ["Text(\"€\")"]);
    let unchecked = Rules { validate_utf8: false, ..RULES };
    let heard = hear(&frame(true, Opcode::Text, b"\xff"), unchecked);
    assert_eq!(heard.events, ["Unchecked([255])"]);
}

#[test]
fn rfc6455_7_4_1_kinds_and_sizes() {
    let text_only = Rules { accepts: Accepts::Text, ..RULES };
    assert_eq!(hear(b"\x82\x80", text_only).failure, Some(Failure::TEXT_ONLY));
    let binary_only = Rules { accepts: Accepts::Binary, ..RULES };
    assert_eq!(hear(b"\x01\x80", binary_only).failure, Some(Failure::BINARY_ONLY));
    let small = Rules { max_message: 3, ..RULES };
    assert_eq!(hear(b"\x82\x84", small).failure, Some(Failure::TOO_BIG));
    let parts = [frame(false, Opcode::Binary, b"ab"), b"\x80\x82".to_vec()].concat();
    assert_eq!(hear(&parts, small).failure, Some(Failure::TOO_BIG));
    let fits = [frame(false, Opcode::Binary, b"ab"), frame(true, Opcode::Continuation, b"c")];
    assert_eq!(hear(&fits.concat(), small).events, ["Binary([97, 98, 99])"]);
}

#[test]
fn rates_are_taken_once_a_frame() {
    let rules = Rules { messages_per_second: Some(2), bytes_per_second: Some(10), ..RULES };
    let one = frame(true, Opcode::Binary, b"abc");
    let mut listener = Listener::new(rules);
    one.iter().chain(&one).for_each(|byte| listener.hear(&[*byte]));
    assert_eq!(listener.heard.events.len(), 2);
    listener.hear(&one);
    assert_eq!(listener.heard.failure, Some(Failure::RATE_LIMIT));
    let too_much = hear(&frame(true, Opcode::Ping, &[0; 11]), rules);
    assert_eq!(too_much.failure, Some(Failure::RATE_LIMIT));
}

#[test]
fn one_message_in_65537_fragments() {
    let mut stream = frame(false, Opcode::Binary, b"x");
    for _ in 0..65_535 {
        stream.extend(frame(false, Opcode::Continuation, b"x"));
    }
    stream.extend(frame(true, Opcode::Continuation, b"x"));
    let heard = hear(&stream, RULES);
    assert_eq!((heard.events.len(), heard.failure), (1, None));
}

#[test]
fn an_idle_receiver_holds_no_buffer() {
    let mut listener = Listener::new(RULES);
    let stream = [frame(true, Opcode::Text, &vec![b'a'; 70_000]), frame(true, Opcode::Ping, b"p")];
    stream.concat().chunks(1000).for_each(|part| listener.hear(part));
    assert_eq!(listener.heard.events.len(), 2);
    assert!(!listener.receiver.collected.has_storage());
    assert_eq!(listener.receiver.control.capacity(), 0);
}

#[test]
fn a_large_payload_is_read_into_place() {
    let payload = "€".repeat(30_000);
    let stream = frame(true, Opcode::Text, payload.as_bytes());
    let mut listener = Listener::new(RULES);
    let (head, mut rest) = stream.split_at(1000);
    listener.hear(head);
    while let Some(room) = listener.receiver.direct_room(4096) {
        let count = room.len().min(rest.len()).min(777);
        room[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        let rules = &listener.rules;
        let step = listener.receiver.advance_direct(count, rules, &mut listener.shared);
        assert_eq!(step, Ok(Step::Starved));
    }
    assert!(rest.len() < 4096);
    listener.hear(rest);
    assert_eq!(listener.heard.events, [format!("Text({payload:?})")]);
}

#[test]
fn rfc6455_7_1_1_a_closing_receiver_looks_for_a_close_alone() {
    let stream = [
        b"\xf3\x03abc".to_vec(),
        b"\x82\x85".to_vec(),
        vec![0; 9],
        b"\x83\xfe\x00\x01\x01\x02\x03\x04x".to_vec(),
        frame(true, Opcode::Close, b"\x03\xe8bye"),
        b"more".to_vec(),
    ]
    .concat();
    for cut in 1..stream.len() {
        let mut receiver = Receiver::default();
        let mut shared = Shared::default();
        let mut closes = Vec::new();
        for part in stream.chunks(cut) {
            let mut part = part.to_vec();
            if closes.is_empty() {
                closes.extend(receiver.measure(&mut Input::new(&mut part), &mut shared));
            }
        }
        assert_eq!(closes, [(1000, "bye".to_owned())], "cut at {cut}");
    }
    let mut endless = b"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let measured =
        Receiver::default().measure(&mut Input::new(&mut endless), &mut Shared::default());
    assert_eq!(measured, Some((close::ABNORMAL, String::new())));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn any_frame() -> impl Strategy<Value = Vec<u8>> {
        let opcode = prop_oneof![
            4 => Just(Opcode::Text),
            4 => Just(Opcode::Binary),
            4 => Just(Opcode::Continuation),
            1 => Just(Opcode::Ping),
            1 => Just(Opcode::Pong),
        ];
        let payload = prop_oneof![
            "[a-zé€😀]{0,60}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..300),
        ];
        (any::<bool>(), opcode, payload).prop_map(|(fin, opcode, mut payload)| {
            if opcode.is_control() {
                payload.truncate(MAX_CONTROL);
            }
            frame(fin || opcode.is_control(), opcode, &payload)
        })
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(
            frames in proptest::collection::vec(any_frame(), 0..12),
            cuts in proptest::collection::vec(1usize..40, 1..20),
            flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..2),
        ) {
            let mut stream = frames.concat();
            for (at, change) in flips {
                let length = stream.len().max(1);
                if let Some(byte) = stream.get_mut(at % length) {
                    *byte ^= change;
                }
            }
            let mut listener = Listener::new(RULES);
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (part, next) = rest.split_at((*cut).min(rest.len()));
                listener.hear(part);
                rest = next;
            }
            prop_assert_eq!(listener.heard, hear(&stream, RULES));
        }
    }
}

#[cfg(feature = "compression")]
#[test]
fn rfc7692_6_2_text_that_came_out_before_a_fault_is_judged_first() {
    use crate::protocol::extension;
    // A stored block with the byte FF, then a block of the type that does not exist.
    let mut stream = frame(true, Opcode::Text, b"\x00\x01\x00\xfe\xff\xff\x06");
    stream[0] |= 0x40;
    for cut in 1..=stream.len() {
        let agreement = extension::accept(b"permessage-deflate").unwrap().unwrap();
        let mut listener = Listener::new(RULES);
        listener.receiver =
            Receiver::new(&RULES, Instant::now()).with_inflater(Inflater::for_server(&agreement));
        stream.chunks(cut).for_each(|part| listener.hear(part));
        assert_eq!(listener.heard.failure, Some(Failure::INVALID_UTF8), "cut at {cut}");
    }
}
