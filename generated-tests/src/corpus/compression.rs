//! Behaviour §2 and §3: compressed messages in both directions.

use super::deflate::{Deflater, deflated, noise};
use super::{Case, Cuts, bye, bytes};
use crate::answer::Answer;
use crate::frame::{BINARY, Frame, PING, TEXT};
use crate::request::Request;

const LIMIT: usize = 64 * 1024;
const INVALID: &str = "invalid compressed data";
const BIG: &str = "message too big";

/// For the spec `deflate`; messages below 16 bytes come back uncompressed.
pub fn with_takeover() -> Vec<Case> {
    let lab = Lab { offer: "permessage-deflate", answer: "permessage-deflate" };
    [
        lab.blocks(),
        lab.carried_over(),
        lab.echoes(),
        lab.faults(),
        lab.limits(),
        lab.fragments(),
        lab.headers(),
        window_of_8(),
    ]
    .concat()
}

/// For the spec `fresh`.
pub fn without_takeover() -> Vec<Case> {
    let answer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10";
    let lab = Lab { offer: "permessage-deflate", answer };
    [
        lab.blocks(),
        lab.not_carried_over(),
        lab.echoes(),
        lab.faults(),
        lab.limits(),
        lab.fragments(),
        uncompressed_fragments(),
    ]
    .concat()
}

struct Lab {
    offer: &'static str,
    answer: &'static str,
}

impl Lab {
    fn accepted(&self) -> Answer {
        Answer::accepted_with(None, Some(self.answer))
    }

    fn case(&self, name: impl Into<String>, frames: &[Frame], expected: Answer) -> Case {
        let name = format!("compression: {}", name.into());
        Case::new(name, &Request::new("/").offer(self.offer), &bytes(frames), expected)
    }

    /// Good frames, closed with 1000.
    fn good(&self, name: impl Into<String>, frames: &[Frame], expected: Answer) -> Case {
        self.case(name, &[frames, &[bye()]].concat(), expected.close(1000, ""))
    }

    fn bad(&self, name: impl Into<String>, frames: &[Frame], code: u16, reason: &str) -> Case {
        self.case(name, frames, self.accepted().close(code, reason))
    }

