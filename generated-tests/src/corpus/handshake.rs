//! Behaviour §1.1–1.3 for the spec `plain`: path `/`, a head of at most 1 KiB.

use super::{Case, Cuts, bye};
use crate::answer::Answer;
use crate::request::{KEY, Request};

const LIMIT: usize = 1024;
const MALFORMED: &str = "malformed request";
const HOST: &str = "one valid Host field required";
const BODY: &str = "request body not allowed";
const UPGRADE: &str = "websocket upgrade required";
const VERSION: &str = "websocket version 13 required";
const BAD_KEY: &str = "invalid Sec-WebSocket-Key";
const TOO_LARGE: &str = "request head too large";

pub fn cases() -> Vec<Case> {
    [
        request_lines(),
        field_lines(),
        versions(),
        hosts(),
        bodies(),
        targets(),
        upgrades(),
        keys(),
        sizes(),
        ends(),
        order(),
    ]
    .concat()
}

fn accept(name: &str, request: &Request) -> Case {
    let expected = Answer::accepted().close(1000, "");
    Case::new(format!("handshake: {name}"), request, &bye().bytes(), expected).cut(Cuts::Bytes)
}

fn refuse(name: &str, request: &Request, status: u16, text: &str) -> Case {
    // Bytes behind the head must not disturb the answer.
    Case::new(format!("handshake: {name}"), request, &bye().bytes(), Answer::refused(status, text)).cut(Cuts::Bytes)
}

fn get() -> Request {
    Request::new("/")
}

fn request_lines() -> Vec<Case> {
    let lines: [(&str, &[u8]); 22] = [
        ("two spaces before the target", b"GET  / HTTP/1.1"),
        ("two spaces before the version", b"GET /  HTTP/1.1"),
        ("a space at the end", b"GET / HTTP/1.1 "),
        ("a space in front", b" GET / HTTP/1.1"),
        ("tabs for spaces", b"GET\t/\tHTTP/1.1"),
        ("no version", b"GET /"),
        ("the method alone", b"GET"),
        ("no method", b"/ HTTP/1.1"),
        ("no target", b"GET HTTP/1.1"),
        ("an empty line", b""),
        ("@ in the method", b"G@T / HTTP/1.1"),
        ("a comma in the method", b"GET, / HTTP/1.1"),
        ("DEL in the target", b"GET /\x7f HTTP/1.1"),
        ("a byte above 0x7f in the target", b"GET /\xc3\xa9 HTTP/1.1"),
        ("NUL in the target", b"GET /\0 HTTP/1.1"),
        ("a bare CR in the target", b"GET /\r HTTP/1.1"),
        ("lower-case version", b"GET / http/1.1"),
        ("a version of one digit", b"GET / HTTP/1"),
        ("a version without its point", b"GET / HTTP/11"),
        ("a version of three digits", b"GET / HTTP/1.10"),
        ("letters in the version", b"GET / HTTP/1.x"),
        ("a bare LF after the line", b"GET / HTTP/1.1\nX-A: b"),
    ];
    let mut cases: Vec<Case> =
        lines.iter().map(|(name, line)| refuse(name, &get().line(line), 400, MALFORMED)).collect();
    cases.push(refuse("a bare CR after the line", &get().line("GET / HTTP/1.1\rX-A: b"), 400, MALFORMED));
    cases
}

fn field_lines() -> Vec<Case> {
    let bad: [(&str, &[u8]); 16] = [
        ("obs-fold with a space", b" folded"),
        ("obs-fold with a tab", b"\tfolded"),
        ("white space before the colon", b"X-A : b"),
        ("a tab before the colon", b"X-A\t: b"),
        ("an empty name", b": b"),
        ("no colon", b"X-A"),
        ("a space in the name", b"X A: b"),
        ("a parenthesis in the name", b"X(A): b"),
        ("a byte above 0x7f in the name", b"X-\xe9: b"),
        ("a quote in the name", b"\"X\": b"),
        ("NUL in the value", b"X-A: b\0c"),
        ("a bare CR in the value", b"X-A: b\rc"),
        ("a bare LF in the value", b"X-A: b\nX-B: c"),
        ("DEL in the value", b"X-A: b\x7fc"),
        ("a control character in the value", b"X-A: b\x01c"),
        ("a CR at the value's end", b"X-A: b\r"),
    ];
    let good: [(&str, &[u8]); 7] = [
        ("an empty value", b"X-A:"),
        ("a value of spaces", b"X-A:  \t "),
        ("no space behind the colon", b"X-A:b"),
        ("a tab inside the value", b"X-A: b\tc"),
        ("bytes above 0x7f in the value", b"X-A: \x80\xff\xc3\xa9"),
        ("colons in the value", b"X-A: b: c::"),
        ("every token character in the name", b"!#$%&'*+-.^_`|~09azAZ: b"),
    ];
    let bad = bad.iter().map(|(name, line)| refuse(name, &get().raw(line), 400, MALFORMED));
    let good = good.iter().map(|(name, line)| accept(name, &get().raw(line)));
    bad.chain(good).collect()
}

