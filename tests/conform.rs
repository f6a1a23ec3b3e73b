//! `specgen conform` and servers that are broken in every way: it ends in time, within its memory, with the right words.

#![allow(clippy::disallowed_methods, reason = "tests read and write, and measure")]

mod fixture;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fixture::head;
use serde_json::Value;
use specgen_runtime::protocol::deflate::{Deflater, Deflaters, Effort};
use specgen_runtime::protocol::handshake::accept_value;
use specgen_runtime::protocol::{extension, mask};

/// Address space of the command, in KiB: what a server announces is not memory yet.
const MEMORY: u32 = 1 << 20;

/// The URL of a server that serves every connection so.
fn server(serve: impl Fn(TcpStream, usize) + Send + Sync + Copy + 'static) -> String {
    format!("ws://{}/", fixture::server(serve))
}

/// Runs the command within its memory, and demands that it ends in so many seconds.
fn conform(server: &str, arguments: &[&str], seconds: u64) -> Output {
    let start = Instant::now();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -v {MEMORY}; exec \"$@\"")).arg("sh");
    command.arg(env!("CARGO_BIN_EXE_specgen")).arg("conform").arg(server).args(arguments);
    let output = command.output().unwrap();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(seconds), "{took:?}: {}", String::from_utf8_lossy(&output.stdout));
    output
}

/// The one message about a server that cannot be judged.
fn trouble(server: &str) -> String {
    let output = conform(server, &[], 40);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.lines().count(), 2, "{message}");
    assert!(message.starts_with("error: ws://") && message.contains("\n  help: "), "{message}");
    message
}

/// Number, verdict and reasons of each case of a run that came to its end.
fn verdicts(server: &str, cases: &str, seconds: u64) -> Vec<(String, String, String)> {
    let output = conform(server, &["--cases", cases, "--format", "json"], seconds);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped"], Value::Null);
    let text = |result: &Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
    let results = report["results"].as_array().unwrap();
    results.iter().map(|result| (text(result, "id"), text(result, "verdict"), result["why"].to_string())).collect()
}

/// Demands that so many cases fail, all of them for that reason.
fn all_fail(server: &str, cases: &str, count: usize, reason: &str) {
    let found = verdicts(server, cases, 60);
    assert_eq!(found.len(), count, "{found:?}");
    for (id, verdict, why) in found {
        assert!(verdict == "FAILED" && why.contains(reason), "{id}: {verdict} {why}");
    }
}

/// Demands that these cases, and no others, have that verdict.
fn all_are(server: &str, cases: &[&str], verdict: &str) {
    let found = verdicts(server, &cases.join(","), 100);
    let ids: Vec<&str> = found.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, cases);
    assert!(found.iter().all(|(_, seen, _)| seen == verdict), "{found:?}");
}

/// Upgrades, compressed where that is asked for, and leaves the rest to the test.
fn upgrade(stream: &mut TcpStream) {
    fixture::upgrade(stream, |head| match head.contains("permessage-deflate") {
        true => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        false => "",
    });
}

/// Reads until the peer is gone, so that what was sent is not reset away.
fn read_away(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// Upgrades, and answers whatever comes with these bytes.
fn answer_with(mut stream: TcpStream, bytes: &[u8]) {
    upgrade(&mut stream);
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(bytes);
    read_away(stream);
}

#[test]
fn nobody_there_is_one_message() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let message = trouble(&format!("ws://{address}/"));
    assert!(message.contains(&format!("connection refused: nothing listens on {address}")), "{message}");
}

#[test]
fn what_is_no_websocket_server_is_one_message() {
    let garbage = server(|mut stream, _| {
        let _ = stream.write_all(b"\x00\x01\x02garbage\xff\xfe");
        read_away(stream);
    });
    assert!(trouble(&garbage).contains("the answer is not HTTP"));
    let endless = server(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n");
        while stream.write_all(&[b"X: ", &[b'y'; 4000][..], b"\r\n"].concat()).is_ok() {}
    });
    assert!(trouble(&endless).contains("has no end within 64 KiB"));
    let wrong = server(|mut stream, _| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        read_away(stream);
    });
    assert!(trouble(&wrong).contains("404 Not Found"));
    let reset = server(|stream, _| drop(stream));
    assert!(trouble(&reset).contains("the server"));
}

