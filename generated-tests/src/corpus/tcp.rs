//! Behaviour §6 for the specs `tcp-…`: echo servers with messages of at most 100 bytes.

use super::mutate::Random;
use super::{Case, Cuts};
use crate::answer::{Answer, End};
use crate::framing::Framing;
use crate::player::First;

/// `limits.message` of the specs.
const LIMIT: usize = 100;
const SEED: u64 = 0x5eed_0002;
const RANDOM_STREAMS: usize = 250;

/// The framing of a spec.
#[must_use]
pub fn framing(spec: &str) -> Option<Framing> {
    Some(match spec {
        "tcp-none" => Framing::None,
        "tcp-lines" => Framing::Lines,
        "tcp-delimiter" => Framing::Delimiter(b"\r\n\r"),
        "tcp-quotes" => Framing::Delimiter(b"\"\\\r\n"),
        "tcp-prefix1" => Framing::Prefix { bytes: 1, little: false },
        "tcp-prefix2" => Framing::Prefix { bytes: 2, little: true },
        "tcp-prefix4" => Framing::Prefix { bytes: 4, little: false },
        "tcp-prefix8" => Framing::Prefix { bytes: 8, little: true },
        _ => return None,
    })
}

pub fn cases(spec: &str) -> Vec<Case> {
    let Some(framing) = framing(spec) else { return vec![] };
    let mut cases = match framing {
        Framing::None => return bytes(),
        Framing::Lines => [common(framing), lines(), unfinished(framing, 2)].concat(),
        Framing::Delimiter(delimiter) => [common(framing), unfinished(framing, delimiter.len())].concat(),
        Framing::Prefix { bytes, .. } => [common(framing), prefixes(framing, bytes)].concat(),
    };
    if spec == "tcp-delimiter" {
        cases.extend(overlaps());
    }
    cases.extend(random(framing));
    cases
}

/// The client ends its stream behind `stream`; the server answers exactly so and ends its own.
fn case(name: impl Into<String>, stream: impl AsRef<[u8]>, answer: impl AsRef<[u8]>) -> Case {
    let stream = stream.as_ref().to_vec();
    let cuts = if stream.len() > 600 { Cuts::Few } else { Cuts::Thorough };
    let expected = Some(Answer { head: answer.as_ref().to_vec(), items: vec![], end: End::Eof });
    Case { name: name.into(), stream, behind_head: 0, expected, first: First::Client, cuts, any_1007: false }
}

/// The server gives up by itself; the client sends more and keeps its side open.
fn fails(name: &str, stream: impl AsRef<[u8]>, answer: impl AsRef<[u8]>) -> Vec<Case> {
    let garbage = [stream.as_ref(), b"\n\r\n\"\\\r\n\0\0\0\0\0\0\0\0\xff"].concat();
    vec![
        Case { first: First::Server, ..case(name, &stream, &answer) },
        Case { first: First::Server, ..case(format!("{name}, and garbage behind it"), &garbage, &answer) },
        case(format!("{name}, and the end of the stream"), stream, answer),
    ]
}

/// What holds for every framing that has messages.
fn common(framing: Framing) -> Vec<Case> {
    let all = |messages: &[&[u8]]| -> Vec<u8> { messages.iter().flat_map(|message| framing.framed(message)).collect() };
    let same = |name: &str, messages: &[&[u8]]| case(name, all(messages), all(messages));
    let limit = vec![b'x'; LIMIT];
    let over = vec![b'x'; LIMIT + 1];
    let many = (0..2000_u32).flat_map(|number| framing.framed(number.to_string())).collect::<Vec<u8>>();
    let half = framing.framed("an unfinished message");
    let half = &half[..half.len() - 1];
    let mut cases = vec![
        case("nothing", "", ""),
        same("one message", &[b"hello"]),
        same("three messages", &[b"one", b"two", b"three"]),
        same("an empty message", &[b""]),
        same("empty messages", &[b"", b"", b"a", b"", b""]),
        same("every byte but those of ends", &[&every_byte()[..90], &every_byte()[90..180], &every_byte()[180..]]),
        same("as long as may be", &[&limit]),
        same("as long as may be, twice", &[&limit, &limit]),
        case("many messages", &many, &many),
        case("an unfinished message", half, ""),
        case("an unfinished message behind one", [&all(&[b"one"]), half].concat(), all(&[b"one"])),
        case("one byte", &half[..1], ""),
    ];
    cases.extend(fails("too long", framing.framed(&over), ""));
    cases.extend(fails("too long behind others", [all(&[b"a", b"", b"b"]), framing.framed(&over)].concat(), {
        all(&[b"a", b"", b"b"])
    }));
    cases.extend(fails("much too long", framing.framed(&over).repeat(3000), ""));
    cases.extend(fails("others behind one that is too long", [framing.framed(&over), all(&[b"a"])].concat(), ""));
    cases
}

/// Without the bytes that a delimiter of these specs is made of.
fn every_byte() -> Vec<u8> {
    (0..=255).filter(|byte| !b"\r\n\"\\".contains(byte)).collect()
}

