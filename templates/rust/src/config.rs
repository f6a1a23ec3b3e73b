//! What the spec settles. Environment variables override some of it at start; the README lists them.

//% if heartbeat
use specgen_runtime::Heartbeat;
//% endif
//% if keep_alive
use specgen_runtime::KeepAlive;
//% endif
//% if metrics_port
use specgen_runtime::Monitor;
//% endif
//% if multicast
use specgen_runtime::Multicast;
//% endif
//% if framing_length
use specgen_runtime::Prefix;
//% endif
//% if tls
use specgen_runtime::Tls;
//% endif
//% if io_epoll or io_kqueue
//% if io_iocp
#[cfg(unix)]
//% endif
use specgen_runtime::Trigger;
//% endif
//% if websocket
use specgen_runtime::{Accepts, WebSocket};
//% endif
//% if auth
use specgen_runtime::{Auth, Tokens};
//% endif
//% if not udp
use specgen_runtime::{Buffers, Limits, Overflow, Timeouts};
//% endif
//% if compression
use specgen_runtime::{Compression, Wishes};
//% endif
use specgen_runtime::{Config, Io, Level, Listen, Log, LogFormat, Model, SocketOptions};
//% if tcp
use specgen_runtime::{Framing, Tcp};
//% endif
//% if udp
use specgen_runtime::{Reliability, Udp};
//% endif
//% if not udp or idle_timeout
use std::time::Duration;
//% endif

//% if heartbeat
/// Pings to a quiet peer.
const HEARTBEAT: Heartbeat = Heartbeat {
    interval: Duration::from_secs(30), //= ping_interval_duration
    timeout: Duration::from_secs(10),  //= ping_timeout_duration
};

//% endif
//% if keep_alive
/// Probes of a quiet connection by the kernel.
const KEEP_ALIVE: KeepAlive = KeepAlive {
    idle: Duration::from_secs(60),     //= keep_alive_idle_duration
    interval: Duration::from_secs(10), //= keep_alive_interval_duration
    count: 6,                          //= keep_alive_count
};

//% endif
//% if multicast
/// The group that is joined.
const MULTICAST: Multicast = Multicast {
    group: "239.255.0.1", //= multicast_group
    interface: None,      //= multicast_interface_option
    ttl: 1,               //= multicast_ttl
    loopback: true,       //= multicast_loopback_value
};

