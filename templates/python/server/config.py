"""What the specification says; times are in milliseconds, sizes in bytes if nothing is said."""

from __future__ import annotations

from typing import Final

HOST: Final[str] = "127.0.0.1"  #= host
PORT: Final[int] = 8080  #= port
#% if processes
WORKERS: Final[int] = 2  #= workers
#% endif
#% if not udp
BACKLOG: Final[int] = 128  #= backlog

RECEIVE_BUFFER: Final[int] = 65536  #= receive_buffer
SEND_BUFFER: Final[int] = 65536  #= send_buffer
HIGH_WATERMARK: Final[int] = 1048576  #= high_watermark
#% endif
#% if options_with_values

#% endif
#% if socket_receive_buffer
SOCKET_RECEIVE_BUFFER: Final[int] = 131072  #= socket_receive_buffer
#% endif
#% if socket_send_buffer
SOCKET_SEND_BUFFER: Final[int] = 65536  #= socket_send_buffer
#% endif
#% if keep_alive
KEEP_ALIVE_IDLE: Final[int] = 60  #= keep_alive_idle
KEEP_ALIVE_INTERVAL: Final[int] = 10  #= keep_alive_interval
KEEP_ALIVE_COUNT: Final[int] = 6  #= keep_alive_count
#% endif
#% if fast_open
FAST_OPEN_QUEUE: Final[int] = 16  #= fast_open_queue
#% endif
#% if defer_accept
DEFER_ACCEPT: Final[int] = 1  #= defer_accept_seconds
#% endif
#% if user_timeout
USER_TIMEOUT: Final[int] = 20000  #= user_timeout_ms
#% endif
#% if linger
LINGER: Final[int] = 2  #= linger_seconds
#% endif
#% if dscp
DSCP: Final[int] = 46  #= dscp_value
#% endif
#% if busy_poll
BUSY_POLL: Final[int] = 50  #= busy_poll_us
#% endif
#% if bind_device
BIND_DEVICE: Final[str] = "lo"  #= bind_device_name
#% endif
#% if receive_low_watermark
RECEIVE_LOW_WATERMARK: Final[int] = 1  #= receive_low_watermark_bytes
#% endif
#% if not udp or peers

MAX_CONNECTIONS: Final[int] = 10000  #= max_connections
#% endif
#% if not udp
#% if per_client
MAX_CONNECTIONS_PER_CLIENT: Final[int] = 10000  #= max_connections_per_client
#% endif
MAX_MESSAGE: Final[int] = 104857600  #= max_message
#% if rate_messages
MESSAGES_PER_SECOND: Final[int] = 1000000  #= messages_per_second
#% endif
#% if rate_bytes
BYTES_PER_SECOND: Final[int] = 1073741824  #= bytes_per_second
#% endif

#% if websocket
HANDSHAKE_LIMIT: Final[int] = 8192  #= handshake_limit
#% endif
#% if websocket or tls
HANDSHAKE_TIMEOUT: Final[int] = 5000  #= handshake_timeout
#% endif
#% if idle_timeout
IDLE_TIMEOUT: Final[int] = 3600000  #= idle_timeout_ms
#% endif
#% if write_timeout
WRITE_TIMEOUT: Final[int] = 30000  #= write_timeout_ms
#% endif
CLOSE_TIMEOUT: Final[int] = 5000  #= close_timeout
DRAIN_TIMEOUT: Final[int] = 10000  #= drain_timeout
#% endif
#% if heartbeat
PING_INTERVAL: Final[int] = 30000  #= ping_interval
PING_TIMEOUT: Final[int] = 10000  #= ping_timeout
#% endif
#% if websocket and not any_path or origins or subprotocols or auth or metrics or health

#% endif
#% if websocket and not any_path
PATH: Final[str] = "/"  #= path
#% endif
#% if origins
ORIGINS: Final[tuple[str, ...]] = ("https://example.com",)  #= origins_list
#% endif
#% if metrics
METRICS_PATH: Final[str] = "/metrics"  #= metrics_path
#% endif
#% if metrics_port
METRICS_PORT: Final[int] = 9100  #= metrics_port_number
#% endif
#% if health
HEALTH_PATH: Final[str] = "/health"  #= health_path
#% endif
#% if tokens_file
TOKENS_FILE: Final[str] = "tokens"  #= tokens_file_path
#% endif
#% if tokens_variable
TOKENS_VARIABLE: Final[str] = "TOKENS"  #= tokens_variable_name
#% endif
#% if auth
TOKENS_SOURCE: Final[str] = "tokens, TOKENS"  #= tokens_source
#% endif
#% if subprotocols
SUBPROTOCOLS: Final[tuple[str, ...]] = ("chat.v2", "chat.v1")  #= subprotocols_list
#% endif
#% if tls

TLS_CERTIFICATE: Final[str] = "server.pem"  #= tls_certificate
TLS_KEY: Final[str] = "server.key"  #= tls_key
#% endif
#% if client_certificates
TLS_CLIENT_CA: Final[str] = "clients.pem"  #= tls_client_ca
#% endif
#% if alpn
TLS_ALPN: Final[tuple[str, ...]] = ("http/1.1",)  #= tls_alpn_list
#% endif
#% if compression

SERVER_NO_CONTEXT_TAKEOVER: Final[bool] = False  #= server_no_context_takeover
CLIENT_NO_CONTEXT_TAKEOVER: Final[bool] = False  #= client_no_context_takeover
SERVER_MAX_WINDOW_BITS: Final[int] = 15  #= server_max_window_bits
CLIENT_MAX_WINDOW_BITS: Final[int] = 15  #= client_max_window_bits
COMPRESSION_LEVEL: Final[int] = 6  #= compression_level
MEMORY_LEVEL: Final[int] = 8  #= memory_level
COMPRESSION_THRESHOLD: Final[int] = 1024  #= compression_threshold
#% endif
#% if fragment_size

FRAGMENT_BYTES: Final[int] = 65536  #= fragment_bytes
#% endif
#% if framing_delimiter

DELIMITER: Final[str] = "\r\n"  #= delimiter
#% endif
#% if framing_length

PREFIX_BYTES: Final[int] = 4  #= prefix_bytes
PREFIX_ORDER: Final = "big"  #= prefix_order
#% endif
#% if udp

MAX_DATAGRAM: Final[int] = 1472  #= max_datagram
BATCH: Final[int] = 32  #= batch_size
# One byte more than is taken, which tells what is too long.
READ_SIZE: Final[int] = 1473  #= read_size
#% endif
#% if peers
PEER_TIMEOUT: Final[int] = 60000  #= peer_timeout
#% endif
#% if datagram_rate
DATAGRAMS_PER_SECOND: Final[int] = 1000000  #= datagrams_per_second
#% endif
#% if multicast
MULTICAST_GROUP: Final[str] = "239.255.0.1"  #= multicast_group
MULTICAST_INTERFACE: Final[str] = "lo"  #= multicast_interface
MULTICAST_TTL: Final[int] = 1  #= multicast_ttl
MULTICAST_LOOPBACK: Final[bool] = True  #= multicast_loops
#% endif

LOG_LEVEL: Final[str] = "info"  #= log_level
