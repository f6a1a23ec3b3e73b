//! `specgen test` and servers that are broken in every way: it ends in time, with the right words.

#![allow(clippy::disallowed_methods, reason = "tests write specs")]

mod fixture;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Output};
use std::time::Duration;

use fixture::{bytes, datagrams, head, server, upgrade};
use serde_json::{Value, json};
use specgen_runtime::protocol::deflate::{Deflater, Deflaters, Effort};
use specgen_runtime::protocol::extension;
use specgen_runtime::protocol::frame::{Header, Opcode};

fn test(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
    let patience = if arguments.contains(&"--timeout") { &[][..] } else { &["--timeout", "1s"] };
    command.args(["test", "--format", "json"]).args(patience).args(arguments).output().unwrap()
}

/// Kind, words and advice of the trouble with a server.
fn trouble(url: &str, arguments: &[&str]) -> (String, String, String) {
    let output = test(&[&[url], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["status"], "failure");
    let text = |key: &str| result["trouble"][key].as_str().unwrap().to_owned();
    (text("kind"), text("what"), text("advice"))
}

/// The trouble with a server that is spoken to over WebSocket.
fn websocket(serve: impl Fn(TcpStream) + Send + Sync + Copy + 'static) -> (String, String, String) {
    trouble(&format!("ws://{}/", server(move |stream, _| serve(stream))), &[])
}

/// Reads until the peer is gone, so that what was sent is not reset away.
fn read_away(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let agreement = extension::accept(b"permessage-deflate; client_no_context_takeover").unwrap().unwrap();
    let mut deflaters = Deflaters::new(Effort { level: 6, memory_level: 8 });
    Deflater::for_client(&agreement).unwrap().deflate(text, &mut deflaters).to_vec()
}

fn hold() {
    std::thread::sleep(Duration::from_secs(20));
}

#[test]
fn nobody_is_there() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (kind, what, _) = trouble(&format!("ws://{address}/"), &[]);
    assert_eq!((kind.as_str(), what), ("refused", format!("connection refused: nothing listens on {address}")));
    let (kind, ..) = trouble("ws://no-such-host.invalid/", &["--timeout", "20s"]);
    assert_eq!(kind, "unresolved");
    let (kind, what, _) = trouble(&format!("udp://{address}"), &[]);
    assert_eq!(
        (kind.as_str(), what.as_str()),
        ("refused", format!("port unreachable: nothing is bound to {address}").as_str())
    );
}

#[test]
fn what_is_no_url_is_a_usage_error() {
    for (url, words) in [("localhost:80", "has no scheme"), ("http://h/", "ws://"), ("ws://h/#x", "fragment")] {
        let output = test(&[url]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("SG601") && message.contains(words), "{message}");
        let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&failure["operation"], &failure["target"]), (&json!("test"), &json!(url)), "{failure:#}");
        assert_eq!((&failure["status"], &failure["diagnostics"][0]["code"]), (&json!("failure"), &json!("SG601")));
        assert_eq!(failure["findings"][0], failure["diagnostics"][0]["message"]);
        assert_eq!(failure["recommendations"], failure["diagnostics"][0]["help"]);
    }
}

#[test]
fn a_broadcast_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("all.yaml");
    std::fs::write(&spec, "specgen: 1\nname: all\ntype: tcp\napp: broadcast\nlisten: {port: 0}\ntargets: [python]\n")
        .unwrap();
    let test = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
        command.args(["test", "--format", "json"]).arg(&spec).args(arguments);
        command.env("XDG_CACHE_HOME", folder.path()).output().unwrap()
    };
    let output = test(&[]);
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &failure["diagnostics"][0]["code"]), (Some(2), &json!("SG602")));
    let output = test(&["--messages", "0"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_spec_with_errors_is_a_failure_for_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("bad.yaml");
    std::fs::write(&spec, "specgen: 1\nname: echo\ntype: websocket\ntargets: [c]\ncolour: red\n").unwrap();
    let output = test(&[spec.to_str().unwrap()]);
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &failure["status"]), (Some(1), &json!("failure")));
    let lines: Vec<&Value> =
        failure["diagnostics"].as_array().unwrap().iter().map(|one| &one["labels"][0]["line"]).collect();
    assert_eq!(lines, [&json!(5)], "{failure:#}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.yaml:5:"), "people read it too");
}

#[test]
fn flags_that_cannot_be_are_usage_errors() {
    for flags in [
        &["--size", "2GiB"][..],
        &["--timeout", "5"],
        &["--timeout", "0s"],
        &["--header", "no colon"],
        &["--header", "Host: other"],
        &["--header", "Sec-WebSocket-Protocol: chat"],
        &["--subprotocol", "a\r\nCookie: b"],
        &["--messages", "1000001"],
        &["--timeout", "25h"],
        &["--header", "X: a\r\nY: b"],
        &["--framing", "words"],
        &["--insecure", "--ca", "x.pem"],
    ] {
        let output = test(&[&["ws://127.0.0.1:1/"], flags].concat());
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
    }
}

