//! Good messages of every shape, Pings among them, and streams that break off.

use super::{Case, Cuts, bye, bytes};
use crate::answer::Answer;
use crate::frame::{BINARY, Frame, TEXT};
use crate::request::Request;

pub fn cases() -> Vec<Case> {
    [sizes(), keys(), fragments(), pings(), bursts(), broken_off()].concat()
}

fn good(name: impl Into<String>, frames: &[Frame], expected: Answer) -> Case {
    let frames = [frames, &[bye()]].concat();
    Case::frames(format!("data: {}", name.into()), &frames, expected.close(1000, ""))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect()
}

fn sizes() -> Vec<Case> {
    let sizes = [
        0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 124, 125, 126, 127, 128, 255, 256, 1000, 4096, 65535, 65536,
    ];
    let binary = sizes.map(|size| {
        let payload = pattern(size);
        good(format!("{size} bytes"), &[Frame::binary(&payload)], Answer::accepted().binary(&payload))
    });
    let text = [0, 5, 125, 126, 65535].map(|size| {
        let payload = "x".repeat(size);
        good(format!("a text of {size}"), &[Frame::text(&payload)], Answer::accepted().text(&payload))
    });
    binary.into_iter().chain(text).collect()
}

fn keys() -> Vec<Case> {
    let keys = [[0; 4], [255; 4], [0, 0, 0, 1], [0x80, 0, 0, 0], [1, 2, 3, 4]];
    keys.map(|key| {
        let payload = pattern(77);
        let frames = [Frame::binary(&payload).masked_with(key), Frame::text("é").masked_with(key)];
        good(format!("masking key {key:?}"), &frames, Answer::accepted().binary(&payload).text("é"))
    })
    .to_vec()
}

fn fragments() -> Vec<Case> {
    let part = |text: &str| Frame::continuation(text).unfinished();
    let empty = || part("");
    let tiny: Vec<Frame> = std::iter::once(Frame::text("").unfinished())
        .chain((0..65_535).map(|_| empty()))
        .chain([Frame::continuation("x")])
        .collect();
    vec![
        good(
            "two fragments",
            &[Frame::text("Hel").unfinished(), Frame::continuation("lo")],
            Answer::accepted().text("Hello"),
        ),
        good(
            "empty fragments",
            &[Frame::text("").unfinished(), empty(), part("a"), empty(), Frame::continuation("")],
            Answer::accepted().text("a"),
        ),
        good(
            "an empty message in fragments",
            &[Frame::binary("").unfinished(), Frame::continuation("")],
            Answer::accepted().binary(""),
        ),
        good(
            "fragments of both kinds in turn",
            &[
                Frame::text("a").unfinished(),
                Frame::continuation("b"),
                Frame::binary("c").unfinished(),
                Frame::continuation("d"),
            ],
            Answer::accepted().text("ab").binary("cd"),
        ),
        good(
            "fragments of 30,000 bytes",
            &[Frame::binary(pattern(30_000)).unfinished(), Frame::continuation(pattern(30_000))],
            Answer::accepted().binary([pattern(30_000), pattern(30_000)].concat()),
        ),
        good("65,537 fragments", &tiny, Answer::accepted().text("x")),
    ]
}

fn pings() -> Vec<Case> {
    let long = pattern(125);
    vec![
        good("an empty ping", &[Frame::ping("")], Answer::accepted().pong("")),
        good("a ping of 125 bytes", &[Frame::ping(&long)], Answer::accepted().pong(&long)),
        good("binary in a ping", &[Frame::ping([0, 255, 0xc0])], Answer::accepted().pong([0, 255, 0xc0])),
        good("ten pings", &vec![Frame::ping("p"); 10], (0..10).fold(Answer::accepted(), |answer, _| answer.pong("p"))),
        good(
            "pings between fragments",
            &[
                Frame::text("a").unfinished(),
                Frame::ping("1"),
                Frame::continuation("b").unfinished(),
                Frame::ping("2"),
                Frame::continuation("c"),
            ],
            Answer::accepted().pong("1").pong("2").text("abc"),
        ),
        good(
            "pongs",
            &[Frame::pong(""), Frame::pong("x"), Frame::text("a"), Frame::pong(&long)],
            Answer::accepted().text("a"),
        ),
        good(
            "a pong between fragments",
            &[Frame::text("a").unfinished(), Frame::pong("p"), Frame::continuation("b")],
            Answer::accepted().text("ab"),
        ),
    ]
}

fn bursts() -> Vec<Case> {
    let count = 2000;
    let payloads: Vec<Vec<u8>> = (0..count).map(|at| pattern(at % 40)).collect();
    let frames: Vec<Frame> = payloads.iter().map(Frame::binary).collect();
    let expected = payloads.iter().fold(Answer::accepted(), Answer::binary);
    let large = vec![Frame::binary(pattern(65_536)); 20];
    let echoed = (0..20).fold(Answer::accepted(), |answer, _| answer.binary(pattern(65_536)));
    vec![good("2,000 messages at once", &frames, expected), good("20 large messages at once", &large, echoed)]
}

/// The client ends its stream without a Close: what is owed is still written.
fn broken_off() -> Vec<Case> {
    let cut = |name: &str, behind: &[u8], expected: Answer| {
        Case::new(format!("broken off: {name}"), &Request::new("/"), behind, expected).client_ends()
    };
    let whole = bytes(&[Frame::text("a"), Frame::ping("p")]);
    let frame = Frame::new(BINARY, pattern(300)).bytes();
    vec![
        cut("after a message", &whole, Answer::accepted().text("a").pong("p")),
        cut(
            "inside a message",
            &bytes(&[Frame::text("a"), Frame::new(TEXT, "b").unfinished()]),
            Answer::accepted().text("a"),
        ),
        cut("inside a payload", &frame[..100], Answer::accepted()).cut(Cuts::Bytes),
        cut("inside a mask", &frame[..6], Answer::accepted()),
        cut("inside a length", &frame[..3], Answer::accepted()),
        cut("inside a header", &frame[..1], Answer::accepted()),
        cut("inside a ping", &Frame::ping("abcdef").bytes()[..8], Answer::accepted()),
        cut("inside a Close", &Frame::close(1000, "").bytes()[..7], Answer::accepted()),
    ]
}