#[test]
fn a_server_that_never_answers_is_one_message() {
    let mute = server(|stream, _| read_away(stream));
    assert!(trouble(&mute).contains("nothing came in time"));
    let slow = server(|mut stream, _| {
        for byte in b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" {
            let _ = stream.write_all(&[*byte]);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    assert!(trouble(&slow).contains("nothing came in time"));
}

#[test]
fn a_server_that_accepts_and_is_silent_is_one_message() {
    let silent = server(|mut stream, _| {
        upgrade(&mut stream);
        read_away(stream);
    });
    assert!(trouble(&silent).contains("did not answer a text message within"));
}

#[test]
fn garbage_in_place_of_frames_fails_the_cases() {
    let garbage = server(|stream, _| answer_with(stream, &[0xff; 1000]));
    all_fail(&garbage, "1.1.*,2.1,6.1.1", 10, "the server broke the protocol");
    let text = server(|stream, _| answer_with(stream, b"\x81\x02\xc0\xaf\x88\x02\x03\xe8"));
    all_fail(&text, "1.1.1", 1, "not UTF-8");
}

#[test]
fn a_frame_of_10_gb_is_not_waited_for() {
    let huge = server(|mut stream, _| {
        upgrade(&mut stream);
        let _ = stream.write_all(b"\x82\x7f\x00\x00\x00\x02\x54\x0b\xe4\x00");
        while stream.write_all(&[0; 4096]).is_ok() {}
    });
    all_fail(&huge, "1.1.*,9.1.1,12.1.1", 10, "a frame announces 10000000000 bytes");
    let endless = server(|mut stream, _| {
        upgrade(&mut stream);
        let _ = stream.write_all(b"\x02\x7f\x00\x00\x00\x00\x00\x01\x00\x00");
        let fragment = [&b"\x00\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..], &[0; 65_536]].concat();
        let _ = stream.write_all(&[0; 65_536]);
        while stream.write_all(&fragment).is_ok() {}
    });
    all_fail(&endless, "1.1.*", 8, "longer than any that was sent");
}

#[test]
fn a_bomb_is_not_inflated() {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let agreement = extension::accept(b"permessage-deflate").unwrap().unwrap();
        let mut deflaters = Deflaters::new(Effort { level: 6, memory_level: 8 });
        let zeros = vec![0; 8 << 20];
        let deflated = Deflater::for_client(&agreement).unwrap().deflate(&zeros, &mut deflaters).to_vec();
        let length = (deflated.len() as u64).to_be_bytes();
        [&b"\xc2\x7f"[..], &length, &deflated].concat()
    });
    let bomb = server(|stream, _| answer_with(stream, BOMB.get().unwrap()));
    all_fail(&bomb, "12.1.1", 1, "inflates to more than any that was sent");
}

#[test]
fn one_byte_a_second_ends_each_case_in_time() {
    let slow = server(|mut stream, number| {
        upgrade(&mut stream);
        if number == 0 {
            return answer_back(&mut stream);
        }
        for byte in b"\x81\x05Hello".iter().cycle() {
            std::thread::sleep(Duration::from_secs(1));
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
        }
    });
    all_fail(&slow, "1.1.*,2.1,6.1.1,7.1.1", 11, "");
}

/// Answers as an echo server does, once.
fn answer_back(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"\x81\x05Hello");
    let _ = stream.read(&mut [0; 4096]);
}

/// A server that echoes one message, and then closes.
fn echo() -> String {
    server(|mut stream, _| {
        upgrade(&mut stream);
        answer_back(&mut stream);
        let _ = stream.write_all(b"\x88\x02\x03\xe8");
    })
}

