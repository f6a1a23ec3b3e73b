//! The configuration of the examples.

use specgen_runtime::{
    Accepts, Buffers, Compression, Config, Heartbeat, Level, Limits, Listen, Log, LogFormat,
    Overflow, SocketOptions, Timeouts, WebSocket, Wishes,
};
use std::time::Duration;

pub const CONFIG: Config = Config {
    listen: Listen { host: "127.0.0.1", port: 8080, backlog: 128 },
    socket: SocketOptions { reuse_address: true, reuse_port: false, no_delay: true },
    buffers: Buffers {
        receive: 65_536,
        send: 65_536,
        high_watermark: 1_048_576,
        overflow: Overflow::Pause,
    },
    limits: Limits {
        connections: 10_000,
        connections_per_client: None,
        message: 104_857_600,
        messages_per_second: None,
        bytes_per_second: None,
        handshake: 8_192,
    },
    timeouts: Timeouts {
        handshake: Duration::from_secs(5),
        idle: None,
        write: Some(Duration::from_secs(30)),
        close: Duration::from_secs(5),
        drain: Duration::from_secs(10),
    },
    heartbeat: Some(Heartbeat {
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
    }),
    websocket: WebSocket {
        path: Some("/"),
        origins: &[],
        subprotocols: &[],
        require_subprotocol: false,
        accepts: Accepts::Any,
        validate_utf8: true,
        fragment_size: None,
        compression: Some(Compression {
            wishes: Wishes {
                server_no_context_takeover: true,
                client_no_context_takeover: true,
                server_max_window_bits: 15,
                client_max_window_bits: 15,
            },
            level: 6,
            memory_level: 8,
            threshold: 1_024,
        }),
    },
    log: Log { format: LogFormat::Text, level: Level::Info },
};
