//! Behaviour §7.2: sequence numbers, acknowledgements, retransmission, windows, sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::corpus::Random;
use generated_tests::datagrams::{Datagrams, Heard, Numbered, Window, acknowledgement, data, left};
use generated_tests::server::TestServer;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(
    quick: [ack_survives_loss],
    full: [
        ack_in_order_and_not,
        ack_sends_again,
        sequence_in_order_and_not,
        sequence_wraps,
        sequence_windows,
        sequence_sessions,
        sequence_malformed,
        payload_is_what_is_measured,
        ack_windows,
        ack_sessions,
        ack_malformed,
        ack_of_small_datagrams,
        ack_of_strangers,
        ack_selective,
        ack_window_full,
        ack_gives_up,
        ack_broadcast,
    ],
);

const SECOND: Duration = Duration::from_secs(1);
/// Less than the first retransmission takes, more than an answer.
const SOON: Duration = Duration::from_millis(130);

fn open(spec: &str, variant: Variant) -> Result<(TestServer, Datagrams)> {
    let server = TestServer::of_lab_spec(spec, variant)?;
    let client = Datagrams::open(&server)?;
    Ok((server, client))
}

/// Sends numbers of one session, each as its own payload, and gives the numbers that came back.
fn delivered(client: &Datagrams, session: u16, numbers: &[u32]) -> Result<Vec<u32>> {
    for number in numbers {
        client.send(data(session, *number, number.to_be_bytes()))?;
    }
    let heard = Heard::until_quiet(client, SOON)?;
    let number = |payload: &[u8]| Ok(u32::from_be_bytes(payload.try_into().context("another payload")?));
    heard.payloads().into_iter().map(number).collect()
}

fn delivers(client: &Datagrams, session: u16, numbers: &[u32], expected: &[u32]) -> Result<()> {
    let delivered = delivered(client, session, numbers)?;
    ensure!(delivered == expected, "of {numbers:?} were delivered {delivered:?}, not {expected:?}");
    Ok(())
}

/// The server numbers what it sends from 0 on, in a session of its own.
fn sequence_in_order_and_not(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-sequence", variant)?;
    let mut own = None;
    for number in 0..5_u32 {
        client.send(data(7, 1000 + number, "hello"))?;
        let Numbered::Data { session, sequence, payload } = Numbered::parse(&client.receive()?)? else {
            anyhow::bail!("an acknowledgement without `ack`");
        };
        ensure!(payload == b"hello" && sequence == number, "{payload:?} came back as number {sequence}");
        ensure!(*own.get_or_insert(session) == session, "the session changed");
    }
    delivers(&client, 7, &[1008, 1006, 1005, 1006, 1008, 1007, 1007], &[1008, 1006, 1005, 1007])?;
    delivers(&client, 7, &[1004, 1000, 1009], &[1009])?;
    server.logs(&[" warn dropped reason=duplicate count="])
}

fn sequence_wraps(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-sequence", variant)?;
    let last = u32::MAX;
    delivers(&client, 9, &[last - 2, last, 1, 0, last - 1, last, 1], &[last - 2, last, 1, 0, last - 1])
}

/// 63 numbers below the highest are remembered, whatever was skipped.
fn sequence_windows(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-sequence", variant)?;
    delivers(&client, 3, &[5000, 5100, 5037, 5036, 5037, 5038, 5000], &[5000, 5100, 5037, 5038])?;
    delivers(&client, 3, &[1_000_000, 999_937, 999_936, 5100, 1_000_000], &[1_000_000, 999_937])?;
    server.logs(&[" warn dropped reason=late count=", " warn dropped reason=duplicate count="])
}

/// Another session number forgets what was received of the one before; the server's own session goes on.
fn sequence_sessions(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-sequence", variant)?;
    delivers(&client, 1, &[10, 11, 11], &[10, 11])?;
    delivers(&client, 2, &[0, 1, 1], &[0, 1])?;
    client.send(data(1, 11, "again"))?;
    let heard = Heard::until_quiet(&client, SOON)?;
    ensure!(heard.payloads() == [b"again"], "the first session was remembered");
    ensure!(heard.data[0].1 == 4, "the server's number is {}, not 4", heard.data[0].1);
    Ok(())
}