fn versions() -> Vec<Case> {
    let required = "HTTP/1.1 required";
    let preface = Request::new("/").line("PRI * HTTP/2.0");
    vec![
        refuse("HTTP/2.0", &get().line("GET / HTTP/2.0"), 505, required),
        refuse("HTTP/9.9", &get().line("GET / HTTP/9.9"), 505, required),
        refuse("the HTTP/2 preface as a line", &preface, 505, required),
        refuse("HTTP/1.0", &get().line("GET / HTTP/1.0"), 400, required),
        refuse("HTTP/0.9", &get().line("GET / HTTP/0.9"), 400, required),
        accept("HTTP/1.2", &get().line("GET / HTTP/1.2")),
        accept("HTTP/1.9", &get().line("GET / HTTP/1.9")),
        raw("the HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Answer::refused(505, required)),
    ]
}

fn hosts() -> Vec<Case> {
    let host = |value: &str| get().set("Host", value);
    vec![
        refuse("no Host", &get().without("Host"), 400, HOST),
        refuse("two Hosts", &get().add("Host", "localhost"), 400, HOST),
        refuse("two Hosts in other case", &get().add("hOST", "localhost"), 400, HOST),
        refuse("a space in Host", &host("local host"), 400, HOST),
        refuse("a slash in Host", &host("localhost/"), 400, HOST),
        refuse("@ in Host", &host("user@localhost"), 400, HOST),
        refuse("a quote in Host", &host("\"localhost\""), 400, HOST),
        refuse("a byte above 0x7f in Host", &host("löcalhost"), 400, HOST),
        accept("an empty Host", &host("")),
        accept("Host with IPv6 and port", &host("[::1]:8080")),
        accept("every character of a Host", &host("aZ09-._~!$&'()*+,;=:[]%")),
    ]
}

fn bodies() -> Vec<Case> {
    vec![
        refuse("Transfer-Encoding", &get().add("Transfer-Encoding", "chunked"), 400, BODY),
        refuse("an empty Transfer-Encoding", &get().add("Transfer-Encoding", ""), 400, BODY),
        refuse("Content-Length 5", &get().add("Content-Length", "5"), 400, BODY),
        refuse("Content-Length 00", &get().add("Content-Length", "00"), 400, BODY),
        refuse("Content-Length +0", &get().add("Content-Length", "+0"), 400, BODY),
        refuse("an empty Content-Length", &get().add("Content-Length", ""), 400, BODY),
        refuse("a list of Content-Lengths", &get().add("Content-Length", "0, 0"), 400, BODY),
        refuse("Content-Length 0, then 5", &get().add("Content-Length", "0").add("Content-Length", "5"), 400, BODY),
        accept("Content-Length 0", &get().add("content-length", "0")),
    ]
}

fn targets() -> Vec<Case> {
    let methods = ["POST", "HEAD", "get", "OPTIONS", "GETT", "CONNECT", "!#$%&'*+-.^_`|~"];
    let wrong = [
        "/other",
        "//",
        "/.",
        "/%2F",
        "/;",
        "/#",
        "*",
        "localhost:80",
        "ftp://localhost/",
        "http:/",
        "http:///x",
        "https://localhost/x",
        "ws://localhost/x?/",
        "index",
        "?",
    ];
    let right = [
        "/?",
        "/?a=b?c",
        "http://localhost/",
        "HTTP://localhost/",
        "https://localhost",
        "ws://localhost:80?x=/y",
        "wSs://[::1]:8/?q",
    ];
    let line = |method: &str, target: &str| get().line(format!("{method} {target} HTTP/1.1"));
    let methods = methods.map(|m| refuse(&format!("method {m}"), &line(m, "/"), 405, "only GET is allowed"));
    let wrong = wrong.map(|t| refuse(&format!("target {t}"), &line("GET", t), 404, "no such resource"));
    let right = right.map(|t| accept(&format!("target {t}"), &line("GET", t)));
    let unsettled = ["http://", "http://?", "http://localhost#x"];
    let unsettled = unsettled.map(|t| accept(&format!("target {t}"), &line("GET", t)).agreed().client_ends());
    methods.into_iter().chain(wrong).chain(right).chain(unsettled).collect()
}

fn upgrades() -> Vec<Case> {
    let upgrade = |value: &str| get().set("Upgrade", value);
    let connection = |value: &str| get().set("Connection", value);
    let version = |value: &str| get().set("Sec-WebSocket-Version", value);
    vec![
        refuse("no Upgrade", &get().without("Upgrade"), 426, UPGRADE),
        refuse("Upgrade: h2c", &upgrade("h2c"), 426, UPGRADE),
        refuse("Upgrade: websocket/13", &upgrade("websocket/13"), 426, UPGRADE),
        refuse("an empty Upgrade", &upgrade(""), 426, UPGRADE),
        refuse("no Connection", &get().without("Connection"), 426, UPGRADE),
        refuse("Connection: close", &connection("close"), 426, UPGRADE),
        refuse("Connection: upgrades", &connection("upgrades"), 426, UPGRADE),
        refuse("Connection: up grade", &connection("up grade"), 426, UPGRADE),
        accept("Upgrade: WebSocket", &upgrade("WebSocket")),
        accept("Upgrade in a list", &upgrade("h2c ,\twebsocket, x")),
        accept("Upgrade repeated", &upgrade("h2c").add("Upgrade", "websocket")),
        accept("Connection in a list", &connection("keep-alive, Upgrade")),
        accept("Connection with empty elements", &connection(",, UPGRADE ,")),
        accept("Connection repeated", &connection("keep-alive").add("connection", "upgrade")),
        refuse("no version", &get().without("Sec-WebSocket-Version"), 426, VERSION),
        refuse("version 8", &version("8"), 426, VERSION),
        refuse("version 013", &version("013"), 426, VERSION),
        refuse("an empty version", &version(""), 426, VERSION),
        refuse("version 13, 13", &version("13, 13"), 426, VERSION),
        refuse("version twice", &get().add("Sec-WebSocket-Version", "13"), 426, VERSION),
        accept("spaces around the version", &version(" \t13\t ")),
    ]
}

fn keys() -> Vec<Case> {
    let key = |value: &str| get().set("Sec-WebSocket-Key", value);
    vec![
        refuse("no key", &get().without("Sec-WebSocket-Key"), 400, BAD_KEY),
        refuse("two keys", &get().add("Sec-WebSocket-Key", KEY), 400, BAD_KEY),
        refuse("an empty key", &key(""), 400, BAD_KEY),
        refuse("a short key", &key("abc="), 400, BAD_KEY),
        refuse("a key of 15 bytes", &key("dGhlIHNhbXBsZSBub25j"), 400, BAD_KEY),
        refuse("a key of 17 bytes", &key("dGhlIHNhbXBsZSBub25jZQA="), 400, BAD_KEY),
        refuse("a key with one equals sign", &key("dGhlIHNhbXBsZSBub25jZQ="), 400, BAD_KEY),
        refuse("a key with three equals signs", &key("dGhlIHNhbXBsZSBub25jZQ==="), 400, BAD_KEY),
        refuse("a key in URL base64", &key("dGhlIHNhbXBsZSBub25j_Q=="), 400, BAD_KEY),
        refuse("a key with a space", &key("dGhlIHNhbXBs SBub25jZQ=="), 400, BAD_KEY),
        accept("a key with stray bits", &key("dGhlIHNhbXBsZSBub25jZR==")).agreed(),
        accept("names in any case", &get().without("Sec-WebSocket-Key").add("sec-websocket-KEY", KEY)),
        accept("an extension nobody knows", &get().offer("x-webkit-deflate-frame, foo; bar=1")),
        accept("compression where there is none", &get().offer("permessage-deflate")),
        accept("a subprotocol where there is none", &get().add("Sec-WebSocket-Protocol", "chat")),
        accept("an Origin where any is right", &get().add("Origin", "null")),
    ]
}

fn sizes() -> Vec<Case> {
    let endless = [&b"GET / HTTP/1.1\r\nX-A: "[..], &[b'x'; LIMIT]].concat();
    let broken = [&b"bad\x00line\r\n"[..], &[b'x'; LIMIT]].concat();
    vec![
        accept("a head of exactly the limit", &get().padded_to(LIMIT)),
        refuse("a head one byte past the limit", &get().padded_to(LIMIT + 1), 431, TOO_LARGE),
        refuse("a head three bytes past the limit", &get().padded_to(LIMIT + 3), 431, TOO_LARGE),
        refuse("a head far past the limit", &get().padded_to(5 * LIMIT), 431, TOO_LARGE),
        raw("an endless head", &endless, Answer::refused(431, TOO_LARGE)),
        raw("an endless head with a fault", &broken, Answer::refused(431, TOO_LARGE)),
        raw("exactly the limit without an end", &endless[..LIMIT], Answer::refused(431, TOO_LARGE)),
        raw("one byte below the limit", &endless[..LIMIT - 1], Answer::nothing()).client_ends(),
    ]
}

/// Line ends in places where a parser may stumble.
fn ends() -> Vec<Case> {
    let head = get().bytes();
    let with_line = |before: &[u8]| [before, &head, &bye().bytes()].concat();
    let accepted = || Answer::accepted().close(1000, "");
    let malformed = || Answer::refused(400, MALFORMED);
    let only_lf: Vec<u8> = head.iter().copied().filter(|byte| *byte != b'\r').collect();
    vec![
        raw("an empty line in front", &with_line(b"\r\n"), accepted()),
        raw("two empty lines in front", &with_line(b"\r\n\r\n"), malformed()),
        raw("a bare LF in front", &with_line(b"\n"), malformed()),
        raw("an empty line within the limit", &limited(LIMIT - 2), accepted()),
        raw("an empty line past the limit", &limited(LIMIT - 1), Answer::refused(431, TOO_LARGE)),
        raw("bare LF for every line end", &only_lf, Answer::nothing()).client_ends(),
        raw("nothing at all", b"", Answer::nothing()).client_ends(),
        raw("half a head", &head[..40], Answer::nothing()).client_ends(),
        raw("all but the last byte", &head[..head.len() - 1], Answer::nothing()).client_ends(),
        raw("a head and no frame", &head, Answer::accepted()).client_ends(),
        raw("binary noise", &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 13, 10, 13, 10], malformed()),
    ]
}

