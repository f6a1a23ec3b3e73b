use super::header::{self, Acknowledgement, Datagram};
use super::received::{Expected, Recent, Verdict};
use super::unacknowledged::{Lost, Malformed, Unacknowledged, WindowFull};
use Verdict::{BeyondWindow, Deliver, Duplicate, Late};
use proptest::prelude::*;
use std::time::Instant;

fn verdicts(numbers: &[u32]) -> Vec<Verdict> {
    let mut recent = Recent::default();
    numbers.iter().map(|number| recent.receive(1, *number)).collect()
}

#[test]
fn behaviour_7_2_headers() {
    assert_eq!(header::data(0x0102, 0x0304_0506), [0, 0, 1, 2, 3, 4, 5, 6]);
    let ack = Acknowledgement { session: 1, next: 2, map: 5 };
    assert_eq!(ack.to_bytes(), *b"\x01\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0\x05");
    assert_eq!(header::parse(&ack.to_bytes()), Some(Datagram::Ack(ack)));
    assert_eq!(header::parse(b"\0\0\0\x07\0\0\0\x09x"), Some(Datagram::Data(7, 9, b"x")));
    for malformed in
        [&b"\0\0\0\x07\0\0\0"[..], b"\x02\0\0\x07\0\0\0\x09", b"\0\x01\0\x07\0\0\0\x09"]
    {
        assert_eq!(header::parse(malformed), None);
    }
    assert_eq!(header::parse(&ack.to_bytes()[..15]), None);
}

#[test]
fn behaviour_7_2_sequence_delivers_once_in_a_window_of_64() {
    assert_eq!(
        verdicts(&[100, 102, 101, 101, 102]),
        [Deliver, Deliver, Deliver, Duplicate, Duplicate]
    );
    assert_eq!(verdicts(&[5100, 5037, 5036, 5037]), [Deliver, Deliver, Late, Duplicate]);
    assert_eq!(verdicts(&[0, 1000, 937, 936, 0]), [Deliver, Deliver, Deliver, Late, Late]);
}

#[test]
fn behaviour_7_2_numbers_are_compared_as_rfc_1982_says() {
    let last = u32::MAX;
    assert_eq!(verdicts(&[last, 1, 0, last, 1]), [Deliver, Deliver, Deliver, Duplicate, Duplicate]);
}

#[test]
fn behaviour_7_2_another_session_forgets_the_one_before() {
    let mut recent = Recent::default();
    assert_eq!(recent.receive(1, 5), Deliver);
    assert_eq!(recent.receive(2, 5), Deliver);
    assert_eq!(recent.receive(1, 5), Deliver);
    let mut expected = Expected::default();
    assert_eq!(expected.receive(0, 0), Deliver, "a session may have any number");
    assert_eq!(expected.receive(9, 0), Deliver);
}

#[test]
fn behaviour_7_2_ack_delivers_from_the_next_expected_one_on() {
    let mut expected = Expected::default();
    assert_eq!(expected.acknowledge(), None);
    for (number, verdict) in [
        (64, BeyondWindow),
        (63, Deliver),
        (1, Deliver),
        (0, Deliver),
        (0, Duplicate),
        (65, Deliver),
    ] {
        assert_eq!(expected.receive(7, number), verdict, "{number}");
    }
    let map = 1 << 61 | 1 << 63;
    assert_eq!(expected.acknowledge(), Some(Acknowledgement { session: 7, next: 2, map }));
    assert_eq!(expected.acknowledge(), None, "one a turn");
    assert_eq!(expected.receive(7, 1), Duplicate);
    assert!(expected.acknowledge().is_some(), "duplicates are acknowledged");
    assert_eq!(expected.receive(7, 66), BeyondWindow);
    assert_eq!(expected.acknowledge(), None);
}

#[test]
fn a_full_window_is_acknowledged_whole() {
    let mut expected = Expected::default();
    assert!((0..64).rev().all(|number| expected.receive(1, number) == Deliver));
    assert_eq!(expected.acknowledge(), Some(Acknowledgement { session: 1, next: 64, map: 0 }));
}

/// Counts what is sent.
fn push(sender: &mut Unacknowledged, now: Instant) -> (Result<(), WindowFull>, usize) {
    let mut sent = 0;
    (sender.push(b"x", now, &mut |_| sent += 1), sent)
}

fn ack(session: u16, next: u32, map: u64) -> Acknowledgement {
    Acknowledgement { session, next, map }
}

#[test]
fn behaviour_7_2_64_unacknowledged_and_192_behind_them() {
    let now = Instant::now();
    let mut sender = Unacknowledged::new(1);
    assert!((0..64).all(|_| push(&mut sender, now) == (Ok(()), 1)));
    assert!((0..192).all(|_| push(&mut sender, now) == (Ok(()), 0)));
    assert_eq!(push(&mut sender, now), (Err(WindowFull), 0));
    let mut numbers = Vec::new();
    let mut send = |bytes: &[u8]| numbers.push(bytes[7]);
    assert_eq!(sender.acknowledge(ack(1, 0, 0b10), now, &mut send), Ok(()));
    assert_eq!(sender.acknowledge(ack(1, 1, 0b1), now, &mut send), Ok(()));
    assert_eq!(numbers, [64, 65], "the window moves with its oldest number");
}