fn sequence_malformed(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-sequence", variant)?;
    let mut reserved = data(1, 0, "x");
    reserved[1] = 1;
    let mut unknown = data(1, 0, "x");
    unknown[0] = 2;
    let short = data(1, 0, "")[..7].to_vec();
    for wrong in [reserved, unknown, short, vec![], acknowledgement(1, 0, 0)] {
        client.send(wrong)?;
    }
    delivers(&client, 1, &[0], &[0])?;
    server.logs(&[" warn dropped reason=malformed count="])
}

/// `max_datagram` (512) does not count the header.
fn payload_is_what_is_measured(variant: Variant) -> Result<()> {
    for spec in ["udp-sequence", "udp-ack"] {
        let (server, client) = open(spec, variant)?;
        client.send(data(1, 0, [1; 512]))?;
        client.send(data(1, 1, [2; 513]))?;
        client.send(data(1, 1, ""))?;
        let heard = Heard::until_quiet(&client, SOON)?;
        ensure!(heard.payloads() == [&[1; 512][..], b""], "{spec}: {:?} came back", heard.payloads().len());
        server.logs(&[" warn dropped reason=\"too long\" count="])?;
    }
    Ok(())
}

/// What an acknowledgement says: the number that is expected next, and the bit map from there on.
type Acknowledged = Option<(u32, u64)>;

/// What is delivered of numbers that are sent, and the last acknowledgement of them.
fn acknowledged(client: &Datagrams, session: u16, numbers: &[u32]) -> Result<(Vec<Vec<u8>>, Acknowledged)> {
    for number in numbers {
        client.send(data(session, *number, number.to_be_bytes()))?;
    }
    let heard = Heard::until_quiet(client, SOON)?;
    ensure!(heard.acknowledgements.iter().all(|(of, ..)| *of == session), "another session was acknowledged");
    // Take what the server sent, so that it does not send it again.
    if let Some((own, ..)) = heard.data.first() {
        let beyond = heard.data.iter().map(|(_, sequence, _)| sequence + 1).max().unwrap_or(0);
        client.send(acknowledgement(*own, beyond, 0))?;
    }
    let payloads = heard.payloads().into_iter().map(<[u8]>::to_vec).collect();
    Ok((payloads, heard.acknowledgements.last().map(|(_, next, bits)| (*next, *bits))))
}

fn acknowledges(client: &Datagrams, numbers: &[u32], delivered: &[u32], last: Acknowledged) -> Result<()> {
    let (payloads, acknowledgement) = acknowledged(client, 5, numbers)?;
    let expected: Vec<Vec<u8>> = delivered.iter().map(|number| number.to_be_bytes().to_vec()).collect();
    ensure!(payloads == expected, "of {numbers:?} were delivered {payloads:?}, not {delivered:?}");
    ensure!(acknowledgement == last, "{numbers:?} was acknowledged with {acknowledgement:x?}, not {last:x?}");
    Ok(())
}

fn ack_in_order_and_not(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-ack", variant)?;
    acknowledges(&client, &[0], &[0], Some((1, 0)))?;
    acknowledges(&client, &[1, 2], &[1, 2], Some((3, 0)))?;
    acknowledges(&client, &[5], &[5], Some((3, 0b100)))?;
    acknowledges(&client, &[3], &[3], Some((4, 0b10)))?;
    acknowledges(&client, &[7, 5, 0], &[7], Some((4, 0b1010)))?;
    acknowledges(&client, &[0], &[], Some((4, 0b1010)))?;
    acknowledges(&client, &[6, 4], &[6, 4], Some((8, 0)))
}

