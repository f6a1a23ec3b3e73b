//! Behaviour §2: every header that must fail the connection, as soon as its bytes are there.

use super::{Case, bytes};
use crate::answer::Answer;
use crate::frame::{BINARY, CLOSE, CONTINUATION, Frame, PING, PONG, TEXT};
use crate::request::Request;

const LIMIT: usize = 64 * 1024;

pub fn cases() -> Vec<Case> {
    [reserved_bits(), opcodes(), control(), sequence(), masks(), lengths(), sizes(), precedence(), owed()].concat()
}

fn fails(name: impl Into<String>, frames: &[Frame], code: u16, reason: &str) -> Case {
    Case::frames(format!("frames: {}", name.into()), frames, Answer::accepted().close(code, reason))
}

/// Only these bytes come, and then nothing: the server must not wait for more.
fn fails_at_once(name: &str, header: &[u8], code: u16, reason: &str) -> Case {
    let expected = Answer::accepted().close(code, reason);
    Case::new(format!("frames: {name}"), &Request::new("/"), header, expected)
}

fn reserved_bits() -> Vec<Case> {
    let mut cases = vec![];
    for bits in 1..8 {
        for (opcode, name) in [(TEXT, "text"), (BINARY, "binary"), (PING, "ping"), (PONG, "pong"), (CLOSE, "close")] {
            let frame = Frame::new(opcode, "").reserved(bits);
            cases.push(fails(format!("RSV {bits:03b} on {name}"), &[frame], 1002, "reserved bit set"));
        }
        let begun = Frame::text("a").unfinished();
        let frame = Frame::continuation("b").reserved(bits);
        cases.push(fails(format!("RSV {bits:03b} on a continuation"), &[begun, frame], 1002, "reserved bit set"));
    }
    cases
}

fn opcodes() -> Vec<Case> {
    let reserved = (3..8).chain(11..16);
    reserved
        .map(|opcode| fails(format!("opcode {opcode}"), &[Frame::new(opcode, "abc")], 1002, "reserved opcode"))
        .collect()
}

fn control() -> Vec<Case> {
    let mut cases = vec![];
    for (opcode, name) in [(PING, "ping"), (PONG, "pong"), (CLOSE, "close")] {
        let fragment = Frame::new(opcode, "").unfinished();
        cases.push(fails(format!("{name} without FIN"), &[fragment], 1002, "fragmented control frame"));
        let long = Frame::new(opcode, [0; 126]);
        cases.push(fails(format!("{name} of 126 bytes"), &[long], 1002, "control frame too long"));
        let header = [0x80 | opcode, 0xff];
        cases.push(fails_at_once(&format!("{name} with a 64-bit length"), &header, 1002, "control frame too long"));
    }
    cases
}

fn sequence() -> Vec<Case> {
    let begun = || Frame::text("a").unfinished();
    let unexpected = "unexpected continuation frame";
    let expected = "continuation frame expected";
    vec![
        fails("a continuation first", &[Frame::continuation("a")], 1002, unexpected),
        fails("an unfinished continuation first", &[Frame::continuation("a").unfinished()], 1002, unexpected),
        fails("an empty continuation first", &[Frame::continuation("")], 1002, unexpected),
        Case::frames(
            "frames: a continuation after a whole message",
            &[Frame::text("a"), Frame::continuation("b")],
            Answer::accepted().text("a").close(1002, unexpected),
        ),
        Case::frames(
            "frames: a continuation after a finished message",
            &[begun(), Frame::continuation("b"), Frame::continuation("c")],
            Answer::accepted().text("ab").close(1002, unexpected),
        ),
        fails("text inside a text", &[begun(), Frame::text("b")], 1002, expected),
        fails("binary inside a text", &[begun(), Frame::binary("b")], 1002, expected),
        fails("text inside a binary", &[Frame::binary("a").unfinished(), Frame::text("b")], 1002, expected),
        fails(
            "text inside an empty text",
            &[Frame::text("").unfinished(), Frame::text("").unfinished()],
            1002,
            expected,
        ),
        fails(
            "text after two fragments",
            &[begun(), Frame::continuation("b").unfinished(), Frame::text("c")],
            1002,
            expected,
        ),
    ]
}

fn masks() -> Vec<Case> {
    let unmasked = "frame not masked";
    let mut cases = vec![];
    for (opcode, name) in [(TEXT, "text"), (BINARY, "binary"), (PING, "ping"), (PONG, "pong"), (CLOSE, "close")] {
        cases.push(fails(format!("unmasked {name}"), &[Frame::new(opcode, "").unmasked()], 1002, unmasked));
    }
    let begun = Frame::text("a").unfinished();
    cases.push(fails("an unmasked continuation", &[begun, Frame::continuation("b").unmasked()], 1002, unmasked));
    cases.push(fails_at_once("two bytes of an unmasked frame", &[0x82, 0x7e], 1002, unmasked));
    cases
}

