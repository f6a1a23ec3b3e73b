// The values of the spec. The environment may override some of them at start (environment.c).
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>
#include <stdint.h>

static const char CONFIG_HOST[] = "127.0.0.1"; //= host
static const uint16_t CONFIG_PORT = 8080; //= port
static const int CONFIG_BACKLOG = 128; //= backlog
static const char CONFIG_LOG_LEVEL[] = "info"; //= log_level

// Bytes.
static const size_t CONFIG_RECEIVE_BUFFER = 65536; //= receive_buffer
static const size_t CONFIG_SEND_BUFFER = 65536; //= send_buffer
static const size_t CONFIG_HIGH_WATERMARK = 1048576; //= high_watermark
//% if websocket
static const size_t CONFIG_HANDSHAKE_LIMIT = 8192; //= handshake_limit
//% endif
static const size_t CONFIG_MAX_MESSAGE = 104857600; //= max_message
//% if socket_receive_buffer
static const int CONFIG_SOCKET_RECEIVE_BUFFER = 131072; //= socket_receive_buffer
//% endif
//% if socket_send_buffer
static const int CONFIG_SOCKET_SEND_BUFFER = 131072; //= socket_send_buffer
//% endif
//% if receive_low_watermark
static const int CONFIG_RECEIVE_LOW_WATERMARK = 1; //= receive_low_watermark_bytes
//% endif
//% if fragment_size
static const size_t CONFIG_FRAGMENT_BYTES = 65536; //= fragment_bytes
//% endif

// Counts.
//% if several_workers
static const size_t CONFIG_WORKERS = 2; //= workers
//% endif
static const size_t CONFIG_MAX_CONNECTIONS = 10000; //= max_connections
//% if per_client
static const size_t CONFIG_MAX_CONNECTIONS_PER_CLIENT = 1000; //= max_connections_per_client
//% endif
//% if rate_messages
static const uint64_t CONFIG_MESSAGES_PER_SECOND = 100000; //= messages_per_second
//% endif
//% if rate_bytes
static const uint64_t CONFIG_BYTES_PER_SECOND = 1073741824; //= bytes_per_second
//% endif

// Milliseconds.
//% if websocket or tls
static const uint64_t CONFIG_HANDSHAKE_TIMEOUT = 5000; //= handshake_timeout
//% endif
//% if idle_timeout
static const uint64_t CONFIG_IDLE_TIMEOUT = 300000; //= idle_timeout_ms
//% endif
//% if write_timeout
static const uint64_t CONFIG_WRITE_TIMEOUT = 30000; //= write_timeout_ms
//% endif
static const uint64_t CONFIG_CLOSE_TIMEOUT = 5000; //= close_timeout
static const uint64_t CONFIG_DRAIN_TIMEOUT = 10000; //= drain_timeout
//% if heartbeat
static const uint64_t CONFIG_PING_INTERVAL = 30000; //= ping_interval
static const uint64_t CONFIG_PING_TIMEOUT = 10000; //= ping_timeout
//% endif
//% if user_timeout and not udp
static const int CONFIG_USER_TIMEOUT = 20000; //= user_timeout_ms
//% endif
//% if stream_options and (keep_alive or defer_accept or linger)

// Seconds.
//% endif
//% if keep_alive and not udp
static const int CONFIG_KEEP_ALIVE_IDLE = 60; //= keep_alive_idle
static const int CONFIG_KEEP_ALIVE_INTERVAL = 10; //= keep_alive_interval
static const int CONFIG_KEEP_ALIVE_COUNT = 6; //= keep_alive_count
//% endif
//% if defer_accept and not udp
static const int CONFIG_DEFER_ACCEPT = 2; //= defer_accept_seconds
//% endif
//% if linger and not udp
static const unsigned short CONFIG_LINGER = 2; //= linger_seconds
//% endif
//% if fast_open and not udp

static const int CONFIG_FAST_OPEN_QUEUE = 16; //= fast_open_queue
//% endif
//% if dscp
static const int CONFIG_DSCP = 46; //= dscp_value
//% endif
//% if busy_poll
static const int CONFIG_BUSY_POLL_MICROSECONDS = 50; //= busy_poll_us
//% endif
//% if bind_device
static const char CONFIG_BIND_DEVICE[] = "lo"; //= bind_device_name
//% endif

//% if framing_delimiter
static const char CONFIG_DELIMITER[] = "\r\n"; //= delimiter
//% endif
//% if framing_length
static const size_t CONFIG_PREFIX_BYTES = 4; //= prefix_bytes
//% endif
//% if websocket and not any_path
static const char CONFIG_PATH[] = "/"; //= path
//% endif
//% if health
static const char CONFIG_HEALTH_PATH[] = "/health"; //= health_path
//% endif
//% if metrics
static const char CONFIG_METRICS_PATH[] = "/metrics"; //= metrics_path
//% endif
//% if metrics_port
static const uint16_t CONFIG_METRICS_PORT = 9100; //= metrics_port_number
//% endif
//% if tls
static const char CONFIG_TLS_CERTIFICATE[] = "certificate.pem"; //= tls_certificate
static const char CONFIG_TLS_KEY[] = "key.pem"; //= tls_key
//% endif
//% if client_certificates
static const char CONFIG_TLS_CLIENT_CA[] = "clients.pem"; //= tls_client_ca
//% endif
//% if alpn
static const char *const CONFIG_TLS_PROTOCOLS[] = {"http/1.1"}; //= tls_alpn_list
//% endif
//% if tokens_file
static const char CONFIG_TOKENS_FILE[] = "tokens"; //= tokens_file_path
//% endif
//% if tokens_variable
static const char CONFIG_TOKENS_VARIABLE[] = "TOKENS"; //= tokens_variable_name
//% endif
//% if origins
static const char *const CONFIG_ORIGINS[] = {"https://example.com"}; //= origins_list
//% endif
//% if subprotocols
static const char *const CONFIG_SUBPROTOCOLS[] = {"chat.v2", "chat.v1"}; //= subprotocols_list
//% endif
//% if compression

// permessage-deflate (RFC 7692); the threshold is in bytes.
static const int CONFIG_SERVER_MAX_WINDOW_BITS = 15; //= server_max_window_bits
static const int CONFIG_CLIENT_MAX_WINDOW_BITS = 15; //= client_max_window_bits
static const int CONFIG_COMPRESSION_LEVEL = 6; //= compression_level
static const int CONFIG_MEMORY_LEVEL = 8; //= memory_level
static const size_t CONFIG_COMPRESSION_THRESHOLD = 1024; //= compression_threshold
//% endif

#endif