fn lines() -> Vec<Case> {
    let limit = "x".repeat(LIMIT);
    let mut cases = vec![
        case("CR LF", "a\r\nb\r\n", "a\nb\n"),
        case("CR alone", "a\rb\r\r\n", "a\rb\r\n"),
        case("CR LF alone", "\r\n\r\n\n", "\n\n\n"),
        case("LF CR", "a\n\rb\n", "a\n\rb\n"),
        case("as long as may be, with CR LF", format!("{limit}\r\n{limit}\r\n"), format!("{limit}\n{limit}\n")),
        case("as long as may be, with CR, unfinished", format!("{limit}\r"), ""),
        case("NUL", "a\0b\n\0\n", "a\0b\n\0\n"),
    ];
    cases.extend(fails("a CR too many", format!("{limit}\r\r\n"), ""));
    cases
}

/// A delimiter that begins as it ends is found from left to right.
fn overlaps() -> Vec<Case> {
    vec![
        case("two that overlap", "\r\n\r\n\r", "\r\n\r"),
        case("three that overlap", "\r\n\r\n\r\n\r", "\r\n\r\n\r\n\r"),
        case("a false start", "\r\r\n\ra\r\n\r\n", "\r\r\n\ra\r\n\r"),
        case("false starts", "\r\n\n\r\n\r\r\n\r\n\r", "\r\n\n\r\n\r\r\n\r"),
        case("all but the last byte", "a\r\n", ""),
    ]
}

/// An unfinished message fails as soon as no end can make it short enough.
fn unfinished(framing: Framing, terminator: usize) -> Vec<Case> {
    let stream = |size: usize| [framing.framed("a"), vec![b'x'; size]].concat();
    let answer = framing.framed("a");
    let mut cases =
        vec![case("an unfinished message that may still end in time", stream(LIMIT + terminator - 1), &answer)];
    cases.extend(fails("an unfinished message too long", stream(LIMIT + terminator), &answer));
    cases
}

/// A prefix that announces too much fails at once, without its payload.
fn prefixes(framing: Framing, bytes: usize) -> Vec<Case> {
    let largest = if bytes == 8 { u64::MAX } else { (1 << (8 * bytes)) - 1 };
    let mut numbers = vec![101, 127, 128, 255, 256, 0xffff, 0x1_0000, 1 << 31, 1 << 32, (1 << 32) + 1, 1 << 63];
    numbers.retain(|number| *number < largest);
    numbers.push(largest);
    let mut cases = vec![];
    for number in numbers {
        let stream = [framing.framed("a"), framing.prefix(number)].concat();
        cases.extend(fails(&format!("a prefix of {number}"), stream, framing.framed("a")));
    }
    cases.push(case("a prefix alone", framing.prefix(100), ""));
    cases.push(case(
        "a cut prefix",
        [framing.framed("a"), framing.prefix(1)[1..].to_vec()].concat(),
        framing.framed("a"),
    ));
    cases
}

/// Without messages every byte comes back.
fn bytes() -> Vec<Case> {
    let large: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let same = |name: &str, stream: &[u8]| case(name, stream, stream);
    vec![
        same("nothing", b""),
        same("one byte", b"\0"),
        same("every byte", &(0..=255).collect::<Vec<u8>>()),
        same("lines", b"a\r\nb\n\n"),
        same("1.2 MB", &large),
    ]
}

/// Streams of the bytes that matter, the same ones in every run.
fn random(framing: Framing) -> Vec<Case> {
    let mut random = Random::new(SEED);
    let alphabet: &[u8] = match framing {
        Framing::Prefix { .. } => &[0, 0, 0, 0, 1, 2, 3, b'a', 100, 101, 255],
        Framing::Delimiter(b"\r\n\r") => b"\r\r\r\n\n\na",
        Framing::Delimiter(_) => b"\"\"\\\\\r\r\n\na",
        _ => b"\r\r\n\nab",
    };
    let stream = |number: usize| -> Vec<u8> {
        let length = random.below(if number.is_multiple_of(10) { 1500 } else { 60 });
        (0..length).map(|_| alphabet[random.below(alphabet.len())]).collect()
    };
    let streams: Vec<Vec<u8>> = (0..RANDOM_STREAMS).map(stream).collect();
    let cuts = |number: usize| if number.is_multiple_of(4) { Cuts::Bytes } else { Cuts::Few };
    let named = |(number, stream): (usize, &Vec<u8>)| {
        case(format!("random {number}"), stream, framing.echo(stream, LIMIT)).cut(cuts(number))
    };
    streams.iter().enumerate().map(named).collect()
}

/// Behaviour §2.1 for the spec `tcp-rates`: 4 lines and 1,000 bytes a second. Each stream goes out in one piece, so that no bucket
/// refills by as much as one message meanwhile.
pub fn rates() -> Vec<Case> {
    let line = |size: usize| format!("{}\n", "x".repeat(size));
    let whole = |case: Case| case.cut(Cuts::Whole);
    let mut cases = vec![
        case("rates: four messages", "a\nb\nc\nd\n", "a\nb\nc\nd\n"),
        case("rates: 900 bytes", line(900), line(900)),
        case("rates: empty messages", "\n\n\n\n", "\n\n\n\n"),
        case("rates: what is unfinished is not counted", [line(900), "x".repeat(5000)].concat(), line(900)),
    ];
    cases.extend(fails("rates: five messages", "a\nb\nc\nd\ne\n", "a\nb\nc\nd\n"));
    cases.extend(fails("rates: many messages", "a\n".repeat(500), "a\na\na\na\n"));
    cases.extend(fails("rates: 1,200 bytes", line(1200), ""));
    cases.extend(fails("rates: twice 600 bytes", [line(600), line(600)].concat(), line(600)));
    cases.into_iter().map(whole).collect()
}