fn lengths() -> Vec<Case> {
    let minimal = "length not minimal";
    let mut cases = vec![];
    for length in [0, 1, 125] {
        let frame = Frame::binary(vec![1; usize::from(length)]).length16(length);
        cases.push(fails(format!("{length} in 16 bits"), &[frame], 1002, minimal));
    }
    for length in [0, 125, 126, 65535] {
        let frame = Frame::binary("").length64(length);
        cases.push(fails(format!("{length} in 64 bits"), &[frame], 1002, minimal));
    }
    for length in [1 << 63, u64::MAX, 1 << 63 | 5] {
        let frame = Frame::binary("").length64(length);
        cases.push(fails(format!("{length:x} in 64 bits"), &[frame], 1002, "length out of range"));
    }
    cases.push(fails_at_once("a 16-bit length without its key", &[0x82, 0xfe, 0, 125], 1002, minimal));
    cases.push(fails_at_once(
        "a 64-bit length without its key",
        &[0x82, 0xff, 0, 0, 0, 0, 0, 0, 255, 255],
        1002,
        minimal,
    ));
    cases
}

fn sizes() -> Vec<Case> {
    let big = "message too big";
    let past = LIMIT as u64 + 1;
    let half = || Frame::binary(vec![7; LIMIT / 2]).unfinished();
    let rest = |more: usize| Frame::continuation(vec![7; LIMIT / 2 + more]);
    let whole = Answer::accepted().binary(vec![7; LIMIT]).close(1000, "");
    vec![
        Case::frames(
            "frames: a message of the limit",
            &[Frame::binary(vec![7; LIMIT]), Frame::close(1000, "")],
            whole.clone(),
        ),
        Case::frames("frames: a message of the limit in two", &[half(), rest(0), Frame::close(1000, "")], whole),
        fails("a message past the limit", &[Frame::binary(vec![7; LIMIT + 1])], 1009, big),
        fails("two fragments past the limit", &[half(), rest(1)], 1009, big),
        fails("a header past the limit", &[Frame::text("").length64(past)], 1009, big),
        fails("a header far past the limit", &[Frame::text("").length64(1 << 62)], 1009, big),
        fails("the greatest length", &[Frame::text("").length64((1 << 63) - 1)], 1009, big),
        fails(
            "a sum that overflows",
            &[Frame::binary("ab").unfinished(), Frame::continuation("").length64((1 << 63) - 1)],
            1009,
            big,
        ),
        fails_at_once("a header past the limit without its key", &[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1], 1009, big),
    ]
}

/// Two faults in one header: the first of the table counts.
fn precedence() -> Vec<Case> {
    let at_once =
        |name: &str, header: &[u8], reason: &str| fails_at_once(&format!("order: {name}"), header, 1002, reason);
    let begun = Frame::text("a").unfinished();
    vec![
        at_once("everything wrong", &[0x7f, 0x7f], "reserved bit set"),
        at_once("opcode before FIN", &[0x0b, 0x7f], "reserved opcode"),
        at_once("FIN before length", &[0x09, 0x7f], "fragmented control frame"),
        at_once("length before mask", &[0x89, 0x7e], "control frame too long"),
        at_once("sequence before mask", &[0x80, 0x01], "unexpected continuation frame"),
        fails(
            "sequence before mask, inside",
            &[begun, Frame::text("b").unmasked()],
            1002,
            "continuation frame expected",
        ),
        at_once("mask before minimal length", &[0x82, 0x7e, 0, 1], "frame not masked"),
        at_once("mask before range", &[0x82, 0x7f, 255, 0, 0, 0, 0, 0, 0, 0], "frame not masked"),
    ]
}

/// What came before the fault is answered first; what comes after it is dropped.
fn owed() -> Vec<Case> {
    let before = [Frame::text("one"), Frame::ping("p"), Frame::binary([1, 2, 3])];
    let bad = Frame::new(3, "");
    let after = [Frame::text("later"), Frame::ping("later"), Frame::close(1000, "")];
    let expected = || Answer::accepted().text("one").pong("p").binary([1, 2, 3]).close(1002, "reserved opcode");
    let all = [&before[..], std::slice::from_ref(&bad), &after[..]].concat();
    let noise = [bytes(&before), bad.bytes(), vec![0xa5; 3000]].concat();
    vec![
        Case::frames("frames: owed answers, then the failure", &all, expected()),
        Case::new("frames: noise behind a failure", &Request::new("/"), &noise, expected()),
        fails(
            "a fault behind a fragment",
            &[Frame::new(TEXT, "a").unfinished(), Frame::ping("").reserved(1)],
            1002,
            "reserved bit set",
        ),
        fails(
            "an empty fragment, then a fault",
            &[Frame::binary("").unfinished(), Frame::new(CONTINUATION, "").reserved(2)],
            1002,
            "reserved bit set",
        ),
    ]
}
