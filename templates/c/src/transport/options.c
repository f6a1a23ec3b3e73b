#include "transport/options.h"

#include "config.h"
//% if macos_options or freebsd_options
#include "transport/option_names.h"
//% endif
#include "transport/socket_io.h"

#include <errno.h>
#include <netinet/in.h>
//% if stream_options or ((cork or quick_ack) and not udp)
#include <netinet/tcp.h>
//% endif
#include <stdio.h>
#include <string.h>

struct option {
    int level;
    int name;
    const void *value;
    socklen_t size;
    const char *symbol;
    const char *field; // of the spec
};

static bool option_set(int fd, const struct option *option) {
    if (socket_set_option(fd, option->level, option->name, option->value, option->size)) {
        return true;
    }
    (void)fprintf(stderr,
                  "error: cannot set %s: %s; remove socket.%s or run with the privilege it needs\n",
                  option->symbol, strerror(errno), option->field);
    return false;
}

static bool option_applies(const struct option *option, int family) {
    //% if dscp and portable
#ifndef __linux__
    if (option->level == IPPROTO_IP && family == AF_INET6) {
        return false; // not even where it is dual stack
    }
#endif
    //% endif
    return option->level != IPPROTO_IPV6 || family == AF_INET6;
}

// The options end with one that has no symbol.
static bool options_set_each(int fd, int family, const struct option *options) {
    for (const struct option *option = options; option->symbol != NULL; option++) {
        if (option_applies(option, family) && !option_set(fd, option)) {
            return false;
        }
    }
    return true;
}

#define NUMBER(number) &(const int){number}, sizeof(int)
//% if socket_receive_buffer or socket_send_buffer or receive_low_watermark

bool options_set_buffers(int fd, int family) {
    const struct option options[] = {
        //% if socket_receive_buffer
        {SOL_SOCKET, SO_RCVBUF, NUMBER(CONFIG_SOCKET_RECEIVE_BUFFER), "SO_RCVBUF",
         "receive_buffer"},
        //% endif
        //% if socket_send_buffer
        {SOL_SOCKET, SO_SNDBUF, NUMBER(CONFIG_SOCKET_SEND_BUFFER), "SO_SNDBUF", "send_buffer"},
        //% endif
        //% if receive_low_watermark
        {SOL_SOCKET, SO_RCVLOWAT, NUMBER(CONFIG_RECEIVE_LOW_WATERMARK), "SO_RCVLOWAT",
         "receive_low_watermark"},
        //% endif
        {.symbol = NULL},
    };
    return options_set_each(fd, family, options);
}
//% endif

static bool options_set_internet(int fd, int family) {
    const struct option options[] = {
        //% if v6_only
        {IPPROTO_IPV6, IPV6_V6ONLY, NUMBER(1), "IPV6_V6ONLY", "v6_only"},
        //% endif
        //% if not v6_only
        {IPPROTO_IPV6, IPV6_V6ONLY, NUMBER(0), "IPV6_V6ONLY", "v6_only"},
    //% endif
    //% if reuse_address and windows and posix
#ifndef _WIN32 // whose sockets do so by themselves; there this lets others take the port
        //% endif
        //% if reuse_address and posix
        {SOL_SOCKET, SO_REUSEADDR, NUMBER(1), "SO_REUSEADDR", "reuse_address"},
    //% endif
    //% if reuse_address and windows and posix
#endif
        //% endif
        //% if reuse_port
        {SOL_SOCKET, SO_REUSEPORT, NUMBER(1), "SO_REUSEPORT", "reuse_port"},
        //% endif
        //% if busy_poll
        {SOL_SOCKET, SO_BUSY_POLL, NUMBER(CONFIG_BUSY_POLL_MICROSECONDS), "SO_BUSY_POLL",
         "busy_poll"},
        //% endif
        //% if bind_device
        {SOL_SOCKET, SO_BINDTODEVICE, CONFIG_BIND_DEVICE, sizeof CONFIG_BIND_DEVICE,
         "SO_BINDTODEVICE", "bind_device"},
        //% endif
        //% if dscp
        // Two bits below it stand for congestion (RFC 2474 §3). A dual-stack socket has both.
        {IPPROTO_IP, IP_TOS, NUMBER(CONFIG_DSCP << 2), "IP_TOS", "dscp"},
        {IPPROTO_IPV6, IPV6_TCLASS, NUMBER(CONFIG_DSCP << 2), "IPV6_TCLASS", "dscp"},
        //% endif
        {.symbol = NULL},
    };
    return options_set_each(fd, family, options);
}
//% if stream_options

