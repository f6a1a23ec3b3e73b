//! Origins, subprotocols, kinds of message, any path, text unchecked.

use super::{Case, Cuts, bye, bytes};
use crate::answer::Answer;
use crate::frame::{Frame, TEXT};
use crate::request::Request;

/// For the spec `policy`: `/chat`, two origins, `v2.chat` before `v1.chat`, one of them required, text only.
pub fn strict() -> Vec<Case> {
    [origins(), subprotocols(), kinds()].concat()
}

fn chat() -> Request {
    Request::new("/chat").add("Sec-WebSocket-Protocol", "v1.chat")
}

fn accept(name: &str, request: &Request, subprotocol: Option<&str>) -> Case {
    let expected = Answer::accepted_with(subprotocol, None).close(1000, "");
    Case::new(format!("policy: {name}"), request, &bye().bytes(), expected).cut(Cuts::Bytes)
}

fn refuse(name: &str, request: &Request, status: u16, text: &str) -> Case {
    Case::new(format!("policy: {name}"), request, &bye().bytes(), Answer::refused(status, text)).cut(Cuts::Bytes)
}

fn origins() -> Vec<Case> {
    let origin = |value: &str| chat().add("Origin", value);
    let not_allowed = "origin not allowed";
    let wrong = [
        "https://c.example",
        "https://A.example",
        "https://a.example/",
        "https://a.example:443",
        "null",
        "",
        "https://a.example, https://a.example",
    ];
    let mut cases = wrong.map(|value| refuse(&format!("origin {value:?}"), &origin(value), 403, not_allowed)).to_vec();
    cases.extend([
        accept("no origin", &chat(), Some("v1.chat")),
        accept("the first origin", &origin("https://a.example"), Some("v1.chat")),
        accept("the second origin", &origin(" https://b.example:8443\t"), Some("v1.chat")),
        refuse("an origin twice", &origin("https://a.example").add("Origin", "https://a.example"), 403, not_allowed),
        refuse(
            "the key before the origin",
            &origin("null").without("Sec-WebSocket-Key"),
            400,
            "invalid Sec-WebSocket-Key",
        ),
        refuse("the origin before the subprotocol", &Request::new("/chat").add("Origin", "null"), 403, not_allowed),
        refuse("the path before the origin", &origin("null").line("GET / HTTP/1.1"), 404, "no such resource"),
        accept("a query behind the path", &chat().line("GET /chat?a=/b HTTP/1.1"), Some("v1.chat")),
        refuse("a longer path", &chat().line("GET /chat/ HTTP/1.1"), 404, "no such resource"),
        refuse("the path in other case", &chat().line("GET /Chat HTTP/1.1"), 404, "no such resource"),
        refuse("the path percent-encoded", &chat().line("GET /%63hat HTTP/1.1"), 404, "no such resource"),
        accept("the path in absolute form", &chat().line("GET ws://x/chat?q HTTP/1.1"), Some("v1.chat")),
    ]);
    cases
}

fn subprotocols() -> Vec<Case> {
    let offer = |value: &str| Request::new("/chat").add("Sec-WebSocket-Protocol", value);
    let none = "no common subprotocol";
    vec![
        refuse("no subprotocol", &Request::new("/chat"), 400, none),
        refuse("an unknown subprotocol", &offer("v3.chat"), 400, none),
        refuse("a subprotocol in other case", &offer("V1.chat"), 400, none),
        refuse("an empty subprotocol", &offer(""), 400, none),
        refuse("a subprotocol in quotes", &offer("\"v1.chat\""), 400, none),
        refuse("subprotocols without a comma", &offer("v1.chat v2.chat"), 400, none),
        accept("the server's order", &offer("v1.chat, v2.chat"), Some("v2.chat")),
        accept("empty elements", &offer(",, v1.chat\t,"), Some("v1.chat")),
        accept("repeated fields", &offer("other").add("sec-websocket-protocol", "v1.chat"), Some("v1.chat")),
    ]
}

fn kinds() -> Vec<Case> {
    let case = |name: &str, frames: &[Frame], answer: Answer| {
        Case::new(format!("kinds: {name}"), &chat(), &bytes(frames), answer)
    };
    let accepted = || Answer::accepted_with(Some("v1.chat"), None);
    let only = "text messages only";
    vec![
        case("a text", &[Frame::text("a"), bye()], accepted().text("a").close(1000, "")),
        case("a binary", &[Frame::binary("a")], accepted().close(1003, only)),
        case("an unfinished binary", &[Frame::binary("a").unfinished()], accepted().close(1003, only)),
        case("a binary too long", &[Frame::binary("").length64(1 << 62)], accepted().close(1003, only)),
        case("a binary unmasked", &[Frame::binary("").unmasked()], accepted().close(1002, "frame not masked")),
        case("a binary after a text", &[Frame::text("a"), Frame::binary("b")], accepted().text("a").close(1003, only)),
    ]
}

/// For the spec `lenient`: any path, `beta` before `alpha`, no UTF-8 check, frames of at most 16 bytes.
pub fn lenient() -> Vec<Case> {
    let offer = |value: &str| Request::new("/").add("Sec-WebSocket-Protocol", value);
    let target = |target: &str| accept(&format!("any path: {target}"), &Request::new(target), None);
    let refused = |target: &str| refuse(&format!("any path: {target}"), &Request::new(target), 404, "no such resource");
    let bad = b"\xff\xc0\x80";
    let long: Vec<u8> = (0..40).map(|n| b'a' + n % 26).collect();
    let cut = Answer::accepted().fragment(TEXT, &long[..16]).fragment(0, &long[16..32]).frame(0, &long[32..]);
    let mut cases = ["/", "/a/b?c", "//", "/%zz", "http://x", "wss://x/y"].map(target).to_vec();
    cases.extend(["*", "x", "ftp://x/", "?a"].map(refused));
    cases.extend([
        accept("no subprotocol", &Request::new("/"), None),
        accept("an unknown subprotocol", &offer("gamma"), None),
        accept("the server's order", &offer("alpha, beta"), Some("beta")),
        accept("the only one", &offer("alpha"), Some("alpha")),
        Case::frames("lenient: bad UTF-8", &[Frame::text(bad), bye()], Answer::accepted().text(bad).close(1000, "")),
        Case::frames(
            "lenient: a reason in bad UTF-8",
            &[Frame::close(1000, bad)],
            Answer::accepted().close(1007, "invalid UTF-8"),
        ),
        Case::frames("lenient: a text of 40 bytes", &[Frame::text(&long), bye()], cut.clone().close(1000, "")),
        Case::frames(
            "lenient: pings are not cut",
            &[Frame::ping(&long), Frame::text(&long), bye()],
            Answer { items: [Answer::accepted().pong(&long).items, cut.items].concat(), ..Answer::accepted() }
                .close(1000, ""),
        ),
    ]);
    cases
}
