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
//% if fragment_size
static const size_t CONFIG_FRAGMENT_BYTES = 65536; //= fragment_bytes
//% endif

// Counts.
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
//% if websocket
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

//% if framing_delimiter
static const char CONFIG_DELIMITER[] = "\r\n"; //= delimiter
//% endif
//% if framing_length
static const size_t CONFIG_PREFIX_BYTES = 4; //= prefix_bytes
//% endif
//% if websocket and not any_path
static const char CONFIG_PATH[] = "/"; //= path
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
