//! `specgen bench` with small servers in this process: good ones are counted to the message, broken ones end the run in time and with the
//! right words. Nothing here asserts how fast anything is.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod fixture;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fixture::{bytes, datagrams, head, server, upgrade};
use serde_json::Value;
use specgen_runtime::protocol::frame::{Header, Opcode};

const SHORT: [&str; 8] = ["--connections", "4", "--duration", "400ms", "--warm-up", "0s", "--timeout", "2s"];

fn specgen(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
    command.arg("bench").args(arguments);
    command
}

fn bench(url: &str, arguments: &[&str]) -> Output {
    let mut command = specgen(&[url, "--format", "json"]);
    // What a test says itself goes before what all of them say.
    let rest = SHORT.chunks(2).filter(|pair| !arguments.contains(&pair[0])).flatten();
    command.args(rest).args(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The figures of a server that has to be good.
fn good(url: &str, arguments: &[&str]) -> Value {
    let output = bench(url, arguments);
    let found = json(&output);
    assert_eq!(output.status.code(), Some(0), "{found:#}");
    let measured = found["servers"][0]["measured"].clone();
    assert_eq!((&found["status"], &measured["unanswered"]), (&"success".into(), &0.into()), "{found:#}");
    assert_eq!(measured["due"], measured["echoed"], "{measured:#}");
    measured
}

/// Kind and words of the first trouble with a server, told in time.
fn trouble(url: &str, arguments: &[&str]) -> (String, String) {
    let began = Instant::now();
    let output = bench(url, arguments);
    assert!(began.elapsed() < Duration::from_secs(20), "it has an end");
    let found = json(&output);
    assert_eq!((output.status.code(), &found["status"]), (Some(1), &"failure".into()), "{found:#}");
    let trouble = &found["servers"][0]["troubles"][0];
    let text = |key: &str| trouble[key].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("what"))
}

/// The trouble with a server that does so after its handshake. The first look is answered well.
fn after_the_first(serve: impl Fn(TcpStream) + Send + Sync + Copy + 'static) -> (String, String) {
    let address = server(move |mut stream, number| {
        upgrade(&mut stream, |_| "");
        if number == 0 { echo(stream) } else { serve(stream) }
    });
    trouble(&format!("ws://{address}/"), &[])
}

/// A client's next frame: first byte, and payload unmasked.
fn frame(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut start = [0; 2];
    stream.read_exact(&mut start).ok()?;
    let extended = match start[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mut length = [0; 8];
    stream.read_exact(&mut length[8 - extended..]).ok()?;
    let length = if extended == 0 { usize::from(start[1] & 0x7f) } else { u64::from_be_bytes(length) as usize };
    let mut key = [0; 4];
    stream.read_exact(&mut key).ok()?;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).ok()?;
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    Some((start[0], payload))
}

fn sent(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    [Header::new(fin, false, opcode, payload.len(), None).as_bytes(), payload].concat()
}

/// Answers every message with what `answer` makes of it, and a Close with a Close.
fn answering(mut stream: TcpStream, answer: impl Fn(u8, &[u8], usize) -> Vec<u8>) {
    let mut number = 0;
    while let Some((first, payload)) = frame(&mut stream) {
        let bytes = match first {
            0x88 => sent(true, Opcode::Close, &payload),
            0x8a => continue,
            _ => answer(first, &payload, number),
        };
        number += 1;
        if stream.write_all(&bytes).is_err() || first == 0x88 {
            return;
        }
    }
}

fn echo(stream: TcpStream) {
    answering(stream, |first, payload, _| {
        let opcode = Opcode::of(first).unwrap();
        sent(true, opcode, payload)
    });
}

fn websocket(mut stream: TcpStream, _: usize) {
    upgrade(&mut stream, |_| "");
    echo(stream);
}

#[test]
fn an_open_loop_sends_what_was_due() {
    let measured = good(&format!("ws://{}/", server(websocket)), &["--messages-per-second", "50"]);
    assert_eq!(measured["due"], 4 * 20, "four connections, 50 a second for 400 ms");
    let measured = good(&format!("tcp://{}", server(bytes)), &["--messages-per-second", "50", "--size", "5000"]);
    assert_eq!((&measured["due"], &measured["bytesReceived"]), (&80.into(), &400_000.into()));
    let echo = datagrams(|datagram, _| vec![datagram.to_vec()]);
    let measured = good(&format!("udp://{echo}"), &["--messages-per-second", "50"]);
    assert_eq!((&measured["due"], &measured["lost"]), (&80.into(), &0.into()));
}

#[test]
fn a_closed_loop_keeps_messages_under_way() {
    let url = format!("ws://{}/", server(websocket));
    for (in_flight, size) in [("1", "0"), ("16", "64"), ("3", "70000")] {
        let measured = good(&url, &["--in-flight", in_flight, "--size", size, "--threads", "2"]);
        let echoed = measured["echoed"].as_u64().unwrap();
        assert!(echoed > 4 * in_flight.parse::<u64>().unwrap(), "{measured:#}");
        assert_eq!(measured["sent"], echoed);
    }
}

#[test]
fn echoes_in_any_frames_are_echoes() {
    let address = server(|mut stream, _| {
        upgrade(&mut stream, |_| "");
        answering(stream, |first, payload, number| {
            let opcode = Opcode::of(first).unwrap();
            let (begin, end) = payload.split_at(number % payload.len());
            let parts = [
                sent(true, Opcode::Ping, b"still there?"),
                sent(false, opcode, begin),
                sent(true, Opcode::Pong, b""),
                sent(true, Opcode::Continuation, end),
            ];
            if number.is_multiple_of(3) { sent(true, opcode, payload) } else { parts.concat() }
        });
    });
    good(&format!("ws://{address}/"), &["--in-flight", "8", "--text"]);
}

#[test]
fn two_servers_take_turns() {
    let (first, second) = (server(websocket), format!("ws://{}/", server(websocket)));
    let output = bench(&format!("ws://{first}/"), &["--in-flight", "4", "--vs", &second, "--duration", "1s"]);
    let found = json(&output);
    assert_eq!(output.status.code(), Some(0), "{found:#}");
    let comparison = &found["comparison"];
    assert_eq!(comparison["pairs"], 63, "slices of 8 ms");
    let throughput = &comparison["throughput"];
    let figure = |key: &str| throughput[key].as_f64().unwrap();
    assert!(figure("low") <= figure("ratio") && figure("ratio") <= figure("high"), "{comparison:#}");
    if cfg!(target_os = "linux") {
        assert!(comparison["cpuPerMessage"]["ratio"].is_f64(), "both are in this process: {found:#}");
    }
    for server in 0..2 {
        let measured = &found["servers"][server]["measured"];
        assert_eq!((&measured["unanswered"], &measured["due"]), (&0.into(), &measured["echoed"]));
    }
}

#[test]
fn a_local_server_has_a_process() {
    let output = bench(&format!("ws://{}/", server(websocket)), &[]);
    let process = &json(&output)["servers"][0]["process"];
    if cfg!(target_os = "linux") {
        assert_eq!(process["seen"]["pids"], serde_json::json!([std::process::id()]), "{process:#}");
        assert!(process["seen"]["residentConnected"].as_u64() > Some(0) && process["seen"]["cpuUsPerMessage"].is_f64());
    } else {
        assert!(process["unseen"].is_string(), "{process:#}");
    }
}

#[test]
fn reports_are_written_in_every_format() {
    let url = format!("ws://{}/", server(websocket));
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("bench.html");
    let page_name = page.to_str().unwrap();
    let run = |format: &str| {
        let output = specgen(&[&url, "--format", format, "--report", page_name]).args(SHORT).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run("text");
    assert!(text.starts_with("4 connections, 100 messages a second on each, 64 bytes a message, 0.4 s, "), "{text}");
    assert!(text.contains("\n  messages      160 due, 160 sent, 160 came back\n"), "{text}");
    assert!(run("markdown").contains("\n| messages | 160 due, 160 sent, 160 came back |\n"));
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains(&format!("<h1>Load on {}</h1>", url.replace('/', "&#x2f;"))), "{html}");
    assert_eq!(html.matches("<figure>").count(), 3);
    assert!(!html.contains("<script") && !html.contains("NaN") && !html.contains("inf"));
}

#[test]
fn servers_that_do_not_come_up() {
    let silent = server(|stream, _| drop((std::thread::sleep(Duration::from_secs(30)), stream)));
    let (kind, what) = trouble(&format!("ws://{silent}/"), &[]);
    assert_eq!((kind.as_str(), what.contains("nothing came in time")), ("timed-out", true), "{what}");
    let garbage = server(|mut stream, _| drop(stream.write_all(b"SSH-2.0-OpenSSH\r\n")));
    assert_eq!(trouble(&format!("ws://{garbage}/"), &[]).0, "handshake");
    let slow = server(|mut stream, _| {
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n" {
            let _ = stream.write_all(&[*byte]);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    assert_eq!(trouble(&format!("ws://{slow}/"), &[]).0, "timed-out");
    let mute = server(|mut stream, _| drop(std::io::copy(&mut stream, &mut std::io::sink())));
    assert_eq!(trouble(&format!("tcp://{mute}"), &[]).0, "timed-out");
    assert_eq!(trouble(&format!("udp://{}", datagrams(|_, _| Vec::new())), &[]).0, "timed-out");
}

#[test]
fn connections_that_are_refused_later_are_counted() {
    let address = server(|mut stream, number| {
        if number < 3 {
            return websocket(stream, number);
        }
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    });
    let output = bench(&format!("ws://{address}/"), &[]);
    let found = json(&output);
    let server = &found["servers"][0];
    assert_eq!((output.status.code(), &server["connect"]["opened"]), (Some(1), &2.into()), "{found:#}");
    let what = "HTTP/1.1 503 Service Unavailable: no more connections are taken";
    assert_eq!(server["troubles"][0]["what"], what, "{found:#}");
    assert!(server["measured"].is_null(), "no load without all of its connections");
}

#[test]
fn servers_that_break_under_load() {
    let (kind, what) = after_the_first(|stream| drop((std::thread::sleep(Duration::from_secs(30)), stream)));
    assert_eq!((kind.as_str(), what.as_str()), ("timed-out", "no message came back for 2s"));
    let (kind, what) = after_the_first(drop);
    assert!(kind == "ended", "{kind}: {what}");
    let (kind, what) = after_the_first(|mut stream| drop((frame(&mut stream), stream.write_all(b"\xc1garbage"))));
    assert_eq!((kind.as_str(), what.contains("reserved bit")), ("protocol", true), "{what}");
    let (kind, what) = after_the_first(|mut stream| {
        frame(&mut stream);
        let _ = stream.write_all(b"\x82\x7f\0\0\0\x02\x54\x0b\xe4\0");
        std::thread::sleep(Duration::from_secs(5));
    });
    assert_eq!((kind.as_str(), what.contains("too big")), ("protocol", true), "ten gigabytes are announced: {what}");
    let (kind, what) = after_the_first(|mut stream| {
        frame(&mut stream);
        let _ = stream.write_all(&sent(true, Opcode::Close, b"\x03\xf3out of order"));
    });
    assert_eq!((kind.as_str(), what.as_str()), ("closed", "the server closed the connection with 1011 (out of order)"));
}

#[test]
fn what_is_no_echo_is_noticed() {
    let mismatch = |kind: String| assert_eq!(kind, "mismatch");
    let (kind, what) = after_the_first(|stream| answering(stream, |_, _, _| sent(true, Opcode::Binary, &[b'x'; 64])));
    mismatch(kind);
    assert_eq!(what, "what came back is not what was sent, but as long: 64 bytes");
    let (kind, what) = after_the_first(|stream| answering(stream, |_, _, _| sent(true, Opcode::Binary, b"short")));
    mismatch(kind);
    assert_eq!(what, "what came back is not what was sent: 5 bytes for 64");
    let (kind, what) = after_the_first(|stream| {
        answering(stream, |_, payload, _| sent(true, Opcode::Binary, payload).repeat(2));
    });
    mismatch(kind);
    assert!(what == "more messages came back than were sent" || what.contains("not what was sent"), "{what}");
    let broadcast = datagrams(|_, number| if number == 0 { vec![] } else { vec![b"hello, world".to_vec()] });
    mismatch(trouble(&format!("udp://{broadcast}"), &[]).0);
}

#[test]
fn datagrams_are_lost_and_repeated() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let flaky = datagrams(|datagram, _| {
        let copies = match SEEN.fetch_add(1, Ordering::Relaxed) % 4 {
            1 => 0,
            2 => 2,
            _ => 1,
        };
        vec![datagram.to_vec(); copies]
    });
    let output = bench(&format!("udp://{flaky}"), &["--messages-per-second", "50"]);
    let measured = &json(&output)["servers"][0]["measured"];
    assert_eq!((&measured["due"], &measured["lost"], &measured["repeated"]), (&80.into(), &20.into(), &20.into()));
    assert_eq!(output.status.code(), Some(0), "losing datagrams is what udp does");
}

#[test]
fn a_server_that_repeats_itself_is_named() {
    let address = server(|mut stream, number| {
        upgrade(&mut stream, |_| "");
        let times = if number == 0 { 1 } else { 2 };
        answering(stream, |first, payload, _| sent(true, Opcode::of(first).unwrap(), payload).repeat(times));
    });
    for arguments in [&["--size", "0"][..], &["--size", "0", "--in-flight", "1"]] {
        let (kind, what) = trouble(&format!("ws://{address}/"), arguments);
        assert_eq!((kind.as_str(), what.as_str()), ("mismatch", "more messages came back than were sent"));
    }
}

#[test]
fn a_flood_of_pings_is_no_echo() {
    let (kind, what) = after_the_first(|mut stream| {
        let pings = sent(true, Opcode::Ping, b"are you there?").repeat(1000);
        while stream.write_all(&pings).is_ok() {}
    });
    assert_eq!((kind.as_str(), what.as_str()), ("protocol", "the server sends and sends, but no echo"));
}

#[test]
fn a_server_that_trickles_is_given_up() {
    let (kind, what) = after_the_first(|mut stream| {
        let Some((_, payload)) = frame(&mut stream) else { return };
        for byte in sent(true, Opcode::Binary, &payload) {
            let _ = stream.write_all(&[byte]);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    assert_eq!((kind.as_str(), what.as_str()), ("timed-out", "no message came back for 2s"));
}

#[test]
fn a_load_that_nobody_can_make_has_an_end() {
    let began = Instant::now();
    let url = format!("ws://{}/", server(websocket));
    let output = bench(&url, &["--messages-per-second", "1000000", "--connections", "100", "--timeout", "1s"]);
    assert!(began.elapsed() < Duration::from_secs(20), "it has an end");
    let found = json(&output);
    let measured = &found["servers"][0]["measured"];
    assert!(measured["unanswered"].as_u64() > Some(0), "{measured:#}");
}

#[test]
fn flags_that_cannot_be_are_usage_errors() {
    for (flags, words) in [
        (&["--connections", "0"][..], "1 or more"),
        (&["--connections", "1000000000"], "which is enough for"),
        (&["--duration", "0s"], "is not 0"),
        (&["--duration", "9999h"], "at most 24h"),
        (&["--messages-per-second", "0"], "0.001 to 1000000"),
        (&["--messages-per-second", "NaN"], "0.001 to 1000000"),
        (&["--in-flight", "0"], "1..=65536"),
        (&["--in-flight", "4", "--messages-per-second", "10"], "cannot be used with"),
        (&["--threads", "0"], "1..=1024"),
    ] {
        let output = specgen(&["ws://127.0.0.1:9/"]).args(flags).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), message.contains(words)), (Some(2), true), "{flags:?}: {message}");
    }
    let small = specgen(&["udp://127.0.0.1:9", "--size", "4"]).output().unwrap();
    assert_eq!(small.status.code(), Some(2));
    let nowhere =
        specgen(&["ws://127.0.0.1:9/", "--report", "/nonexistent/x.html", "--format", "json"]).output().unwrap();
    assert_eq!((nowhere.status.code(), json(&nowhere)["status"].as_str()), (Some(3), Some("failure")));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_it_has() {
    static ECHOED: AtomicUsize = AtomicUsize::new(0);
    let address = server(|mut stream, _| {
        upgrade(&mut stream, |_| "");
        answering(stream, |first, payload, _| {
            ECHOED.fetch_add(1, Ordering::Relaxed);
            sent(true, Opcode::of(first).unwrap(), payload)
        });
    });
    let url = format!("ws://{address}/");
    let child = specgen(&[&url, "--format", "json", "--duration", "1h", "--warm-up", "0s", "--connections", "4"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while ECHOED.load(Ordering::Relaxed) < 100 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let found = json(&output);
    assert_eq!((output.status.code(), &found["interrupted"]), (Some(0), &true.into()), "{found:#}");
    assert!(found["servers"][0]["measured"]["echoed"].as_u64() > Some(0), "{found:#}");
}