fn limited(size: usize) -> Vec<u8> {
    [b"\r\n".to_vec(), get().padded_to(size).bytes(), bye().bytes()].concat()
}

/// With everything wrong, mended from the first rule to the last.
fn order() -> Vec<Case> {
    let worst = Request::new("/")
        .without("Host")
        .without("Upgrade")
        .without("Sec-WebSocket-Version")
        .without("Sec-WebSocket-Key")
        .add("Content-Length", "7");
    let line = |request: &Request, line: &str| request.clone().line(line);
    let hosted = worst.clone().add("Host", "localhost");
    let bodiless = hosted.clone().without("Content-Length");
    let upgraded = bodiless.clone().add("Upgrade", "websocket");
    let versioned = upgraded.clone().add("Sec-WebSocket-Version", "13");
    let malformed = line(&worst, "POST /x HTTP/2.0").raw("X-A : b");
    vec![
        refuse("order: malformed first", &malformed, 400, MALFORMED),
        refuse("order: then HTTP/2", &line(&worst, "POST /x HTTP/2.0"), 505, "HTTP/1.1 required"),
        refuse("order: then HTTP/1.0", &line(&worst, "POST /x HTTP/1.0"), 400, "HTTP/1.1 required"),
        refuse("order: then Host", &line(&worst, "POST /x HTTP/1.1"), 400, HOST),
        refuse("order: then the body", &line(&hosted, "POST /x HTTP/1.1"), 400, BODY),
        refuse("order: then the method", &line(&bodiless, "POST /x HTTP/1.1"), 405, "only GET is allowed"),
        refuse("order: then the path", &line(&bodiless, "GET /x HTTP/1.1"), 404, "no such resource"),
        refuse("order: then the upgrade", &bodiless, 426, UPGRADE),
        refuse("order: then the version", &upgraded, 426, VERSION),
        refuse("order: then the key", &versioned, 400, BAD_KEY),
    ]
}

/// A stream that is no well-formed request.
fn raw(name: &str, stream: &[u8], expected: Answer) -> Case {
    let mut case = Case::new(format!("handshake: {name}"), &get(), b"", expected).cut(Cuts::Bytes);
    case.stream = stream.to_vec();
    case.behind_head = stream.len();
    case
}
