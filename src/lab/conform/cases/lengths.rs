//! Group 21: how lengths and masks are written, and how long things may be.

use super::build::{
    LONG, PATIENCE, case, close, close_payload, continuation, ping, pong_event, script, send, text, text_event,
};
use crate::lab::conform::case::{Case, Ending, Event, Script, Step, Strictness};
use crate::lab::conform::frame::{BINARY, Cut, Frame, Length, PONG};
use crate::lab::conform::payload::Payload;
use crate::lab::conform::profile::Profile;

const MASK: &str = "RFC 6455 §5.1";
const LENGTH: &str = "RFC 6455 §5.2";
const LIMIT: &str = "RFC 6455 §10.4";
/// The largest limit that is tried out, in bytes.
const TRIED: usize = 4 << 20;

pub fn cases(profile: &Profile) -> Vec<Case> {
    let parts = [masks(), lengths(), limits(profile)];
    let rows = |(part, rows): (u16, Vec<Row>)| (1..).zip(rows).map(move |(number, row)| row.case(part, number));
    (1..).zip(parts).flat_map(rows).collect()
}

/// A title, the section, the script, and why it cannot be run.
struct Row(String, &'static str, Script, Option<&'static str>);

impl Row {
    fn case(self, part: u16, number: u16) -> Case {
        let Self(title, section, script, inapplicable) = self;
        Case { inapplicable: inapplicable.map(str::to_owned), ..case(&[21, part, number], title, section, script) }
    }
}

fn fails(steps: Vec<Step>, code: u16) -> Script {
    script(steps, vec![], Ending::by_server(code).strict(Strictness::Presence))
}

fn row(title: impl Into<String>, section: &'static str, frames: impl Into<Vec<Frame>>) -> Row {
    Row(title.into(), section, fails(vec![send(frames)], 1002), None)
}

/// As [`row`], for a Close, which may not be taken for one.
fn close_row(title: &str, section: &'static str, frame: Frame) -> Row {
    let ending = Ending::by_server(1002).strict(Strictness::Code);
    Row(title.to_owned(), section, script(vec![send([frame])], vec![], ending), None)
}

fn masks() -> Vec<Row> {
    let bytes = Payload::Repeated(b"\xfe", 70_000);
    vec![
        row("A text message without a mask", MASK, [text("Hello").unmasked()]),
        row("An empty text message without a mask", MASK, [text("").unmasked()]),
        row("A binary message of 70000 bytes without a mask", MASK, [Frame::new(BINARY, bytes).unmasked()]),
        row("A Ping without a mask", MASK, [ping("Hello").unmasked()]),
        row("A Pong without a mask", MASK, [Frame::new(PONG, "").unmasked()]),
        close_row("A Close without a mask", MASK, close(close_payload(1000, b"")).unmasked()),
        row(
            "A fragment with a mask, the next one without",
            MASK,
            [text("Hel").unfinished(), continuation("lo").unmasked()],
        ),
    ]
}

impl Row {
    /// RFC 6455 §5.2 says how a sender writes a length, and not what becomes of one that is written otherwise: it may be
    /// taken for what it says, and these events come.
    fn may(self, events: Vec<Event>) -> Self {
        Self(self.0, self.1, self.2.or(events).may(), self.3)
    }
}

fn lengths() -> Vec<Row> {
    let written = |length: usize, form: Length| {
        let bits = if form == Length::Bits16 { 16 } else { 64 };
        let payload = Payload::Repeated(b"*", length);
        let title = format!("A text message of {length} bytes with its length in {bits} bits");
        row(title, LENGTH, [text(payload.clone()).length(form)]).may(vec![text_event(payload)])
    };
    let short = [0, 1, 125].map(|length| written(length, Length::Bits16));
    let long = [0, 1, 125, 126, 65_535].map(|length| written(length, Length::Bits64));
    let announced =
        |title, length| row(title, LENGTH, [Frame::new(BINARY, "").length(Length::Announced(length))]).may(vec![]);
    let close = close(close_payload(1000, b"")).length(Length::Bits64);
    let rest = [
        row("A Ping with its length in 16 bits", LENGTH, [ping("Hello").length(Length::Bits16)])
            .may(vec![pong_event("Hello")]),
        close_row("A Close with its length in 64 bits", LENGTH, close).may(vec![]),
        announced("A length with its highest bit set", 1 << 63),
        announced("A length with all bits set", u64::MAX),
    ];
    short.into_iter().chain(long).chain(rest).collect()
}

/// `limits.message` is known from the spec alone.
fn limits(profile: &Profile) -> Vec<Row> {
    const UNKNOWN: &str = "limits.message is not known, or too large to be tried out";
    let limit = profile.message.filter(|limit| *limit <= TRIED);
    let (size, inapplicable) = (limit.unwrap_or(TRIED), limit.is_none().then_some(UNKNOWN));
    let over = |title: &str, steps| Row(title.to_owned(), LIMIT, fails(steps, 1009).limit(PATIENCE), inapplicable);
    let announced = Length::Announced(size as u64 + 1);
    let half = || Payload::Repeated(b"\xfe", size / 2 + 1);
    let halves = [Frame::new(BINARY, half()).unfinished(), continuation(half())];
    let largest = Payload::Repeated(b"\xfe", size);
    let fits = super::build::answered(
        vec![Step::Send(vec![Frame::new(BINARY, largest.clone())], Cut::Nowhere)],
        vec![super::build::binary_event(largest)],
    );
    let known = (!profile.is_known()).then_some(UNKNOWN);
    let endless = Frame::new(BINARY, "").length(Length::Announced(10_000_000_000));
    vec![
        Row("A message as long as limits.message".to_owned(), LIMIT, fits.limit(LONG), inapplicable),
        over(
            "The header of a message longer than limits.message",
            vec![send([Frame::new(BINARY, "").length(announced)])],
        ),
        over("Fragments that are longer than limits.message together", vec![send(halves)]),
        Row("The header of a message of 10 GB".to_owned(), LIMIT, fails(vec![send([endless])], 1009), known),
    ]
}
