//! `specgen task` as an agent's runner calls it: tasks/ID/input.json in, tasks/ID/result.json out.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

mod fixture;

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use fixture::{bytes, server};
use serde_json::{Value, json};

/// A folder of tasks.
struct Runner(tempfile::TempDir);

impl Runner {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Carries out a task that is a text; gives the exit code and the result.
    fn text(&self, id: &str, task: &str) -> (i32, Value) {
        let folder = self.0.path().join("tasks").join(id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("input.json"), task).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
        command.args(["task", "--input"]).arg(format!("tasks/{id}/input.json"));
        command.arg("--output").arg(format!("tasks/{id}/result.json")).current_dir(self.0.path());
        let status = command.status().unwrap();
        let result = fs::read(folder.join("result.json")).unwrap();
        (status.code().unwrap(), serde_json::from_slice(&result).unwrap())
    }

    fn task(&self, id: &str, task: &Value) -> (i32, Value) {
        self.text(id, &task.to_string())
    }

    fn succeeds(&self, id: &str, task: &Value) -> Value {
        let (code, result) = self.task(id, task);
        assert_eq!((code, &result["status"], &result["success"]), (0, &json!("success"), &json!(true)), "{result:#}");
        assert!(result["duration"].is_u64(), "{result:#}");
        result
    }