fn ack_windows(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack", variant)?;
    acknowledges(&client, &[64], &[], None)?;
    acknowledges(&client, &[63], &[63], Some((0, 1 << 63)))?;
    // Below what is expected next there was none, yet it counts as a duplicate.
    acknowledges(&client, &[u32::MAX], &[], Some((0, 1 << 63)))?;
    acknowledges(&client, &[0], &[0], Some((1, 1 << 62)))?;
    acknowledges(&client, &[64, 65], &[64], Some((1, 0b11 << 62)))?;
    server.logs(&[" warn dropped reason=\"beyond window\" count="])
}

fn ack_sessions(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-ack", variant)?;
    acknowledges(&client, &[0, 1], &[0, 1], Some((2, 0)))?;
    let (payloads, last) = acknowledged(&client, 6, &[0])?;
    ensure!(payloads.len() == 1 && last == Some((1, 0)), "a new session: {payloads:?}, {last:?}");
    Ok(())
}

/// What the server sends is sent again after 200 ms, 400 ms, 800 ms, until it is acknowledged.
fn ack_sends_again(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-ack", variant)?;
    client.send(data(5, 0, "once more"))?;
    let (mut times, mut own) = (vec![], 0);
    while times.len() < 4 {
        let bytes = client.receive()?;
        if let Numbered::Data { session, sequence, payload } = Numbered::parse(&bytes)? {
            ensure!(payload == b"once more" && sequence == 0, "something else is sent: {payload:?}");
            own = session;
            times.push(Instant::now());
        }
    }
    for (pair, wait) in times.windows(2).zip([200, 400, 800]) {
        let (took, wait) = (pair[1] - pair[0], Duration::from_millis(wait));
        ensure!(took > wait.mul_f64(0.75) && took < wait + SECOND, "sent again after {took:?}, not {wait:?}");
    }
    client.send(acknowledgement(own, 1, 0))?;
    client.quiet(2 * SECOND)
}

fn ack_malformed(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack", variant)?;
    client.send(data(5, 0, "x"))?;
    let heard = Heard::until_quiet(&client, SOON)?;
    let own = heard.data.first().context("no answer")?.0;
    for wrong in [
        acknowledgement(own.wrapping_add(1), 1, 0),
        acknowledgement(own, 2, 0),
        acknowledgement(own, 0, 2),
        acknowledgement(own, 1, 0)[..15].to_vec(),
        data(5, 0, "")[..7].to_vec(),
    ] {
        client.send(wrong)?;
    }
    server.logs(&[" warn dropped reason=malformed count="])?;
    let again = Heard::until_quiet(&client, SECOND / 2)?;
    ensure!(again.payloads().contains(&&b"x"[..]), "a wrong acknowledgement was taken");
    client.send(acknowledgement(own, 1, 0))?;
    Heard::until_quiet(&client, SOON)?;
    client.quiet(SECOND)
}

/// `max_datagram` (4) does not count for acknowledgements, and nothing counts before the header.
fn ack_of_small_datagrams(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack-small", variant)?;
    client.send(data(5, 0, "four"))?;
    let heard = Heard::until_quiet(&client, SOON)?;
    ensure!(heard.payloads() == [b"four"], "{:?} came back", heard.payloads());
    client.send(acknowledgement(heard.data[0].0, 1, 0))?;
    client.quiet(SECOND / 2)?;
    let mut malformed = data(5, 1, "much longer");
    malformed[1] = 1;
    client.send(malformed)?;
    client.send([&acknowledgement(5, 1, 0)[..], b"x"].concat())?;
    server.logs(&[" warn dropped reason=malformed count="])?;
    client.send(data(5, 1, "fives"))?;
    server.logs(&[" warn dropped reason=\"too long\" count=1\n"])?;
    ensure!(!server.log().contains("dropped reason=\"too long\" count=2"), "{}", server.log());
    Ok(())
}