#[test]
fn behaviour_7_2_what_was_never_sent_cannot_be_acknowledged() {
    let now = Instant::now();
    let mut sender = Unacknowledged::new(1);
    let send = &mut |_: &[u8]| {};
    assert_eq!(sender.acknowledge(ack(1, 0, 0), now, send), Ok(()));
    assert_eq!(sender.acknowledge(ack(1, 1, 0), now, send), Err(Malformed));
    assert_eq!(sender.push(b"", now, send), Ok(()));
    assert_eq!(sender.acknowledge(ack(2, 1, 0), now, send), Err(Malformed));
    assert_eq!(sender.acknowledge(ack(1, 0, 0b10), now, send), Err(Malformed));
    assert_eq!(sender.acknowledge(ack(1, 1, 0), now, send), Ok(()));
    assert_eq!(sender.acknowledge(ack(1, 0, 1), now, send), Ok(()), "an old one");
    assert_eq!(sender.deadline(), None);
}

#[test]
fn behaviour_7_2_eight_sendings_at_growing_distances() {
    let start = Instant::now();
    let mut sender = Unacknowledged::new(1);
    assert_eq!(push(&mut sender, start), (Ok(()), 1));
    let mut waits = Vec::new();
    let mut now = start;
    loop {
        let due = sender.deadline().unwrap();
        waits.push((due - now).as_millis());
        let mut sent = 0;
        assert_eq!(sender.resend(now, &mut |_| sent += 1), Ok(()));
        assert_eq!(sent, 0);
        now = due;
        if sender.resend(now, &mut |_| sent += 1) == Err(Lost) {
            break;
        }
        assert_eq!(sent, 1);
    }
    assert_eq!(waits, [200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
}

/// A channel that loses, repeats and reorders: what is sent is there once a turn says so.
#[derive(Clone, Debug)]
struct Turn {
    lose: bool,
    repeat: bool,
    hold: bool,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (prop::bool::weighted(0.3), prop::bool::weighted(0.2), prop::bool::weighted(0.4));
    let turn = turn.prop_map(|(lose, repeat, hold)| Turn { lose, repeat, hold });
    prop::collection::vec(turn, 40)
}

/// What a lossy channel makes of `arriving`; what it holds back comes with a later call.
fn disturb(
    arriving: Vec<Vec<u8>>,
    held: &mut Vec<Vec<u8>>,
    turns: &mut impl Iterator<Item = Turn>,
) -> Vec<Vec<u8>> {
    let mut through = Vec::new();
    let mut late = std::mem::take(held);
    for datagram in arriving {
        let Some(turn) = turns.next() else { continue };
        if turn.repeat {
            through.push(datagram.clone());
        }
        if turn.hold {
            held.push(datagram);
        } else if !turn.lose {
            through.push(datagram);
        }
    }
    late.reverse();
    through.extend(late);
    through
}

proptest! {
    #[test]
    fn behaviour_7_2_exactly_once_over_a_lossy_channel(turns in turns(), count in 1..120_u32) {
        let mut now = Instant::now();
        let mut turns = turns.into_iter().cycle();
        let mut sender = Unacknowledged::new(7);
        let mut expected = Expected::default();
        let (mut forth, mut delivered) = (Vec::new(), Vec::new());
        let (mut held_forth, mut held_back) = (Vec::new(), Vec::new());
        for number in 0..count {
            let mut send = |bytes: &[u8]| forth.push(bytes.to_vec());
            prop_assert_eq!(sender.push(&number.to_be_bytes(), now, &mut send), Ok(()));
        }
        while let Some(due) = sender.deadline() {
            let mut back = Vec::new();
            for datagram in disturb(std::mem::take(&mut forth), &mut held_forth, &mut turns) {
                let Some(Datagram::Data(session, number, payload)) = header::parse(&datagram) else {
                    panic!("not data");
                };
                if expected.receive(session, number) == Deliver {
                    delivered.push(u32::from_be_bytes(payload.try_into().unwrap()));
                }
                back.extend(expected.acknowledge().map(|ack| ack.to_bytes().to_vec()));
            }
            let mut send = |bytes: &[u8]| forth.push(bytes.to_vec());
            for datagram in disturb(back, &mut held_back, &mut turns) {
                let Some(Datagram::Ack(ack)) = header::parse(&datagram) else { panic!("no ack") };
                prop_assert_eq!(sender.acknowledge(ack, now, &mut send), Ok(()));
            }
            now = now.max(due);
            if sender.resend(now, &mut send).is_err() {
                break;
            }
        }
        delivered.sort_unstable();
        let unique = delivered.windows(2).all(|pair| pair[0] != pair[1]);
        prop_assert!(unique, "twice: {:?}", delivered);
        if sender.deadline().is_none() {
            prop_assert_eq!(delivered, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_datagram_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        let mut sender = Unacknowledged::new(7);
        let mut expected = Expected::default();
        match header::parse(&bytes) {
            Some(Datagram::Data(session, number, _)) => _ = expected.receive(session, number),
            Some(Datagram::Ack(ack)) => {
                let _ = sender.acknowledge(ack, Instant::now(), &mut |_| {});
            }
            None => {}
        }
    }
}
