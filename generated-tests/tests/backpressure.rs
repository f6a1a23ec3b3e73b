//! Behaviour §3: a small watermark and a peer that does not read; and who hears a broadcast.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use generated_tests::answer::{Answer, Item};
use generated_tests::frame::{BINARY, Frame, PING};
use generated_tests::process::resident;
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(
    quick: [pause_keeps_everything],
    full: [drop_keeps_messages_whole, close_says_too_slow, broadcast_reaches_the_others],
);

const SECOND: Duration = Duration::from_secs(1);
const SIZE: usize = 10_000;

fn message(number: u32) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.resize(SIZE, number.to_le_bytes()[0]);
    payload
}

/// 30 MB are sent before the first byte is read: the server may hold back, lose nothing, and not grow with it.
fn pause_keeps_everything(variant: Variant) -> Result<()> {
    const COUNT: u32 = 3000;
    let server = TestServer::of_lab_spec("overflow-pause", variant)?;
    let mut session = Session::open(&server, "/")?;
    let before = resident(server.pid())?;
    let mut writer = session.stream().try_clone()?;
    let sender = std::thread::spawn(move || -> Result<()> {
        for number in 0..COUNT {
            writer.write_all(&Frame::binary(message(number)).bytes())?;
        }
        Ok(())
    });
    std::thread::sleep(SECOND);
    let grown = resident(server.pid())?.saturating_sub(before);
    ensure!(grown < 12 << 20, "{grown} bytes more memory while the peer does not read");
    for number in 0..COUNT {
        let frame = session.frame()?;
        ensure!(frame.opcode == BINARY && frame.payload == message(number), "message {number} is not what was sent");
    }
    sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    session.close()
}

/// Sends numbered messages until `enough` says so, or for ten seconds.
fn flood(sender: &mut Session, mut enough: impl FnMut() -> bool) -> Result<u32> {
    let start = Instant::now();
    for number in 0.. {
        sender.send_frame(&Frame::binary(message(number)))?;
        if number % 50 == 49 && enough() {
            return Ok(number + 1);
        }
        if start.elapsed() > 10 * SECOND {
            break;
        }
    }
    bail!("flooded for ten seconds without the expected end")
}

/// The messages in an answer, in the order of their numbers and each whole.
fn numbers(answer: &Answer) -> Result<Vec<u32>> {
    let mut numbers = vec![];
    for item in &answer.items {
        let Item::Frame { opcode: BINARY, payload, .. } = item else { continue };
        let number = u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]]);
        ensure!(*payload == message(number), "message {number} is not what was sent");
        ensure!(numbers.last().is_none_or(|last| *last < number), "message {number} out of order");
        numbers.push(number);
    }
    Ok(numbers)
}

fn close_says_too_slow(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("overflow-close", variant)?;
    let mut slow = Session::open(&server, "/")?;
    let mut sender = Session::open(&server, "/")?;
    let start = Instant::now();
    // Kernel buffers on both sides take some megabytes first.
    let sent = flood(&mut sender, || start.elapsed() > 2 * SECOND)?;
    sender.close()?;
    let answer = slow.answer(10 * SECOND)?;
    ensure!(answer.close_code() == Some(1013), "ended with {:?}", answer.items.last());
    let received = numbers(&answer)?.len();
    ensure!(received < sent as usize, "all {sent} messages were taken: no backpressure was reached");
    Ok(())
}

fn drop_keeps_messages_whole(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("overflow-drop", variant)?;
    let mut slow = Session::open(&server, "/")?;
    let mut sender = Session::open(&server, "/")?;
    let start = Instant::now();
    let sent = flood(&mut sender, || start.elapsed() > 2 * SECOND)?;
    // A Ping is answered although data is being dropped.
    slow.send_frame(&Frame::ping("still there"))?;
    slow.send_frame(&Frame::close(1000, ""))?;
    let answer = slow.answer(10 * SECOND)?;
    ensure!(answer.close_code() == Some(1000), "ended with {:?}", answer.items.last());
    let pong = answer.items.iter().any(|item| matches!(item, Item::Frame { payload, .. } if payload == b"still there"));
    ensure!(pong, "the Ping was not answered");
    let received = numbers(&answer)?.len();
    ensure!(received < sent as usize, "all {sent} messages were taken: nothing was dropped");
    ensure!(received > 0, "nothing at all arrived");
    sender.close()
}

fn broadcast_reaches_the_others(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("broadcast", variant)?;
    let mut sessions = (0..5).map(|_| Session::open(&server, "/")).collect::<Result<Vec<_>>>()?;
    for speaker in 0..sessions.len() {
        let text = format!("from {speaker}");
        sessions[speaker].send_frame(&Frame::text(&text))?;
        sessions[speaker].send_frame(&Frame::binary([u8::try_from(speaker)?]))?;
        for (listener, session) in sessions.iter_mut().enumerate().filter(|(listener, _)| *listener != speaker) {
            let frame = session.frame()?;
            ensure!(frame.opcode == 1 && frame.payload == text.as_bytes(), "{listener} heard {frame:?}");
            ensure!(session.frame()?.opcode == BINARY, "{listener} did not hear the binary message");
        }
        sessions[speaker].send_frame(&Frame::ping("me"))?;
        let frame = sessions[speaker].frame()?;
        ensure!(frame.opcode != PING && frame.payload == b"me", "the speaker heard {frame:?}");
    }
    sessions.into_iter().try_for_each(Session::close)
}