/// Who was sent nothing has nothing to acknowledge, and takes nobody's place.
fn ack_of_strangers(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack-small", variant)?;
    client.send(data(5, 0, "one"))?;
    let first = Heard::until_quiet(&client, SOON)?.data.into_iter().next().context("no answer")?;
    client.send(acknowledgement(first.0, 1, 0))?;
    let stranger = Datagrams::open(&server)?;
    stranger.send(acknowledgement(9, 1, 0))?;
    server.logs(&[" warn dropped reason=malformed count=1\n"])?;
    client.send(data(5, 1, "two"))?;
    let second = Heard::until_quiet(&client, SOON)?.data.into_iter().next().context("no answer")?;
    ensure!((second.0, second.1) == (first.0, 1), "the peer was forgotten: {first:?}, then {second:?}");
    Ok(())
}

/// Only what the bit map leaves out is sent again.
fn ack_selective(variant: Variant) -> Result<()> {
    let (_server, client) = open("udp-ack", variant)?;
    for number in 0..4 {
        client.send(data(5, number, [u8::try_from(number)?]))?;
    }
    let heard = Heard::until_quiet(&client, SOON)?;
    ensure!(heard.payloads().len() == 4, "{} answers", heard.payloads().len());
    client.send(acknowledgement(heard.data[0].0, 0, 0b1010))?;
    let again = Heard::until_quiet(&client, SECOND / 2)?;
    let numbers: BTreeSet<u32> = again.data.iter().map(|(_, sequence, _)| *sequence).collect();
    ensure!(numbers == BTreeSet::from([0, 2]), "sent again: {numbers:?}");
    Ok(())
}

/// 64 on their way and 192 waiting; the others are dropped.
fn ack_window_full(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack", variant)?;
    let (mut waiting, mut heard) = (0..300_u32, Heard::default());
    let mut acknowledged = 0;
    // The server's own window is heeded: never more than 64 at once.
    for number in waiting.by_ref() {
        while number >= acknowledged + 64 {
            heard.add(&client.receive()?)?;
            acknowledged = heard.acknowledgements.iter().map(|(_, next, _)| *next).max().unwrap_or(0);
        }
        client.send(data(5, number, number.to_be_bytes()))?;
    }
    let rest = Heard::until_quiet(&client, SOON)?;
    heard.data.extend(rest.data);
    let mut numbers: BTreeSet<u32> = heard.data.iter().map(|(_, sequence, _)| *sequence).collect();
    ensure!(numbers == (0..64).collect(), "sent without an acknowledgement: {numbers:?}");
    let own = heard.data[0].0;
    let mut payloads: BTreeMap<u32, Vec<u8>> = heard.data.into_iter().map(|(_, n, payload)| (n, payload)).collect();
    for beyond in [64, 128, 192, 256] {
        client.send(acknowledgement(own, beyond, 0))?;
        let heard = Heard::until_quiet(&client, SOON)?;
        payloads.extend(heard.data.into_iter().map(|(_, sequence, payload)| (sequence, payload)));
        numbers = payloads.keys().copied().collect();
        let end = (beyond + 64).min(256);
        ensure!(numbers == (0..end).collect(), "{} numbers behind {beyond}", numbers.len());
    }
    let right = payloads.iter().all(|(number, payload)| payload[..] == number.to_be_bytes());
    ensure!(right, "not the first 256 payloads in their order");
    server.logs(&[" warn dropped reason=\"window full\" count="])
}

/// After eight sendings the peer is forgotten.
fn ack_gives_up(variant: Variant) -> Result<()> {
    let (server, client) = open("udp-ack", variant)?;
    client.send(data(5, 0, "x"))?;
    let deadline = Instant::now() + 40 * SECOND;
    while !server.log().contains(" info lost peer=127.0.0.1") {
        ensure!(Instant::now() < deadline, "not given up after 40 s:\n{}", server.log());
        std::thread::sleep(SECOND / 10);
    }
    let heard = Heard::until_quiet(&client, SOON)?;
    ensure!(heard.data.len() == 8, "sent {} times", heard.data.len());
    let before = heard.data[0].0;
    client.send(data(5, 0, "y"))?;
    let heard = Heard::until_quiet(&client, SOON)?;
    let (session, sequence, payload) = heard.data.first().context("not served any more")?;
    ensure!(payload == b"y" && *sequence == 0, "the peer was not forgotten: {sequence}");
    ensure!(*session != before, "the session is the one before (which one in 65,536 may be)");
    Ok(())
}

