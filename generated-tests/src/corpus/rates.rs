//! Behaviour §2.1 for the spec `rates`: 4 messages and 1,000 bytes a second, binary only.
//!
//! Each stream goes out in one piece, so that no bucket refills by as much as one message meanwhile.

use super::{Case, Cuts, bye};
use crate::answer::Answer;
use crate::frame::Frame;

pub fn cases() -> Vec<Case> {
    let message = || Frame::binary("m");
    let echoes = |count: usize| (0..count).fold(Answer::accepted(), |answer, _| answer.binary("m"));
    let limited = |answer: Answer| answer.close(1008, "rate limit exceeded");
    let pings = vec![Frame::ping("p"); 20];
    let pongs = (0..20).fold(Answer::accepted(), |answer, _| answer.pong("p"));
    let fragments = [
        Frame::binary("a").unfinished(),
        Frame::continuation("b").unfinished(),
        Frame::continuation("c"),
        message(),
        message(),
        message(),
    ];
    vec![
        case("four messages", &[vec![message(); 4], vec![bye()]].concat(), echoes(4).close(1000, "")),
        case("five messages", &vec![message(); 5], limited(echoes(4))),
        case("many messages", &vec![message(); 100], limited(echoes(4))),
        case("pings are no messages", &[pings, vec![message(); 4], vec![bye()]].concat(), {
            let mut answer = pongs;
            answer.items.extend(echoes(4).items);
            answer.close(1000, "")
        }),
        case(
            "fragments are one message",
            &[&fragments[..], &[bye()]].concat(),
            Answer::accepted().binary("abc").binary("m").binary("m").binary("m").close(1000, ""),
        ),
        case("900 bytes", &[Frame::binary([1; 900]), bye()], Answer::accepted().binary([1; 900]).close(1000, "")),
        case("1,200 bytes", &[Frame::binary([1; 1200])], limited(Answer::accepted())),
        case("a header of 1,200 bytes", &[Frame::binary("").length16(1200)], limited(Answer::accepted())),
        case(
            "twice 600 bytes",
            &[Frame::binary([1; 600]), Frame::binary([2; 600])],
            limited(Answer::accepted().binary([1; 600])),
        ),
        case("pings have bytes", &vec![Frame::ping([1; 120]); 10], {
            let answer = (0..8).fold(Answer::accepted(), |answer, _| answer.pong([1; 120]));
            limited(answer)
        }),
        case(
            "fragments have bytes",
            &[Frame::binary([1; 600]).unfinished(), Frame::continuation([2; 600])],
            limited(Answer::accepted()),
        ),
        case("text to an app of binary", &[Frame::text("a")], Answer::accepted().close(1003, "binary messages only")),
    ]
}

fn case(name: &str, frames: &[Frame], expected: Answer) -> Case {
    Case::frames(format!("rates: {name}"), frames, expected).cut(Cuts::Whole)
}