static bool options_set_stream(int fd, int family) {
    const struct option options[] = {
        //% if no_delay
        {IPPROTO_TCP, TCP_NODELAY, NUMBER(1), "TCP_NODELAY", "no_delay"},
        //% endif
        //% if keep_alive
        {SOL_SOCKET, SO_KEEPALIVE, NUMBER(1), "SO_KEEPALIVE", "keep_alive"},
    //% endif
    //% if keep_alive and windows and posix
#ifndef _WIN32 // which has options_set_keep_alive()
        //% endif
        //% if keep_alive and posix
        {IPPROTO_TCP, TCP_KEEPIDLE, NUMBER(CONFIG_KEEP_ALIVE_IDLE), "TCP_KEEPIDLE",
         "keep_alive.idle"},
        {IPPROTO_TCP, TCP_KEEPINTVL, NUMBER(CONFIG_KEEP_ALIVE_INTERVAL), "TCP_KEEPINTVL",
         "keep_alive.interval"},
        {IPPROTO_TCP, TCP_KEEPCNT, NUMBER(CONFIG_KEEP_ALIVE_COUNT), "TCP_KEEPCNT",
         "keep_alive.count"},
    //% endif
    //% if keep_alive and windows and posix
#endif
        //% endif
        //% if cork
        {IPPROTO_TCP, TCP_CORK, NUMBER(1), "TCP_CORK", "cork"},
        //% endif
        //% if fast_open and not macos
        {IPPROTO_TCP, TCP_FASTOPEN, NUMBER(CONFIG_FAST_OPEN_QUEUE), "TCP_FASTOPEN", "fast_open"},
        //% endif
        //% if defer_accept
        {IPPROTO_TCP, TCP_DEFER_ACCEPT, NUMBER(CONFIG_DEFER_ACCEPT), "TCP_DEFER_ACCEPT",
         "defer_accept"},
        //% endif
        //% if user_timeout
        {IPPROTO_TCP, TCP_USER_TIMEOUT, NUMBER(CONFIG_USER_TIMEOUT), "TCP_USER_TIMEOUT",
         "user_timeout"},
        //% endif
        //% if linger
        {SOL_SOCKET, SO_LINGER, &(const struct linger){1, CONFIG_LINGER}, sizeof(struct linger),
         "SO_LINGER", "linger"},
        //% endif
        {.symbol = NULL},
    };
    return options_set_each(fd, family, options);
}
//% endif

bool options_set(int fd, int family) {
    //% if socket_receive_buffer or socket_send_buffer or receive_low_watermark
    if (!options_set_buffers(fd, family)) {
        return false;
    }
    //% endif
    //% if stream_options
    if (family != AF_UNIX && !options_set_stream(fd, family)) {
        return false;
    }
    //% endif
    //% if keep_alive and windows and not udp
    //% if posix
#ifdef _WIN32
    //% endif
    if (family != AF_UNIX && !options_set_keep_alive(fd)) {
        return false;
    }
    //% if posix
#endif
    //% endif
    //% endif
    return family == AF_UNIX || options_set_internet(fd, family);
}
//% if fast_open and macos and not udp

bool options_set_listening(int fd) {
    const struct option option = {IPPROTO_TCP, TCP_FASTOPEN, NUMBER(CONFIG_FAST_OPEN_QUEUE),
                                  "TCP_FASTOPEN", "fast_open"};
    return option_set(fd, &option);
}
//% endif
//% if cork and not udp

void options_uncork(int fd) {
    (void)socket_set_option(fd, IPPROTO_TCP, TCP_CORK, NUMBER(0));
    (void)socket_set_option(fd, IPPROTO_TCP, TCP_CORK, NUMBER(1));
}
//% endif
//% if quick_ack and not udp

void options_acknowledge(int fd) {
    (void)socket_set_option(fd, IPPROTO_TCP, TCP_QUICKACK, NUMBER(1));
}
//% endif