/// Both ways a fifth is lost, some come twice and out of order; every message comes back once. So many sendings of one datagram in a row that the
/// server gives its peer up are not lost: three of its own, and two acknowledgements.
fn ack_survives_loss(variant: Variant) -> Result<()> {
    const COUNT: u32 = 200;
    let (server, client) = open("udp-ack", variant)?;
    let mut random = Random::new(0x5eed_0003);
    let mut lost = move || random.below(5) == 0;
    let (mut unacknowledged, mut next) = (BTreeMap::<u32, Instant>::new(), 0);
    let (mut window, mut received) = (Window::default(), vec![]);
    let (mut losses, mut unsaid) = (BTreeMap::<u32, u32>::new(), 0);
    let deadline = Instant::now() + 60 * SECOND;
    while received.len() < usize::try_from(COUNT)? || !unacknowledged.is_empty() {
        let late = || format!("{} of {COUNT} messages came back in a minute:\n{}", received.len(), server.log());
        left(deadline).with_context(late)?;
        let oldest = unacknowledged.keys().next().copied().unwrap_or(next);
        while next < COUNT && next < oldest + 32 {
            unacknowledged.insert(next, Instant::now() - SECOND);
            next += 1;
        }
        let due = unacknowledged.iter_mut().filter(|(_, sent)| sent.elapsed() > SECOND / 10);
        for (number, sent) in due.collect::<Vec<_>>().into_iter().rev() {
            *sent = Instant::now();
            if !lost() {
                client.send(data(5, *number, number.to_be_bytes()))?;
            }
            if lost() {
                client.send(data(5, *number, number.to_be_bytes()))?;
            }
        }
        while let Some(bytes) = client.within(Duration::from_millis(5))? {
            match Numbered::parse(&bytes)? {
                Numbered::Acknowledgement { .. } if lost() => {}
                Numbered::Acknowledgement { next, bits, .. } => unacknowledged
                    .retain(|number, _| *number >= next && (number - next > 63 || bits >> (number - next) & 1 == 0)),
                Numbered::Data { sequence, .. } if losses.get(&sequence).is_none_or(|count| *count < 3) && lost() => {
                    *losses.entry(sequence).or_default() += 1;
                }
                Numbered::Data { session, sequence, payload } => {
                    if window.take(sequence) {
                        received.push(u32::from_be_bytes(payload.as_slice().try_into()?));
                    }
                    unsaid = if unsaid < 2 && lost() { unsaid + 1 } else { 0 };
                    if unsaid == 0 {
                        client.send(window.acknowledgement(session))?;
                    }
                }
            }
        }
    }
    received.sort_unstable();
    ensure!(received == (0..COUNT).collect::<Vec<_>>(), "not every message once: {received:?}");
    Ok(())
}

fn ack_broadcast(variant: Variant) -> Result<()> {
    let server = TestServer::of_lab_spec("udp-ack-broadcast", variant)?;
    let (speaker, listener) = (Datagrams::open(&server)?, Datagrams::open(&server)?);
    listener.send(data(1, 0, "here I am"))?;
    let heard = Heard::until_quiet(&listener, SOON)?;
    ensure!(heard.acknowledgements == [(1, 1, 0)], "not acknowledged: {heard:?}");
    speaker.send(data(2, 0, "to all"))?;
    let heard = Heard::until_quiet(&listener, SOON)?;
    ensure!(heard.payloads() == [b"to all"] && heard.data[0].1 == 0, "heard {heard:?}");
    listener.send(acknowledgement(heard.data[0].0, 1, 0))?;
    let heard = Heard::until_quiet(&speaker, SOON)?;
    ensure!(heard.data.is_empty() && heard.acknowledgements == [(2, 1, 0)], "the speaker heard {heard:?}");
    Ok(())
}
