//! Group 5: messages in fragments, and fragments of nothing.

use std::time::Duration;

use super::build::{
    HELLO, answered, case, continuation, ping, pong_event, refused, script, send, send_cut, text, text_event,
};
use crate::lab::conform::case::{Case, Ending, Script, Step};
use crate::lab::conform::frame::{Cut, Frame, PONG};

const SECTION: &str = "RFC 6455 §5.4";
const CONTROL: &str = "RFC 6455 §5.5";

const CUTS: [(&str, Cut); 3] =
    [("", Cut::Nowhere), (", a frame at a time", Cut::Frames), (", a byte at a time", Cut::Bytes(1))];

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(&[5, 1], "A Ping in two fragments", CONTROL, split_control(ping("one "))),
        case(&[5, 2], "A Pong in two fragments", CONTROL, split_control(Frame::new(PONG, "one "))),
    ];
    let mut three = |first: u16, title: &str, script: &dyn Fn(Cut) -> Script| {
        let numbered = (first..).zip(CUTS);
        cases.extend(
            numbered.map(|(number, (how, cut))| case(&[5, number], format!("{title}{how}"), SECTION, script(cut))),
        );
    };
    three(3, "A text message in two fragments", &two_fragments);
    three(6, "A text message in two fragments with a Ping between", &ping_between);
    three(9, "A last fragment of nothing, then a text message", &|cut| stray(continuation("of nothing"), cut));
    three(12, "A fragment of nothing, then a text message", &|cut| stray(continuation("of nothing").unfinished(), cut));
    cases.extend([
        case(
            &[5, 15],
            "A text message in two fragments, a fragment of nothing, a text message",
            SECTION,
            stray_behind(),
        ),
        case(
            &[5, 16],
            "Twice: a fragment of nothing, a text message in two fragments",
            SECTION,
            twice(continuation("one").unfinished()),
        ),
        case(
            &[5, 17],
            "Twice: a last fragment of nothing, a text message in two fragments",
            SECTION,
            twice(continuation("one")),
        ),
        case(&[5, 18], "A text message in two fragments, both with opcode 1", SECTION, no_continuation()),
        case(
            &[5, 19],
            "A text message in five fragments with two Pings between and a pause",
            SECTION,
            five(Cut::Nowhere),
        ),
        case(&[5, 20], "The same, a frame at a time", SECTION, five(Cut::Frames)),
    ]);
    cases
}

fn split_control(first: Frame) -> Script {
    refused(vec![send([first.unfinished(), continuation("two")])], 1002)
}

fn two_fragments(cut: Cut) -> Script {
    let frames = [text("one ").unfinished(), continuation("two")];
    answered(vec![send_cut(frames, cut)], vec![text_event("one two")]).overdue_close()
}

fn ping_between(cut: Cut) -> Script {
    let frames = [text("one ").unfinished(), ping("between"), continuation("two")];
    answered(vec![send_cut(frames, cut)], vec![pong_event("between"), text_event("one two")]).overdue_close()
}

fn stray(fragment: Frame, cut: Cut) -> Script {
    refused(vec![send_cut([fragment, text(HELLO)], cut)], 1002)
}

fn stray_behind() -> Script {
    let frames = [text("one ").unfinished(), continuation("two"), continuation("three").unfinished(), text("four")];
    script(vec![send(frames)], vec![text_event("one two")], Ending::by_server(1002)).or(vec![])
}

fn twice(stray: Frame) -> Script {
    let once = [stray, text("two ").unfinished(), continuation("three")];
    refused(vec![send([once.clone(), once].concat())], 1002)
}

fn no_continuation() -> Script {
    refused(vec![send([text("one ").unfinished(), text("two")])], 1002)
}

/// The first Ping has to be answered before the message is whole; the pause alone is no event here.
fn five(cut: Cut) -> Script {
    let first = [text("1").unfinished(), continuation("2").unfinished(), ping("first")];
    let second = [continuation("3").unfinished(), continuation("4").unfinished(), ping("second"), continuation("5")];
    let pause = Step::Pause(Duration::from_secs(1));
    let events =
        vec![pong_event("first"), crate::lab::conform::case::Event::Quiet, pong_event("second"), text_event("12345")];
    answered(vec![send_cut(first, cut), pause, send_cut(second, cut)], events).overdue_close()
}