    /// Ways to write "Hello", most of them from RFC 7692 §7.2.3.
    fn blocks(&self) -> Vec<Case> {
        let ways: [(&str, &[u8]); 9] = [
            ("a fixed block", b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
            ("a stored block", b"\x00\x05\x00\xfa\xffHello\x00"),
            ("a final block", b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
            ("two blocks", b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
            ("two stored blocks", b"\x00\x02\x00\xfd\xffHe\x00\x03\x00\xfc\xffllo\x00"),
            ("a final stored block", b"\x01\x05\x00\xfa\xffHello\x00"),
            ("a final block, then another", b"\x01\x02\x00\xfd\xffHe\x00\x03\x00\xfc\xffllo\x00"),
            ("a final stored block that ends with the tail", b"\xf2\x48\xcd\xc9\xc9\x07\x04"),
            ("empty stored blocks around", b"\x00\x00\x00\xff\xff\x00\x05\x00\xfa\xffHello\x00\x00\x00\xff\xff\x00"),
        ];
        let mut cases = vec![];
        for (name, data) in ways {
            let frame = Frame::text(data).compressed();
            cases.push(self.good(name, &[frame.clone(), frame], self.accepted().text("Hello").text("Hello")));
        }
        for (name, data) in [
            ("an empty message", &b"\x00"[..]),
            ("an empty fixed block", b"\x02\x00"),
            ("an empty final block", b"\x03\x00\x00"),
        ] {
            cases.push(self.good(name, &[Frame::binary(data).compressed()], self.accepted().binary("")));
        }
        cases.push(
            self.good("no bytes at all", &[Frame::binary("").compressed()], self.accepted()).agreed().client_ends(),
        );
        cases
    }

    /// RFC 7692 §7.2.3.2: the second message refers to the first.
    fn carried_over(&self) -> Vec<Case> {
        let hello = || Frame::text(b"\xf2\x48\xcd\xc9\xc9\x07\x00").compressed();
        let again = || Frame::text(b"\xf2\x00\x11\x00\x00").compressed();
        let finals = Frame::text(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00").compressed();
        let mut deflater = Deflater::new(6);
        let lines: Vec<String> = (0..400).map(|n| format!("message number {n} of a long row {}", n * n)).collect();
        let frames: Vec<Frame> =
            lines.iter().map(|line| Frame::text(deflater.message(line.as_bytes())).compressed()).collect();
        let echoed = lines.iter().fold(self.accepted(), |answer, line| answer.compressed(TEXT, line));
        let hellos = |count: usize| (0..count).fold(self.accepted(), |answer, _| answer.text("Hello"));
        vec![
            self.good("a window carried over", &[hello(), again(), again()], hellos(3)),
            self.good(
                "a window carried over a plain message",
                &[hello(), Frame::text("-"), again()],
                self.accepted().text("Hello").text("-").text("Hello"),
            ),
            self.good("a window carried over a final block", &[finals, again()], hellos(2)),
            self.good("400 messages in one window", &frames, echoed),
            self.bad("a window that is not there", &[again()], 1007, INVALID),
        ]
    }

    fn not_carried_over(&self) -> Vec<Case> {
        let hello = || Frame::text(b"\xf2\x48\xcd\xc9\xc9\x07\x00").compressed();
        let again = Frame::text(b"\xf2\x00\x11\x00\x00").compressed();
        let refers = self.case(
            "a reference to the message before",
            &[hello(), again],
            self.accepted().text("Hello").close(1007, INVALID),
        );
        vec![refers]
    }

    fn echoes(&self) -> Vec<Case> {
        let text = "All work and no play makes Jack a dull boy. ".repeat(30);
        let long = noise(50_000);
        let both = [
            Frame::text(deflated(&text)).compressed(),
            Frame::text(&text),
            Frame::binary(deflated(&long)).compressed(),
        ];
        let expected = self.accepted().compressed(TEXT, &text).compressed(TEXT, &text).compressed(BINARY, &long);
        let row: Vec<Vec<u8>> = (0..60).map(|n| text.as_bytes()[..n * 20 + 16].to_vec()).collect();
        let frames: Vec<Frame> = row.iter().map(Frame::binary).collect();
        let echoed = row.iter().fold(self.accepted(), |answer, payload| answer.compressed(BINARY, payload));
        vec![
            self.good("echoes of both kinds", &both, expected),
            self.good("a row of growing messages", &frames, echoed),
            self.good(
                "below the threshold",
                &[Frame::text("fifteen bytes..")],
                self.accepted().text("fifteen bytes.."),
            ),
            self.good(
                "at the threshold",
                &[Frame::text("sixteen bytes...")],
                self.accepted().compressed(TEXT, "sixteen bytes..."),
            ),
            self.good(
                "stored by the client",
                &[Frame::binary(Deflater::new(0).message(&long)).compressed()],
                self.accepted().compressed(BINARY, &long),
            ),
        ]
    }

    fn faults(&self) -> Vec<Case> {
        let data: [(&str, &[u8]); 6] = [
            ("block type 3", b"\x07\x00"),
            ("a final block of type 3", b"\xff\xff"),
            ("a stored length that is not complemented", b"\x00\x05\x00\x00\x00Hello"),
            ("a distance too far back", b"\x03\x02\x00\x00"),
            ("fixed code 286", b"\x1b\x03\x00\x00"),
            ("too many length codes", b"\xfc\xff\x00\x00"),
        ];
        let settled =
            |name: &str| name.starts_with("block") || name.contains("type 3") || name.contains("complemented");
        let mut cases: Vec<Case> = data
            .iter()
            .map(|(name, data)| {
                let case = self.bad(*name, &[Frame::text(data).compressed()], 1007, INVALID);
                if settled(name) { case } else { case.agreed().client_ends() }
            })
            .collect();
        let unfinished: [(&str, &[u8]); 3] = [
            ("a stored block cut short", b"\x00\x05\x00\xfa\xffHel"),
            ("a stored header cut short", b"\x00\x05"),
            ("a fixed block cut short", b"\xf2\x48"),
        ];
        cases.extend(unfinished.map(|(name, data)| {
            let frames = [Frame::binary(data).compressed(), bye()];
            self.case(name, &frames, self.accepted()).agreed().client_ends()
        }));
        let stored = Frame::binary(b"\x00\x40\x00\xbf\xffHel").compressed();
        cases.push(self.bad("a stored block of 64 bytes with 7 of them", &[stored, bye()], 1007, INVALID));
        let utf8 = "invalid UTF-8";
        cases.push(self.bad("bad UTF-8 inside", &[Frame::text(deflated(b"abc\xff")).compressed()], 1007, utf8));
        let bad_then_broken = Frame::text(b"\x00\x01\x00\xfe\xff\xff\x06").compressed();
        cases.push(self.bad("bad UTF-8, then no DEFLATE", &[bad_then_broken], 1007, utf8).cut(Cuts::Bytes));
        cases.push(self.bad(
            "UTF-8 cut short inside",
            &[Frame::text(deflated(b"abc\xe2\x82")).compressed()],
            1007,
            utf8,
        ));
        cases
    }

    fn limits(&self) -> Vec<Case> {
        let zeros = |length: usize| Frame::binary(deflated(vec![0; length])).compressed();
        let padded = [&b"\x00\x00\x00\xff\xff".repeat(LIMIT / 5 + 1)[..], b"\x00"].concat();
        let whole = self.accepted().compressed(BINARY, vec![0; LIMIT]);
        vec![
            self.good("inflated to the limit", &[zeros(LIMIT)], whole),
            self.bad("inflated past the limit", &[zeros(LIMIT + 1)], 1009, BIG),
            self.bad("a bomb", &[zeros(4 << 20)], 1009, BIG),
            self.bad("compressed bytes past the limit", &[Frame::binary(padded).compressed()], 1009, BIG),
            self.bad(
                "a header past the limit",
                &[Frame::binary("").compressed().length64(LIMIT as u64 + 1)],
                1009,
                BIG,
            ),
        ]
    }

    /// One compressed message cut into two frames at every byte.
    fn fragments(&self) -> Vec<Case> {
        let text = "Fragments cut at any byte, é🎉 and all of it again: é🎉";
        let data = deflated(text);
        let expected = || self.accepted().pong("p").compressed(TEXT, text);
        let cut = |at: usize| {
            let first = Frame::text(&data[..at]).compressed().unfinished();
            let frames = [first, Frame::ping("p"), Frame::continuation(&data[at..])];
            self.good(format!("fragments cut at {at}"), &frames, expected()).cut(Cuts::Bytes)
        };
        let mut cases: Vec<Case> = (0..=data.len()).map(cut).collect();
        let mut single = vec![Frame::text("").compressed().unfinished()];
        single.extend(data.iter().map(|byte| Frame::continuation([*byte]).unfinished()));
        single.push(Frame::continuation(""));
        cases.push(self.good("single bytes in fragments", &single, self.accepted().compressed(TEXT, text)));
        let bad = [
            Frame::text(deflated(b"ok\xff, and more text behind it")).compressed().unfinished(),
            Frame::continuation(""),
        ];
        cases.push(self.bad("bad UTF-8 in a first fragment", &bad[..1], 1007, "invalid UTF-8"));
        cases
    }

    fn headers(&self) -> Vec<Case> {
        let reserved = "reserved bit set";
        let begun = Frame::text(b"\xf2\x48\xcd").compressed().unfinished();
        vec![
            self.bad(
                "RSV1 on a continuation",
                &[begun, Frame::continuation(b"\xc9\xc9\x07\x00").compressed()],
                1002,
                reserved,
            ),
            self.bad("RSV1 on a ping", &[Frame::new(PING, "").compressed()], 1002, reserved),
            self.bad("RSV1 on a Close", &[Frame::close(1000, "").compressed()], 1002, reserved),
            self.bad("RSV1 on a reserved control opcode", &[Frame::new(11, "").compressed()], 1002, reserved),
            self.bad("RSV1 on a reserved data opcode", &[Frame::new(3, "").compressed()], 1002, "reserved opcode"),
            self.bad("RSV1 and RSV2", &[Frame::text("").compressed().reserved(2)], 1002, reserved),
            Case::frames(
                "compression: not negotiated",
                &[Frame::text(deflated("a")).compressed()],
                Answer::accepted().close(1002, reserved),
            ),
            Case::frames(
                "compression: not negotiated, plain",
                &[Frame::text("x".repeat(100)), bye()],
                Answer::accepted().text("x".repeat(100)).close(1000, ""),
            ),
        ]
    }
}

/// zlib cannot deflate with a window of 8: everything goes out as it is.
fn window_of_8() -> Vec<Case> {
    let offered = "permessage-deflate; server_max_window_bits=8";
    let lab = Lab { offer: offered, answer: offered };
    let text = "x".repeat(1000);
    vec![lab.good(
        "a window of 8",
        &[Frame::text(deflated(&text)).compressed(), Frame::text(&text)],
        lab.accepted().text(&text).text(&text),
    )]
}

/// Without compression the fragments are exact.
fn uncompressed_fragments() -> Vec<Case> {
    let payload: Vec<u8> = (0..200).collect();
    let cut = Answer::accepted()
        .fragment(BINARY, &payload[..64])
        .fragment(0, &payload[64..128])
        .fragment(0, &payload[128..192]);
    vec![
        Case::frames(
            "fragments: 200 bytes",
            &[Frame::binary(&payload), bye()],
            cut.frame(0, &payload[192..]).close(1000, ""),
        ),
        Case::frames(
            "fragments: 64 bytes",
            &[Frame::binary(&payload[..64]), bye()],
            Answer::accepted().binary(&payload[..64]).close(1000, ""),
        ),
        Case::frames(
            "fragments: 65 bytes",
            &[Frame::binary(&payload[..65]), bye()],
            Answer::accepted().fragment(BINARY, &payload[..64]).frame(0, &payload[64..65]).close(1000, ""),
        ),
    ]
}
