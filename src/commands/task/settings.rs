//! From the words of callers to fields of a spec.

use serde_json::{Map, Value, json};

use super::fields::Fields;

/// How a caller's value becomes a spec's.
#[derive(Clone, Copy)]
enum Form {
    /// As it is.
    Same,
    /// A number of milliseconds becomes a duration.
    Milliseconds,
    /// Texts.
    Texts,
}

use Form::{Milliseconds, Same, Texts};

/// Names that callers use, and the field of the spec that each is.
const SETTINGS: &[(&[&str], &str, Form)] = &[
    (&["name", "serverName"], "name", Same),
    (&["description"], "description", Same),
    (&["host", "bindAddress"], "listen.host", Same),
    (&["port"], "listen.port", Same),
    (&["backlog"], "listen.backlog", Same),
    (&["workers"], "io.workers", Same),
    (&["bufferSize", "receiveBufferSize"], "buffers.receive", Same),
    (&["sendBufferSize"], "buffers.send", Same),
    (&["highWatermark"], "buffers.high_watermark", Same),
    (&["tcpNodelay", "tcpNoDelay", "noDelay"], "socket.no_delay", Same),
    (&["reuseAddress", "reuseAddr"], "socket.reuse_address", Same),
    (&["reusePort"], "socket.reuse_port", Same),
    (&["keepAlive"], "socket.keep_alive", Same),
    (&["maxConnections", "connectionLimit"], "limits.connections", Same),
    (&["maxConnectionsPerClient"], "limits.connections_per_client", Same),
    (&["maxPayload", "maxMessageSize"], "limits.message", Same),
    (&["messagesPerSecond"], "limits.messages_per_second", Same),
    (&["bytesPerSecond"], "limits.bytes_per_second", Same),
    (&["handshakeTimeout"], "timeouts.handshake", Milliseconds),
    (&["idleTimeout"], "timeouts.idle", Milliseconds),
    (&["writeTimeout"], "timeouts.write", Milliseconds),
    (&["closeTimeout"], "timeouts.close", Milliseconds),
    (&["drainTimeout", "shutdownTimeout"], "timeouts.drain", Milliseconds),
    (&["pingInterval"], "heartbeat.interval", Milliseconds),
    (&["pingTimeout", "pongTimeout"], "heartbeat.timeout", Milliseconds),
    (&["path"], "websocket.path", Same),
    (&["origins", "allowedOrigins"], "websocket.origins", Texts),
    (&["subprotocols", "protocols"], "websocket.subprotocols", Texts),
    (&["requireSubprotocol"], "websocket.require_subprotocol", Same),
    (&["framing"], "tcp.framing", Same),
    (&["delimiter"], "tcp.delimiter", Same),
    (&["maxDatagram", "packetSize"], "udp.max_datagram", Same),
    (&["multicastGroup"], "udp.multicast.group", Same),
    (&["multicastInterface"], "udp.multicast.interface", Same),
    (&["broadcast"], "udp.broadcast", Same),
    (&["rateLimit"], "udp.rate_limit", Same),
    (&["batch"], "udp.batch", Same),
    (&["reliability"], "udp.reliability", Same),
    (&["platforms"], "platforms", Texts),
    (&["metrics"], "metrics", Same),
    (&["health"], "health", Same),
];

/// Reads every setting that is given into a spec's tree.
pub fn read(fields: &mut Fields<'_>, spec: &mut Map<String, Value>) {
    for (names, path, form) in SETTINGS {
        let Some((name, value)) = fields.take_any(names) else { continue };
        let value = match form {
            Same => value.clone(),
            Milliseconds => match value.as_u64() {
                Some(milliseconds) => json!(format!("{milliseconds}ms")),
                None => {
                    fields.wrong(name, "a number of milliseconds", value);
                    continue;
                }
            },
            Texts => json!(fields.as_texts(name, value)),
        };
        set(spec, path, value);
    }
    compression(fields, spec);
}

