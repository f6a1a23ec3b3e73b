use super::*;
#[cfg(feature = "websocket")]
use crate::Accepts;
use std::time::Duration;

/// A configuration for tests: everything built in, no limit in the way.
pub(crate) const CONFIG: Config = Config {
    listen: Listen { host: "127.0.0.1", port: 8080, backlog: 128 },
    io: Io { model: Model::Epoll(Trigger::Level), workers: Some(1) },
    socket: SocketOptions {
        reuse_address: true,
        reuse_port: false,
        no_delay: true,
        receive_buffer: None,
        send_buffer: None,
        keep_alive: None,
        cork: false,
        quick_ack: false,
        fast_open: None,
        defer_accept: None,
        user_timeout: None,
        linger: None,
        v6_only: false,
        dscp: None,
        busy_poll: None,
        bind_device: None,
        receive_low_watermark: None,
    },
    buffers: Buffers {
        receive: 64 << 10,
        send: 64 << 10,
        high_watermark: 1 << 20,
        overflow: Overflow::Pause,
    },
    limits: Limits {
        connections: 100,
        connections_per_client: None,
        message: 1 << 20,
        messages_per_second: None,
        bytes_per_second: None,
        #[cfg(feature = "websocket")]
        handshake: 8 << 10,
    },
    timeouts: Timeouts {
        #[cfg(any(feature = "websocket", feature = "tls"))]
        handshake: Duration::from_secs(5),
        idle: None,
        write: Some(Duration::from_secs(30)),
        close: Duration::from_secs(5),
        drain: Duration::from_secs(10),
    },
    #[cfg(feature = "websocket")]
    heartbeat: Some(Heartbeat {
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
    }),
    #[cfg(feature = "websocket")]
    websocket: WebSocket {
        path: Some("/"),
        origins: &[],
        subprotocols: &[],
        require_subprotocol: false,
        accepts: Accepts::Any,
        validate_utf8: true,
        fragment_size: None,
        #[cfg(feature = "auth")]
        auth: None,
        #[cfg(feature = "health")]
        health: None,
        #[cfg(feature = "metrics-page")]
        metrics: None,
        #[cfg(feature = "compression")]
        compression: None,
    },
    #[cfg(feature = "tcp")]
    tcp: Tcp { framing: crate::Framing::Lines },
    #[cfg(feature = "udp")]
    udp: Udp {
        max_datagram: 1472,
        rate_limit: None,
        batch: 4,
        known_peers: None,
        idle: None,
        reliability: Reliability::None,
        multicast: None,
        broadcast: false,
    },
    #[cfg(feature = "tls")]
    tls: Tls { certificate: "server.pem", key: "server-key.pem", client_ca: None, alpn: &[] },
    #[cfg(feature = "metrics-port")]
    monitor: Monitor {
        port: 9090,
        metrics: "/metrics",
        #[cfg(feature = "health-port")]
        health: None,
    },
    log: Log { format: LogFormat::Text, level: Level::Error },
};