    /// The findings of a task that has to fail.
    fn findings(&self, id: &str, task: &str) -> Vec<String> {
        let (code, result) = self.text(id, task);
        assert_eq!((code, &result["status"]), (1, &json!("failure")), "{result:#}");
        let findings = result["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding.as_str().unwrap().to_owned()).collect()
    }

    fn spec(&self, path: &str) -> specgen::model::Model {
        let bytes = fs::read(self.0.path().join(path)).unwrap();
        let notation = Some(specgen::source::Notation::Yaml);
        let source = specgen::source::Source::from_bytes(path, &bytes, notation).unwrap();
        specgen::analyse(&source).model.unwrap()
    }
}

#[test]
fn a_tcp_server_of_a_task() {
    let runner = Runner::new();
    let config = json!({"port": 8080, "backlog": 128, "nonBlocking": true, "tcpNodelay": true});
    let task = json!({"operation": "generate", "type": "tcp-server", "config": config});
    let result = runner.succeeds("E1", &task);
    assert_eq!(result["artifacts"], json!(["tasks/E1/server/tcp-server.yaml", "tasks/E1/server/c"]));
    assert_eq!(result["address"], "127.0.0.1:8080");
    let next = "make -C tasks/E1/server/c && tasks/E1/server/c/build/tcp-server";
    assert_eq!(result["recommendations"], json!([next]));
    assert!(runner.0.path().join("tasks/E1/server/c/Makefile").exists());
    // Once more: nothing is in the way.
    runner.succeeds("E1", &task);
}

#[test]
fn a_server_that_is_one_file() {
    let runner = Runner::new();
    let task = |output: &str, language: Value| {
        json!({
            "operation": "generate-server", "type": "tcp", "ioModel": "epoll", "bufferSize": 65536, "backlog": 1024,
            "language": language, "output": output,
        })
    };
    let result = runner.succeeds("E1", &task("made/server.c", json!("c")));
    assert_eq!(result["artifacts"], json!(["made/tcp-server.yaml", "made/server.c"]));
    let next = "cd made && cc -std=c11 -O2 server.c -o server && ./server";
    assert_eq!(result["recommendations"], json!([next]));
    assert_eq!(runner.spec("made/tcp-server.yaml").listen.backlog, 1024);
    assert!(!runner.0.path().join("made/c").exists());
    // Once more: nothing is in the way. Without a word on the language it is C.
    runner.succeeds("E2", &task("made/server.c", json!("c")));
    runner.succeeds("E3", &json!({"operation": "generate-server", "type": "websocket", "output": "ws.c"}));
    assert_eq!(runner.spec("websocket-server.yaml").targets.len(), 1);

    let refused = |id: &str, output: &str, language: Value| runner.findings(id, &task(output, language).to_string());
    let wrong = "`output` is a C file where `language` is c alone, not `other.c`";
    assert_eq!(refused("E4", "other.c", json!("python")), [wrong]);
    assert_eq!(refused("E5", "other.c", json!(["c", "rust"])), [wrong]);
    let only =
        "SG408: other.py would be a python program in one file; only C is written as one file; name a folder with -o";
    assert_eq!(refused("E6", "other.py", json!("python")), [only]);
    fs::write(runner.0.path().join("mine.c"), "int main(void) {}\n").unwrap();
    let help = "move it away, name another file with -o, or build with --force to replace the file";
    assert_eq!(refused("E7", "mine.c", json!("c")), [format!("SG402: mine.c is not specgen's; {help}")]);
    assert!(!runner.0.path().join("tcp-server.yaml").exists());
}

#[test]
fn servers_of_flat_tasks_and_of_websocket_settings() {
    let runner = Runner::new();
    let udp = json!({
        "operation": "generate-server", "type": "udp", "port": 9000, "language": "rust", "ioModel": "poll",
        "bufferSize": 65536,
    });
    runner.succeeds("udp", &udp);
    let model = runner.spec("tasks/udp/server/udp-server.yaml");
    assert_eq!((model.listen.port, model.buffers.receive, model.targets[0].io.name()), (9000, 65536, "poll"));
    let websocket = json!({"operation": "generate-server", "output": "made/here", "config": {
        "language": "nodejs", "port": 8080, "subprotocols": ["graphql-ws", "wamp.2.json"], "compression": true,
        "maxPayload": 104_857_600, "pingInterval": 30000,
    }});
    let result = runner.succeeds("ws", &websocket);
    assert_eq!(result["artifacts"], json!(["made/here/websocket-server.yaml", "made/here/nodejs"]));
    let model = runner.spec("made/here/websocket-server.yaml");
    assert_eq!(model.websocket.subprotocols, ["graphql-ws", "wamp.2.json"]);
    assert_eq!((model.limits.message, model.websocket.heartbeat.unwrap().interval), (104_857_600, 30_000));
    let features = json!({
        "operation": "generate-server", "type": "websocket", "language": "python", "features": ["ping-pong", "compression"],
    });
    runner.succeeds("features", &features);
    let model = runner.spec("tasks/features/server/websocket-server.yaml");
    assert!(model.websocket.compression.is_some() && model.websocket.heartbeat.is_some());
}

#[test]
fn keys_of_callers_are_data() {
    let runner = Runner::new();
    let task = json!({"operation": "generate", "type": "tcp", "keepAlive": {"idle: 5s\ntls": true}});
    let findings = runner.findings("E", &task.to_string());
    assert!(findings.iter().all(|finding| finding.starts_with("SG101: ")) && findings.len() == 1, "{findings:?}");
}

#[test]
fn every_mistake_of_a_task_is_named() {
    let runner = Runner::new();
    let findings = |task: &str| runner.findings("bad", task);
    assert_eq!(
        findings(
            r#"{"operation": "generate-server", "type": "udp", "prot": 1, "language": "cobol", "pingInterval": "30s"}"#
        ),
        [
            "`pingInterval` is a number of milliseconds, not \"30s\"",
            "`language` is c, python, nodejs or rust, not `cobol`",
            "`generate-server` has no field `prot`; did you mean `port`?",
        ]
    );
    assert!(findings(r#"{"operation": "generate", "port": 99999}"#)[0].starts_with("SG104: `listen.port`"));
    assert_eq!(findings(r#"{"operation": "tset"}"#), ["no operation `tset`; did you mean `test`?"]);
    assert!(findings(r#"{"port": 1}"#)[0].starts_with("`operation` is missing; one of generate, "));
    assert_eq!(findings("[1]"), ["a task is a JSON object, not `[1]`"]);
    assert!(findings("{").first().unwrap().starts_with("the task is no JSON: "));
    assert!(findings(&"[".repeat(100_000))[0].starts_with("the task is no JSON: "));
    assert!(findings(&" ".repeat(2 << 20))[0].contains("at most 1024 KiB"));
    assert!(findings(r#"{"operation": "test", "url": "http://h/"}"#)[0].contains("ws://"));
    assert!(findings(r#"{"operation": "test"}"#)[0].starts_with("`url` is missing"));
    let injected = findings(r#"{"operation": "test", "url": "ws://h/", "subprotocols": ["a\r\nCookie: b"]}"#);
    assert_eq!(injected, ["`subprotocols`: `a\\r\\nCookie: b` cannot be the name of a subprotocol"]);
    assert_eq!(findings(r#"{"operation": "generate", "config": 5}"#)[0], "`config` is an object, not 5");
}

#[test]
fn what_is_the_users_stays() {
    let runner = Runner::new();
    let own = runner.0.path().join("own");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("mine.yaml"), "my: notes\n").unwrap();
    let task = json!({"operation": "generate", "type": "tcp", "name": "mine", "output": "own"}).to_string();
    let findings = runner.findings("E", &task);
    assert_eq!(findings, ["SG402: own/mine.yaml is not a task's; another `name`, or another `output`"]);
    assert_eq!(fs::read_to_string(own.join("mine.yaml")).unwrap(), "my: notes\n");
    assert!(!own.join("c").exists());
    fs::write(own.join("mine.yaml"), b"\xff\xfe").unwrap();
    assert_eq!(runner.findings("E", &task), findings, "also what is no text");
    fs::remove_file(own.join("mine.yaml")).unwrap();
    let (code, _) = runner.text("E", &task);
    assert_eq!(code, 0);
    let spec = fs::read_to_string(own.join("mine.yaml")).unwrap() + "listen: {port: 1}\n";
    fs::write(own.join("mine.yaml"), &spec).unwrap();
    assert_eq!(runner.findings("E", &task), findings, "also a task's that was edited");
    assert_eq!(fs::read_to_string(own.join("mine.yaml")).unwrap(), spec);
}

/// The port of an echo server of bytes.
fn echo() -> u16 {
    let address: SocketAddr = server(bytes).parse().unwrap();
    address.port()
}

#[test]
fn servers_are_talked_to() {
    let runner = Runner::new();
    let url = format!("tcp://127.0.0.1:{}", echo());
    let result = runner.succeeds("test", &json!({"operation": "test", "url": url, "messages": 100}));
    assert_eq!((&result["target"], &result["metrics"]["messagesReceived"]), (&json!(url), &json!(100)));
    assert!(result["metrics"]["avgLatencyMs"].is_f64() && result["metrics"]["latencyMs"]["p99"].is_f64(), "{result:#}");
    let (code, result) = runner.task("none", &json!({"operation": "test", "url": "ws://127.0.0.1:1/"}));
    assert_eq!((code, &result["trouble"]["kind"]), (1, &json!("refused")));
    assert_eq!(result["findings"], json!(["connection refused: nothing listens on 127.0.0.1:1"]));
}

#[test]
fn servers_are_measured() {
    let runner = Runner::new();
    let url = format!("tcp://127.0.0.1:{}", echo());
    let task = json!({
        "operation": "benchmark", "url": url, "connections": 2, "messagesPerSecond": 50, "duration": "300ms", "warmUp": 0,
    });
    let result = runner.succeeds("bench", &task);
    assert!(result["metrics"]["messagesReceived"].as_u64() > Some(0), "{result:#}");
    assert!(result["metrics"]["latencyMs"]["p99"].is_f64(), "{result:#}");
    let findings = runner.findings(
        "bad",
        r#"{"operation": "benchmark", "url": "ws://h/", "connections": 0, "inFlight": 0, "duration": "long"}"#,
    );
    assert_eq!(
        findings,
        [
            "`connections` is 1 or more",
            "`inFlight` is between 1 and 65536",
            "`duration` is a duration of at most 24h, such as \"60s\" or 60000 (milliseconds), not \"long\"",
        ]
    );
}

#[test]
fn servers_that_are_none_do_not_conform() {
    let runner = Runner::new();
    let findings =
        runner.findings("bad", r#"{"operation": "conformance", "url": "tcp://h:1", "cases": ["x", "99.*"]}"#);
    assert_eq!(
        findings,
        [
            "`cases`: `x` names no cases; write one (6.4.1), a group (6.*) or all of them (*)",
            "`url` is ws:// or wss://, not tcp://",
            "`cases`: no case is called 99.*",
        ]
    );
    let findings =
        runner.findings("none", r#"{"operation": "conformance", "url": "ws://127.0.0.1:1/", "cases": "1.1.1"}"#);
    assert_eq!(findings, ["connection refused: nothing listens on 127.0.0.1:1"]);
}

#[cfg(target_os = "linux")]
#[test]
fn sockets_are_looked_at() {
    // The command looks into this process, of which it is a child.
    let _ = rustix::process::set_ptracer(rustix::process::PTracer::Any);
    let runner = Runner::new();
    let port = echo();
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let result = runner.succeeds("analyze", &json!({"operation": "analyze", "port": port}));
    assert_eq!(result["listeners"].as_array().unwrap().len(), 1, "{result:#}");
    let address = client.local_addr().unwrap().to_string();
    let result = runner.succeeds("one", &json!({"operation": "debug-connections", "address": address}));
    let connections = result["connections"].as_array().unwrap();
    // An earlier connection may have had the client's port.
    let established = connections.iter().filter(|connection| connection["state"] == "ESTABLISHED");
    assert_eq!(established.count(), 2, "both ends: {result:#}");
    let task = json!({"operation": "inspect-options", "port": port, "options": ["SO_SNDBUF", "TCP_NODELAY"]});
    let result = runner.succeeds("options", &task);
    let findings = result["findings"].as_array().unwrap();
    assert!(findings.contains(&json!("TCP_NODELAY: off")), "{findings:?}");
    let findings = runner.findings("nobody", r#"{"operation": "analyze", "port": 1}"#);
    assert!(findings[0].starts_with("SG504: "), "{findings:?}");
    let findings = runner.findings("which", r#"{"operation": "inspect-options", "fd": 3, "options": ["SO_SNDBUG"]}"#);
    let which = "which socket? Either `port`, or `pid` and `fd`";
    assert_eq!(findings, ["`options`: there is no option `SO_SNDBUG`; did you mean SO_SNDBUF?", which]);
}

#[test]
fn standard_input_and_output_serve_too() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
    let mut child = command.arg("task").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{}").unwrap();
    let output = child.wait_with_output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &result["status"]), (Some(1), &json!("failure")));
}

#[test]
fn a_result_that_cannot_be_written_is_the_machines_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
    command.args(["task", "--input", "missing.json", "--output", "nowhere/result.json"]).current_dir(folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: nowhere/result.json: "));
    assert!(!folder.path().join("nowhere").exists());
}