/// `true`, `"permessage-deflate"`, or an object such as `{"enabled": true, "serverNoContextTakeover": true}`.
fn compression(fields: &mut Fields<'_>, spec: &mut Map<String, Value>) {
    const PARTS: &[(&str, &str)] = &[
        ("enabled", "enabled"),
        ("level", "level"),
        ("threshold", "threshold"),
        ("serverNoContextTakeover", "server_no_context_takeover"),
        ("clientNoContextTakeover", "client_no_context_takeover"),
        ("serverMaxWindowBits", "server_max_window_bits"),
        ("clientMaxWindowBits", "client_max_window_bits"),
    ];
    match fields.take("compression") {
        None => {}
        Some(Value::String(name)) if name == "permessage-deflate" => set(spec, "websocket.compression", json!(true)),
        Some(Value::String(name)) if name == "none" => set(spec, "websocket.compression", json!(false)),
        Some(Value::Object(parts)) => {
            for (name, value) in parts {
                match PARTS.iter().find(|(known, _)| known == name) {
                    Some((_, field)) => set(spec, &format!("websocket.compression.{field}"), value.clone()),
                    None => fields.problems.push(format!("`compression` has no field `{}`", name.escape_debug())),
                }
            }
        }
        Some(value @ Value::Bool(_)) => set(spec, "websocket.compression", value.clone()),
        Some(other) => fields.wrong("compression", "true, false, \"permessage-deflate\" or an object", other),
    }
}

/// Puts a value at a path of the tree.
pub fn set(spec: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            spec.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = spec.entry(section).or_insert_with(|| json!({}));
            if !section.is_object() {
                *section = json!({});
            }
            if let Value::Object(section) = section {
                set(section, rest, value);
            }
        }
    }
}

/// The tree as YAML. A JSON scalar is a YAML scalar too.
pub fn yaml(spec: &Map<String, Value>) -> String {
    let mut text = String::new();
    lines(spec, 0, &mut text);
    text
}

fn lines(map: &Map<String, Value>, depth: usize, text: &mut String) {
    for (name, value) in map {
        let indent = "  ".repeat(depth);
        let name = key(name);
        match value {
            Value::Object(section) if !section.is_empty() => {
                text.push_str(&format!("{indent}{name}:\n"));
                lines(section, depth + 1, text);
            }
            _ => text.push_str(&format!("{indent}{name}: {value}\n")),
        }
    }
}

/// A key of a caller's is data, too.
fn key(name: &str) -> String {
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { name.to_owned() } else { json!(name).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_words_become_fields_of_a_spec() {
        let task = json!({
            "port": 9000, "config": {
                "tcpNodelay": false, "pingInterval": 30000, "subprotocols": ["a", "b"],
                "compression": {"enabled": true, "serverNoContextTakeover": true},
            },
        });
        let mut spec = Map::new();
        let mut fields = Fields::new(task.as_object().unwrap());
        read(&mut fields, &mut spec);
        assert_eq!(fields.end("generate"), Vec::<String>::new());
        assert_eq!(
            yaml(&spec),
            "heartbeat:\n  interval: \"30000ms\"\nlisten:\n  port: 9000\nsocket:\n  no_delay: false\nwebsocket:\n  compression:\n    \
             enabled: true\n    server_no_context_takeover: true\n  subprotocols: [\"a\",\"b\"]\n"
        );
    }

    #[test]
    fn what_nobody_reads_is_named() {
        let task = json!({"prot": 1, "port": 2, "config": {"port": 3, "pingInterval": "30s"}});
        let mut fields = Fields::new(task.as_object().unwrap());
        read(&mut fields, &mut Map::new());
        assert_eq!(
            fields.end("generate"),
            [
                "`port` stands both beside `config` and in it",
                "`pingInterval` is a number of milliseconds, not \"30s\"",
                "`generate` has no field `prot`; did you mean `port`?",
            ]
        );
    }
}