#[test]
fn garbage_and_silence_before_the_handshake() {
    let (kind, what, _) = websocket(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("handshake", "the answer is not HTTP: `SSH-2.0-OpenSSH_9.2\\r\\n`"));
    let (kind, what, _) = websocket(|_stream| hold());
    assert_eq!(
        (kind.as_str(), what.as_str()),
        ("timed-out", "waiting for the answer to the upgrade request: nothing came in time")
    );
    let (kind, what, _) = websocket(drop);
    assert_eq!(kind, "ended", "{what}");
    let (_, _, advice) = websocket(|mut stream| {
        let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x32");
        read_away(stream);
    });
    assert_eq!(advice, "this is a TLS alert: the server wants wss://");
}

#[test]
fn a_head_without_end_or_a_byte_at_a_time() {
    let (kind, what, _) = websocket(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n");
        while stream.write_all(b"X-Header: and one more\r\n").is_ok() {}
    });
    assert_eq!((kind.as_str(), what.as_str()), ("handshake", "the head of the answer has no end within 64 KiB"));
    let (kind, ..) = websocket(|mut stream| {
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    assert_eq!(kind, "timed-out");
}

#[test]
fn refusals_say_what_to_look_at() {
    let (kind, what, advice) = websocket(|mut stream| {
        head(&mut stream);
        let _ =
            stream.write_all(b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n");
        read_away(stream);
    });
    assert_eq!(
        (kind.as_str(), what.as_str()),
        ("handshake", "HTTP/1.1 426 Upgrade Required: another version is wanted")
    );
    assert_eq!(advice, "the server wants version 8, this client speaks 13");
    let (_, what, _) = websocket(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        );
        read_away(stream);
    });
    assert_eq!(what, "101, but Sec-WebSocket-Accept does not belong to the key that was sent");
}

#[test]
fn nothing_that_a_server_says_acts_on_a_terminal() {
    let (_, what, _) = websocket(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 302 \x1b]0;title\x07\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
        read_away(stream);
    });
    assert_eq!(what, "HTTP/1.1 302 \u{fffd}]0;title\u{fffd}: a redirection");
    let (_, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        let _ = stream.write_all(b"\x88\x06\x03\xf0\x1b[2J");
        read_away(stream);
    });
    assert_eq!(what, "the server closed the connection with 1008 (\u{fffd}[2J)");
}

#[test]
fn broken_frames_are_named() {
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        let _ = stream.write_all(b"\x82\x7f\x00\x00\x00\x02\x54\x0b\xe4\x00");
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("protocol", "the server broke the protocol: message too big (1009)"));
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        let _ = stream.write_all(b"\x81\x85\x00\x00\x00\x00Hello");
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("protocol", "the server broke the protocol: frame masked (1002)"));
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        let zeros = deflated(&vec![0; 4 << 20]);
        let header = Header::new(true, true, Opcode::Binary, zeros.len(), None);
        let _ = stream.write_all(&[header.as_bytes(), &zeros].concat());
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("protocol", "the server broke the protocol: message too big (1009)"));
}

#[test]
fn silence_and_resets_behind_the_handshake() {
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        hold();
    });
    assert_eq!((kind.as_str(), what.as_str()), ("timed-out", "nothing came back for the first message"));
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        let _ = stream.write_all(b"\x88\x02\x03\xf0");
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("closed", "the server closed the connection with 1008"));
    let (kind, what, _) = websocket(|mut stream| {
        upgrade(&mut stream, |_| "");
        let _ = stream.write_all(b"\x81\x05Hello");
        read_away(stream);
    });
    assert_eq!((kind.as_str(), what.as_str()), ("mismatch", "message 1 came back changed: they differ from byte 0 on"));
}

#[test]
fn streams_and_datagrams() {
    let output = test(&[&format!("tcp://{}", server(bytes)), "--size", "1MiB", "--messages", "3"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &result["metrics"]["messagesReceived"]), (Some(0), &Value::from(3)), "{result}");
    let cut = server(|mut stream, _| {
        let mut part = [0; 10];
        let _ = stream.read_exact(&mut part);
        let _ = stream.write_all(&part);
    });
    let (kind, what, _) = trouble(&format!("tcp://{cut}"), &["--framing", "lines"]);
    assert!(kind == "ended" && (what.contains("10 of 65 bytes") || what.contains("reset")), "{what}");

    let address = datagrams(|datagram, _| vec![datagram.to_vec()]);
    let output = test(&[&format!("udp://{address}"), "--messages", "5"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &result["metrics"]["messagesReceived"]), (Some(0), &Value::from(5)), "{result}");
    let deaf = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (kind, what, _) = trouble(&format!("udp://{}", deaf.local_addr().unwrap()), &[]);
    assert_eq!((kind.as_str(), what.as_str()), ("timed-out", "no datagram came back"));
}