#[test]
fn a_refusal_that_keeps_the_connection_is_not_waited_for() {
    let keeping = server(|mut stream, number| {
        if number == 0 {
            upgrade(&mut stream);
            return answer_back(&mut stream);
        }
        head(&mut stream);
        let _ = stream.write_all(
            b"HTTP/1.1 426 No\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        let _ = stream.write_all(b"2\r\nno\r\n0\r\n\r\n");
        read_away(stream);
    });
    let (_, verdict, why) = verdicts(&keeping, "20.3.1", 6).remove(0);
    assert_eq!(
        (verdict.as_str(), why.as_str()),
        ("NON-STRICT", r#"["`Connection: close` is missing","the connection stayed open"]"#)
    );
}

#[test]
fn a_server_that_goes_away_stops_the_run() {
    static SERVED: AtomicUsize = AtomicUsize::new(0);
    let gone = server(|mut stream, number| {
        SERVED.fetch_max(number, Ordering::Relaxed);
        upgrade(&mut stream);
        if number < 10 { answer_back(&mut stream) } else { read_away(stream) }
    });
    let output = conform(&gone, &["--cases", "1.*,2.*,5.*,6.*"], 100);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("stopped: the server answers no more, about since case "), "{text}");
    assert!(SERVED.load(Ordering::Relaxed) < 80, "{text}");
}

#[test]
fn command_lines_that_make_no_sense() {
    let code = |arguments: &[&str]| conform(arguments[0], &arguments[1..], 20).status.code();
    assert_eq!(code(&["tcp://127.0.0.1:1"]), Some(2));
    assert_eq!(code(&["nonsense://x"]), Some(2));
    assert_eq!(code(&["ws://127.0.0.1:1", "--cases", "99.*"]), Some(2));
    assert_eq!(code(&["ws://127.0.0.1:1", "--cases", "six"]), Some(2));
    assert_eq!(code(&["ws://127.0.0.1:1", "--cases", "+6.1"]), Some(2));
    assert_eq!(code(&["ws://127.0.0.1:1", "--cases", "6.*", "--without", "6.*"]), Some(2));
    assert_eq!(code(&["ws://127.0.0.1:1", "--autobahn", "--wstest", "/not/there"]), Some(3));
}

#[test]
fn patterns_that_take_no_case_are_named() {
    let error = |arguments: &[&str]| {
        let output = conform("ws://127.0.0.1:1", arguments, 20);
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let none = error(&["--cases", "1.*,6.4,7.*"]);
    assert!(none.starts_with("error: `6.4`: no case is called so; "), "{none}");
    let without = error(&["--without", "8.*"]);
    assert!(without.starts_with("error: `8.*`: no case is called so; "), "{without}");
}

#[test]
fn reasons_of_skipped_cases_are_told_once_each() {
    let echo = echo();
    let output = conform(&echo, &["--cases", "20.4.*,20.2.4"], 40);
    let text = String::from_utf8(output.stdout).unwrap();
    let told = "\nSKIPPED:\n  it depends on the server's spec, which is not known: 20.4.1, 20.4.2, 20.4.3, 20.4.4, 20.4.5, 20.4.6 \
                and 4 more\n  it is not known which subprotocols the server takes: 20.2.4\n\nws://";
    assert!(text.contains(told), "{text}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_run_that_stopped_is_an_error_for_ci() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.xml");
    let junit = ["--cases", "1.*,2.*,5.*,6.1.*", "--junit", file.to_str().unwrap()];
    let read = || fs::read_to_string(&file).unwrap();
    let gone = server(|mut stream, number| {
        upgrade(&mut stream);
        if number == 0 { answer_back(&mut stream) } else { read_away(stream) }
    });
    assert_eq!(conform(&gone, &junit, 100).status.code(), Some(1));
    let xml = read();
    assert!(
        xml.contains("<testsuite name=\"the run\" tests=\"1\" skipped=\"0\" errors=\"1\" failures=\"0\">"),
        "{xml}"
    );
    assert!(xml.contains("<error message=\"the server answers no more, about since case "), "{xml}");
    assert_eq!(conform("ws://127.0.0.1:1", &junit, 40).status.code(), Some(1));
    let xml = read();
    assert!(
        xml.contains("tests=\"1\" skipped=\"0\" failures=\"0\" errors=\"1\"") && xml.contains("connection refused"),
        "{xml}"
    );
}

/// A program in place of the Autobahn suite's.
#[cfg(unix)]
#[test]
fn what_was_found_out_is_told_even_if_the_autobahn_suite_fails() {
    use std::os::unix::fs::PermissionsExt as _;
    let echo = echo();
    let folder = tempfile::tempdir().unwrap();
    let (wstest, html) = (folder.path().join("wstest"), folder.path().join("report.html"));
    fs::write(&wstest, "#!/bin/sh\necho 'ImportError: no twisted' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&wstest, fs::Permissions::from_mode(0o755)).unwrap();
    let (program, page) = (wstest.to_str().unwrap(), html.to_str().unwrap());
    let output = conform(&echo, &["--cases", "7.3.1", "--autobahn", "--wstest", program, "--report", page], 40);
    let (text, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert_eq!(error, format!("error: {program}: it ended with exit status: 1: ImportError: no twisted\n"));
    assert!(text.contains("  7  Closing") && fs::read_to_string(html).unwrap().contains("7.3.1"), "{text}");
}

#[test]
fn a_beginning_of_the_echoes_before_the_close_is_not_strict() {
    let hasty = server(|mut stream, number| {
        upgrade(&mut stream);
        if number == 0 {
            return answer_back(&mut stream);
        }
        for _ in 0..3 {
            let Some((first, payload)) = frame(&mut stream) else { return };
            write_frame(&mut stream, first, &payload);
        }
        write_frame(&mut stream, 0x88, &[0x03, 0xe8]);
        // What is left unread would reset the connection.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        read_away(stream);
    });
    all_are(&hasty, &["23.4.2"], "NON-STRICT");
}

/// A server that takes any length, and any Close.
#[test]
fn lengths_that_are_not_minimal_may_be_taken() {
    let lenient = server(|mut stream, _| {
        upgrade(&mut stream);
        while let Some((first, payload)) = frame(&mut stream) {
            write_frame(&mut stream, if first == 0x89 { 0x8a } else { first }, &payload);
            if first == 0x88 {
                return;
            }
        }
    });
    all_are(&lenient, &["21.2.1", "21.2.2", "21.2.3", "21.2.4", "21.2.8", "21.2.9", "21.2.10"], "NON-STRICT");
    let waiting = server(|mut stream, number| {
        upgrade(&mut stream);
        if number == 0 {
            return answer_back(&mut stream);
        }
        read_away(stream);
    });
    all_are(&waiting, &["21.2.11", "21.2.12"], "NON-STRICT");
    // What was not sent may not come back.
    let inventive = server(|stream, _| answer_with(stream, b"\x81\x05Hello"));
    all_are(&inventive, &["21.2.1", "21.2.11"], "FAILED");
}

#[test]
fn reports_are_written() {
    let echo = echo();
    let folder = tempfile::tempdir().unwrap();
    let (html, junit) = (folder.path().join("report.html"), folder.path().join("report.xml"));
    let arguments = ["--cases", "1.1.1,7.3.1", "--report", html.to_str().unwrap(), "--junit", junit.to_str().unwrap()];
    let output = conform(&echo, &arguments, 40);
    assert_eq!(output.status.code(), Some(1));
    let page = fs::read_to_string(html).unwrap();
    assert_eq!(page.matches("<details").count(), 2, "{page}");
    assert!(page.contains("“Hello”") && !page.contains("<script"), "{page}");
    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("<testsuites name=\"specgen conform ws://") && xml.contains("tests=\"2\""), "{xml}");
    assert!(xml.contains("<failure message="), "{xml}");
    let unwritable = ["--cases", "1.1.1", "--report", "/not/there/report.html"];
    assert_eq!(conform(&echo, &unwritable, 40).status.code(), Some(3));
}

/// A server that sends these bytes over and over, and reads nothing.
macro_rules! flood {
    ($bytes:expr) => {
        server(|mut stream, number| {
            upgrade(&mut stream);
            if number == 0 {
                return answer_back(&mut stream);
            }
            let once = $bytes;
            let many = once.repeat(1 + (128 << 10) / once.len());
            while stream.write_all(&many).is_ok() {}
        })
    };
}

#[test]
fn floods_end() {
    let far_more = "it sends far more than what was sent to it";
    // Nobody reads the Pongs: they cannot be written.
    let pings = flood!([&b"\x89\x7d"[..], &[b'p'; 125]].concat());
    all_fail(&pings, "1.1.1,1.1.7,9.7.1,9.1.6,12.1.1,24.1.1", 6, far_more);
    let empty = flood!(b"\x82\x00");
    all_fail(&empty, "1.1.1,2.1,9.1.6,12.1.1", 4, far_more);
    let allowed = flood!([&b"\x82\x7f\x00\x00\x00\x00\x00\x0f\xff\xff"[..], &[0; 0xf_ffff]].concat());
    all_fail(&allowed, "1.1.1,2.1,9.1.1", 3, far_more);
}

/// The header, and the payload without its mask, of the next frame.
fn frame(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut first = [0; 2];
    stream.read_exact(&mut first).ok()?;
    let mut length = vec![0; [0, 2, 8][usize::from((first[1] & 0x7f).saturating_sub(125))]];
    stream.read_exact(&mut length).ok()?;
    let long = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let mut payload = vec![0; if length.is_empty() { usize::from(first[1] & 0x7f) } else { long }];
    let mut key = [0; 4];
    stream.read_exact(&mut key).ok()?;
    stream.read_exact(&mut payload).ok()?;
    mask::apply(&mut payload, key, 0);
    Some((first[0], payload))
}

fn write_frame(stream: &mut TcpStream, first: u8, payload: &[u8]) {
    let length = payload.len();
    let header = match length {
        0..=125 => vec![first, length as u8],
        126..=0xffff => [&[first, 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, 127][..], &(length as u64).to_be_bytes()].concat(),
    };
    let _ = stream.write_all(&[&header, payload].concat());
}

#[test]
fn a_pong_stands_between_frames() {
    let moment = || std::thread::sleep(Duration::from_millis(300));
    let pinging = server(move |mut stream, number| {
        upgrade(&mut stream);
        if number == 0 {
            return answer_back(&mut stream);
        }
        // From the first byte on until all buffers are full, and the message is not written yet.
        let _ = stream.peek(&mut [0]);
        moment();
        let _ = stream.write_all(b"\x89\x03one\x89\x03two");
        moment();
        let Some((first, payload)) = frame(&mut stream) else { return };
        // RFC 6455 §5.5.3: the last Ping's Pong will do.
        let pong = frame(&mut stream).filter(|pong| *pong != (0x8a, b"one".to_vec()));
        assert_eq!(pong.or_else(|| frame(&mut stream)), Some((0x8a, b"two".to_vec())));
        write_frame(&mut stream, first, &payload);
        assert_eq!(frame(&mut stream), Some((0x88, vec![0x03, 0xe8])));
        write_frame(&mut stream, 0x88, &[0x03, 0xe8]);
    });
    all_are(&pinging, &["9.1.6", "9.2.6"], "OK");
}

#[test]
fn a_pong_stands_behind_a_message_that_began_with_the_request() {
    let pinging = server(|mut stream, _| {
        let head = head(&mut stream);
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            accept_value(key.as_bytes())
        );
        let _ = stream.write_all(&[answer.as_bytes(), b"\x89\x03one"].concat());
        while let Some((first, payload)) = frame(&mut stream) {
            match first {
                0x81 => write_frame(&mut stream, first, &payload),
                0x8a if payload == b"one" => {}
                0x88 => return write_frame(&mut stream, first, &payload),
                _ => return,
            }
        }
    });
    all_are(&pinging, &["20.1.1", "20.1.21", "20.1.22"], "OK");
}

#[test]
fn a_pong_stands_behind_a_frame_that_is_sent_in_parts() {
    let pinging = server(|mut stream, number| {
        upgrade(&mut stream);
        if number == 0 {
            return answer_back(&mut stream);
        }
        // A header and a key, a word in Greek, and after a second a character that no text can have.
        let (mut header, mut word, mut wrong) = ([0; 6], [0; 11], [0; 4]);
        let _ = stream.read_exact(&mut header).and_then(|()| stream.read_exact(&mut word));
        let _ = stream.write_all(b"\x89\x03one");
        let _ = stream.read_exact(&mut wrong);
        mask::apply(&mut wrong, [header[2], header[3], header[4], header[5]], word.len());
        if wrong == *b"\xf4\x90\x80\x80" {
            write_frame(&mut stream, 0x88, &[0x03, 0xef]);
        }
    });
    all_are(&pinging, &["6.4.3"], "OK");
}

#[test]
fn messages_behind_the_last_echo_are_a_fault() {
    let talkative = server(|mut stream, _| {
        upgrade(&mut stream);
        while let Some((first, payload)) = frame(&mut stream) {
            if first == 0x88 {
                let _ = stream.write_all(b"\x82\x02??");
                return write_frame(&mut stream, first, &payload);
            }
            write_frame(&mut stream, first, &payload);
        }
    });
    all_fail(&talkative, "9.7.2,9.8.3,20.1.1", 3, "came behind the last echo");
}
