#include "transport/options.h"

//% if posix
#ifdef _WIN32
//% endif
#include "config.h"
#include "transport/socket_io.h"
#include "transport/winsock.h"

#include <mstcpip.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OPTIONS_TCP_KEEPCNT = 16 // of Windows 10, version 1703
};

static bool options_keep_alive_times(int fd) {
    struct tcp_keepalive times = {
        .onoff = 1,
        .keepalivetime = (ULONG)CONFIG_KEEP_ALIVE_IDLE * 1000,
        .keepaliveinterval = (ULONG)CONFIG_KEEP_ALIVE_INTERVAL * 1000,
    };
    DWORD length = 0;
    int result = WSAIoctl((SOCKET)fd, SIO_KEEPALIVE_VALS, &times, sizeof times, NULL, 0, &length,
                          NULL, NULL);
    return result == 0 || winsock_fail() == 0;
}

// An older Windows tells ten times, whatever is asked for.
static bool options_keep_alive_count(int fd) {
    const DWORD count = (DWORD)CONFIG_KEEP_ALIVE_COUNT;
    return socket_set_option(fd, IPPROTO_TCP, OPTIONS_TCP_KEEPCNT, &count, sizeof count) ||
           errno == ENOPROTOOPT;
}

bool options_keep_alive(int fd) {
    return options_keep_alive_times(fd) && options_keep_alive_count(fd);
}

bool options_set_keep_alive(int fd) {
    if (options_keep_alive(fd)) {
        return true;
    }
    (void)fprintf(stderr, "error: cannot set SIO_KEEPALIVE_VALS: %s; remove socket.keep_alive\n",
                  strerror(errno));
    return false;
}
//% if posix
#endif
//% endif
