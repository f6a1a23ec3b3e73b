// The values of the spec. The environment may override some of them at start (environment.c).
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>
#include <stdint.h>

static const char CONFIG_HOST[] = "127.0.0.1"; //= host
static const uint16_t CONFIG_PORT = 8080; //= port
static const char CONFIG_LOG_LEVEL[] = "info"; //= log_level

// Bytes.
static const size_t CONFIG_MAX_DATAGRAM = 1472; //= max_datagram
static const size_t CONFIG_SEND_BUFFER = 65536; //= send_buffer
//% if socket_receive_buffer
static const int CONFIG_SOCKET_RECEIVE_BUFFER = 131072; //= socket_receive_buffer
//% endif
//% if socket_send_buffer
static const int CONFIG_SOCKET_SEND_BUFFER = 131072; //= socket_send_buffer
//% endif
//% if receive_low_watermark
static const int CONFIG_RECEIVE_LOW_WATERMARK = 1; //= receive_low_watermark_bytes
//% endif

// Counts.
static const unsigned CONFIG_BATCH_SIZE = 32; //= batch_size
//% if several_workers
static const size_t CONFIG_WORKERS = 2; //= workers
//% endif
//% if peers
static const size_t CONFIG_MAX_CONNECTIONS = 10000; //= max_connections
//% endif
//% if datagram_rate
static const uint64_t CONFIG_DATAGRAMS_PER_SECOND = 1000; //= datagrams_per_second
//% endif
//% if peers

// Milliseconds.
static const uint64_t CONFIG_PEER_TIMEOUT = 60000; //= peer_timeout
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
//% if multicast

static const char CONFIG_MULTICAST_GROUP[] = "239.1.2.3"; //= multicast_group
static const int CONFIG_MULTICAST_TTL = 1; //= multicast_ttl
//% endif
//% if multicast_interface
static const char CONFIG_MULTICAST_INTERFACE[] = "lo"; //= multicast_interface
//% endif
//% if metrics

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

#endif