//% endif
/// The server's configuration; sizes are in bytes.
pub const CONFIG: Config = Config {
    listen: Listen {
        //% if not udp
        backlog: 128, //= backlog
        //% endif
        host: "127.0.0.1", //= listen_host
        port: 8080,        //= port
    },
    io: Io {
        //% if io_epoll or not io_kqueue and not io_iocp
        //% if several_models
        #[cfg(target_os = "linux")]
        //% endif
        model: Model::Epoll(Trigger::Level), //= io_model_variant
        //% endif
        //% if io_kqueue
        //% if several_models and freebsd and macos
        #[cfg(any(target_os = "freebsd", target_os = "macos"))]
        //% endif
        //% if several_models and freebsd and not macos
        #[cfg(target_os = "freebsd")]
        //% endif
        //% if several_models and macos and not freebsd
        #[cfg(target_os = "macos")]
        //% endif
        model: Model::Kqueue(Trigger::Level), //= kqueue_variant
        //% endif
        //% if io_iocp
        //% if several_models
        #[cfg(windows)]
        //% endif
        model: Model::Iocp, //= iocp_variant
        //% endif
        workers: Some(1), //= workers_option
    },
    socket: SocketOptions {
        //% if not udp
        no_delay: true,               //= socket_no_delay
        keep_alive: Some(KEEP_ALIVE), //= keep_alive_option
        cork: false,                  //= socket_cork
        //% if not portable
        quick_ack: false, //= socket_quick_ack
        //% endif
        fast_open: None, //= fast_open_option
        //% if not portable
        defer_accept: None, //= defer_accept_option
        user_timeout: None, //= user_timeout_option
        //% endif
        linger: None, //= linger_option
        //% endif
        reuse_address: true,  //= socket_reuse_address
        reuse_port: false,    //= socket_reuse_port
        receive_buffer: None, //= receive_buffer_option
        send_buffer: None,    //= send_buffer_option
        v6_only: false,       //= socket_v6_only
        dscp: None,           //= dscp_option
        //% if not portable
        busy_poll: None,   //= busy_poll_option
        bind_device: None, //= bind_device_option
        //% endif
        receive_low_watermark: None, //= receive_low_watermark_option
    },
    //% if not udp
    buffers: Buffers {
        receive: 65_536,           //= receive_buffer
        send: 65_536,              //= send_buffer
        high_watermark: 1_048_576, //= high_watermark
        overflow: Overflow::Pause, //= overflow
    },
    limits: Limits {
        //% if websocket
        handshake: 8192, //= handshake_limit
        //% endif
        connections: 10_000,                   //= max_connections
        connections_per_client: Some(100),     //= per_client_limit
        message: 104_857_600,                  //= max_message
        messages_per_second: Some(1_000_000),  //= message_rate
        bytes_per_second: Some(1_000_000_000), //= byte_rate
    },
    timeouts: Timeouts {
        //% if websocket or tls
        handshake: Duration::from_secs(5), //= handshake_duration
        //% endif
        idle: Some(Duration::from_secs(300)), //= idle_duration
        write: Some(Duration::from_secs(30)), //= write_duration
        close: Duration::from_secs(5),        //= close_duration
        drain: Duration::from_secs(10),       //= drain_duration
    },
    //% endif
    //% if websocket
    heartbeat: Some(HEARTBEAT), //= heartbeat_option
    websocket: WebSocket {
        path: Some("/"),            //= path_option
        origins: &[],               //= origins_list
        subprotocols: &[],          //= subprotocols_list
        require_subprotocol: false, //= subprotocol_required
        accepts: Accepts::Any,      //= accepts
        validate_utf8: true,        //= utf8_validated
        fragment_size: None,        //= fragment_option
        //% if auth
        auth: Some(Auth {
            tokens_file: Some("tokens"),     //= tokens_file_option
            tokens_variable: Some("TOKENS"), //= tokens_variable_option
            tokens: Tokens::READ_AT_START,
        }),
        //% endif
        //% if health and not metrics_port
        health: Some("/health"), //= health_option
        //% endif
        //% if metrics and not metrics_port
        metrics: Some("/metrics"), //= metrics_option
        //% endif
        //% if compression
        compression: Some(Compression {
            wishes: Wishes {
                server_no_context_takeover: true, //= server_no_context_takeover
                client_no_context_takeover: true, //= client_no_context_takeover
                server_max_window_bits: 15,       //= server_max_window_bits
                client_max_window_bits: 15,       //= client_max_window_bits
            },
            level: 6,        //= compression_level
            memory_level: 8, //= memory_level
            threshold: 1024, //= compression_threshold
        }),
        //% endif
    },
    //% endif
    //% if tcp
    tcp: Tcp {
        framing: Framing::LengthPrefix(Prefix::big(4)), //= framing
    },
    //% endif
    //% if udp
    udp: Udp {
        max_datagram: 1472,             //= max_datagram
        rate_limit: None,               //= datagram_rate_option
        batch: 32,                      //= batch_size
        known_peers: Some(10_000),      //= known_peers
        idle: None,                     //= idle_duration
        reliability: Reliability::None, //= reliability
        multicast: Some(MULTICAST),     //= multicast_option
        broadcast: false,               //= udp_broadcast_value
    },
    //% endif
    //% if tls
    tls: Tls {
        certificate: "server.pem",     //= tls_certificate
        key: "server-key.pem",         //= tls_key
        client_ca: Some("client.pem"), //= tls_client_ca_option
        alpn: &["http/1.1"],           //= tls_alpn_list
    },
    //% endif
    //% if metrics_port
    monitor: Monitor {
        //% if health
        health: Some("/health"), //= health_option
        //% endif
        port: 9090,          //= metrics_port_number
        metrics: "/metrics", //= metrics_path
    },
    //% endif
    log: Log {
        format: LogFormat::Text, //= log_format
        level: Level::Info,      //= log_level_variant
    },
};
