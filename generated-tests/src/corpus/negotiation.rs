//! Behaviour §1.5: what is answered to which offer.

use super::{Case, Cuts, bye};
use crate::answer::Answer;
use crate::request::Request;

/// For the spec `deflate`: takeover in both directions, windows of 15.
pub fn with_takeover() -> Vec<Case> {
    let mut cases = parameters();
    cases.extend(declined());
    cases.extend(lists());
    cases
}

/// For the spec `fresh`: no takeover, a server window of 10, a client window of 12.
pub fn without_takeover() -> Vec<Case> {
    let with = |more: &str| {
        let client = if more.is_empty() { String::new() } else { format!("; {more}") };
        format!(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10{client}"
        )
    };
    let server = |bits: u8| with("").replace("=10", &format!("={bits}"));
    vec![
        offer("permessage-deflate", Some(&with(""))),
        offer("permessage-deflate; client_max_window_bits", Some(&with("client_max_window_bits=12"))),
        offer("permessage-deflate; client_max_window_bits=15", Some(&with("client_max_window_bits=12"))),
        offer("permessage-deflate; client_max_window_bits=9", Some(&with("client_max_window_bits=9"))),
        offer("permessage-deflate; server_max_window_bits=15", Some(&with(""))),
        offer("permessage-deflate; server_max_window_bits=9", Some(&server(9))),
        offer("permessage-deflate; server_max_window_bits=8", Some(&server(8))),
        offer("permessage-deflate; server_no_context_takeover; client_no_context_takeover", Some(&with(""))),
        offer("permessage-deflate; server_max_window_bits=7", None),
        offer("permessage-bzip2", None),
    ]
}

fn offer(extensions: &str, answer: Option<&str>) -> Case {
    let request = Request::new("/").offer(extensions);
    accepted(&format!("negotiation: {extensions}"), &request, answer)
}

fn accepted(name: &str, request: &Request, answer: Option<&str>) -> Case {
    let expected = Answer::accepted_with(None, answer).close(1000, "");
    Case::new(name, request, &bye().bytes(), expected).cut(Cuts::Bytes)
}

/// One offer with these parameters gets an answer with those.
fn parameters() -> Vec<Case> {
    let pairs = [
        ("", ""),
        ("client_max_window_bits", ""),
        ("client_max_window_bits=15", ""),
        ("client_max_window_bits=10", "client_max_window_bits=10"),
        ("client_max_window_bits=8", "client_max_window_bits=8"),
        ("server_max_window_bits=15", "server_max_window_bits=15"),
        ("server_max_window_bits=14", "server_max_window_bits=14"),
        ("server_max_window_bits=8", "server_max_window_bits=8"),
        ("server_max_window_bits=\"12\"", "server_max_window_bits=12"),
        ("server_max_window_bits=\"1\\2\"", "server_max_window_bits=12"),
        ("client_max_window_bits=\"9\"", "client_max_window_bits=9"),
        ("server_no_context_takeover", "server_no_context_takeover"),
        ("client_no_context_takeover", "client_no_context_takeover"),
        (
            "client_max_window_bits=11; server_max_window_bits=9; client_no_context_takeover; server_no_context_takeover",
            "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=11",
        ),
    ];
    let text = |parameters: &str| match parameters {
        "" => "permessage-deflate".to_owned(),
        some => format!("permessage-deflate; {some}"),
    };
    let mut cases: Vec<Case> = pairs.iter().map(|(asked, got)| offer(&text(asked), Some(&text(got)))).collect();
    cases.push(offer(
        "permessage-deflate;client_max_window_bits=9\t ;\tserver_no_context_takeover",
        Some("permessage-deflate; server_no_context_takeover; client_max_window_bits=9"),
    ));
    cases
}

fn declined() -> Vec<Case> {
    let parameters = [
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=+9",
        "server_max_window_bits=1x",
        "server_max_window_bits=\"\"",
        "server_max_window_bits=\" 9\"",
        "server_max_window_bits=99999999999999999999",
        "server_max_window_bits=4294967305",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits=\"\"",
        "server_no_context_takeover=1",
        "server_no_context_takeover=\"\"",
        "client_no_context_takeover=true",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=9; server_max_window_bits=9",
        "client_max_window_bits; client_max_window_bits=9",
        "SERVER_NO_CONTEXT_TAKEOVER",
        "mystery",
        "mystery=1",
        // These do not parse.
        "",
        "=9",
        "server_max_window_bits=",
        "server_max_window_bits = 9",
        "server_max_window_bits= 9",
        "server_max_window_bits =9",
        "server_no_context_takeover client_no_context_takeover",
        "server_max_window_bits=\"9",
        "server_max_window_bits=\"9\"x",
        "server_max_window_bits=9=9",
        "server_no_context_takeover;",
        "server_no_context_takeover;; client_no_context_takeover",
    ];
    parameters.map(|parameter| offer(&format!("permessage-deflate; {parameter}"), None)).to_vec()
}

fn lists() -> Vec<Case> {
    let plain = Some("permessage-deflate");
    let fallback = "permessage-deflate; server_max_window_bits=7, permessage-deflate; mystery, permessage-deflate; server_max_window_bits=9";
    let nine = Some("permessage-deflate; server_max_window_bits=9");
    let repeated = Request::new("/").offer("permessage-deflate; mystery").offer("x-other, permessage-deflate");
    let across = Request::new("/").offer("other; a=\"x").offer("permessage-deflate");
    let closed_across = Request::new("/").offer("other; a=\"x").offer("y\", permessage-deflate");
    vec![
        offer("", None),
        offer(",", None),
        offer(", ,\t, permessage-deflate ,", plain),
        offer("Permessage-Deflate", None),
        offer("permessage-deflate-x", None),
        offer("x-webkit-deflate-frame, permessage-deflate", plain),
        offer("permessage-deflate, permessage-deflate; server_max_window_bits=9", plain),
        offer(fallback, nine),
        offer("other; a=\"x, permessage-deflate\", permessage-deflate; server_max_window_bits=9", nine),
        offer("other; a=\"x, permessage-deflate", None),
        offer(
            "other; a=\"x\\\", permessage-deflate; server_max_window_bits=10\", permessage-deflate; server_max_window_bits=9",
            nine,
        ),
        offer("other; a=b c, permessage-deflate", plain),
        offer("\"permessage-deflate\"", None),
        offer("@, permessage-deflate", plain),
        accepted("negotiation: repeated fields", &repeated, plain),
        accepted("negotiation: a quote open over two fields", &across, None),
        accepted("negotiation: a quote closed in the second field", &closed_across, plain),
    ]
}
