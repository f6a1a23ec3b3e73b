// What the specification says. Times are in milliseconds, sizes in bytes.

export const HOST = "127.0.0.1"; //= host
export const PORT = 8080; //= port
//% if not udp
export const BACKLOG = 128; //= backlog
//% endif

//% if several_workers
// Processes that serve; 0 for one a core.
export const WORKERS = 2; //= workers
//% endif
//% if keep_alive
// Seconds of silence before the kernel asks whether the peer is there. How often, and how many
// times, is for Node to say: it has no call for the interval and the count.
export const KEEP_ALIVE_IDLE = 60; //= keep_alive_idle
//% endif

//% if not udp
// Collected output is written when it reaches this size, and at the end of each read.
//% endif
//% if udp
// So many bytes wait to be sent, if the kernel does not take them; further datagrams are dropped.
//% endif
export const SEND_BUFFER = 65536; //= send_buffer
//% if not udp
// Unsent bytes of one connection above which backpressure starts.
export const HIGH_WATERMARK = 1048576; //= high_watermark
//% endif

//% if peers
// The peers that are known at the same time.
//% endif
//% if not udp or peers
export const MAX_CONNECTIONS = 10000; //= max_connections
//% endif
//% if per_client
export const MAX_CONNECTIONS_PER_CLIENT = 1000; //= max_connections_per_client
//% endif
// The preset of WS_MAX_PAYLOAD.
export const MAX_MESSAGE = 104857600; //= max_message
//% if rate_messages
export const MESSAGES_PER_SECOND = 10000000; //= messages_per_second
//% endif
//% if rate_bytes
export const BYTES_PER_SECOND = 10000000000; //= bytes_per_second
//% endif
//% if websocket
export const HANDSHAKE_LIMIT = 8192; //= handshake_limit
//% endif

//% if websocket or tls
export const HANDSHAKE_TIMEOUT = 5000; //= handshake_timeout
//% endif
//% if idle_timeout
export const IDLE_TIMEOUT = 600000; //= idle_timeout_ms
//% endif
//% if write_timeout and not udp
export const WRITE_TIMEOUT = 30000; //= write_timeout_ms
//% endif
//% if not udp
export const CLOSE_TIMEOUT = 5000; //= close_timeout
//% endif
export const DRAIN_TIMEOUT = 10000; //= drain_timeout
//% if heartbeat
export const PING_INTERVAL = 30000; //= ping_interval
export const PING_TIMEOUT = 10000; //= ping_timeout
//% endif

//% if websocket and not any_path
export const PATH = "/"; //= path
//% endif
//% if origins
export const ORIGINS = ["https://example.com"]; //= origins_list
//% endif
//% if subprotocols
export const SUBPROTOCOLS = ["chat.v2", "chat.v1"]; //= subprotocols_list
//% endif
//% if compression
export const SERVER_NO_CONTEXT_TAKEOVER = false; //= server_no_context_takeover
export const CLIENT_NO_CONTEXT_TAKEOVER = false; //= client_no_context_takeover
export const SERVER_MAX_WINDOW_BITS = 15; //= server_max_window_bits
export const CLIENT_MAX_WINDOW_BITS = 15; //= client_max_window_bits
export const COMPRESSION_LEVEL = 6; //= compression_level
export const MEMORY_LEVEL = 8; //= memory_level
// Shorter messages go uncompressed.
export const COMPRESSION_THRESHOLD = 1024; //= compression_threshold
//% endif
//% if fragment_size
// Longer outgoing messages go out in frames of this size.
export const FRAGMENT_BYTES = 65536; //= fragment_bytes
//% endif

//% if udp
export const MAX_DATAGRAM = 1472; //= max_datagram
//% if metrics
// Of a longer datagram so many bytes count as received.
export const READ_SIZE = 1473; //= read_size
//% endif
//% endif
//% if datagram_rate
export const DATAGRAMS_PER_SECOND = 1000; //= datagrams_per_second
//% endif
//% if multicast
export const MULTICAST_GROUP = "239.1.2.3"; //= multicast_group
//% endif
//% if multicast_interface
export const MULTICAST_INTERFACE = "lo"; //= multicast_interface
//% endif
//% if multicast
export const MULTICAST_TTL = 1; //= multicast_ttl
//% endif
//% if framing_delimiter
export const DELIMITER = "\r\n"; //= delimiter
//% endif
//% if framing_length
export const PREFIX_BYTES = 4; //= prefix_bytes
//% endif
//% if tls
export const TLS_CERTIFICATE = "certificate.pem"; //= tls_certificate
export const TLS_KEY = "key.pem"; //= tls_key
export const TLS_MIN_VERSION = "TLSv1.2"; //= tls_min_version
//% endif
//% if client_certificates
export const TLS_CLIENT_CA = "clients.pem"; //= tls_client_ca
//% endif
//% if alpn
export const ALPN = ["http/1.1"]; //= tls_alpn_list
//% endif
//% if tokens_file
export const TOKENS_FILE = "tokens"; //= tokens_file_path
//% endif
//% if tokens_variable
export const TOKENS_VARIABLE = "TOKENS"; //= tokens_variable_name
//% endif
//% if metrics
export const METRICS_PATH = "/metrics"; //= metrics_path
//% endif
//% if metrics_port
export const METRICS_PORT = 9100; //= metrics_port_number
//% endif
//% if health
export const HEALTH_PATH = "/health"; //= health_path
//% endif

/** @type {import("./log.js").Level} */
export const LOG_LEVEL = "info"; //= log_level
