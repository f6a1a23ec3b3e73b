#include "transport/socket_io.h"

//% if windows
#ifndef _WIN32
//% endif
//% if macos
#include "transport/platform.h"
//% endif

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool socket_tracing = false;

void socket_trace(bool on) {
    socket_tracing = on;
}

static ssize_t socket_traced(const char *operation, int fd, ssize_t result) {
    if (!socket_tracing) {
        return result;
    }
    int error = errno;
    if (result >= 0) {
        (void)fprintf(stderr, "socket: %s fd=%d = %zd\n", operation, fd, result);
    } else {
        (void)fprintf(stderr, "socket: %s fd=%d = -1 (%s)\n", operation, fd, strerror(error));
    }
    errno = error;
    return result;
}

static int socket_create(int family) {
    //% if macos
    return platform_socket(family, SOCK_DGRAM, true);
    //% endif
    //% if not macos
    return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    //% endif
}

int socket_open(int family) {
    int fd = socket_create(family);
    return (int)socket_traced("socket", fd, fd);
}

bool socket_set_option(int fd, int level, int option, const void *value, socklen_t size) {
    return socket_traced("setsockopt", fd, setsockopt(fd, level, option, value, size)) == 0;
}

bool socket_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return socket_traced("bind", fd, bind(fd, address, length)) == 0;
}

int socket_receive(int fd, struct mmsghdr *datagrams, unsigned count, bool waits_for_one) {
    ssize_t received =
        recvmmsg(fd, datagrams, count, waits_for_one ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
    return (int)socket_traced("recvmmsg", fd, received);
}

int socket_send(int fd, struct mmsghdr *datagrams, unsigned count) {
    ssize_t sent;
    do {
        sent = sendmmsg(fd, datagrams, count, MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return (int)socket_traced("sendmmsg", fd, sent);
}

void socket_close(int fd) {
    (void)socket_traced("close", fd, close(fd));
}

bool socket_would_block(int error) {
#if EAGAIN == EWOULDBLOCK
    return error == EAGAIN;
#else
    return error == EAGAIN || error == EWOULDBLOCK;
#endif
}
//% if windows
#endif
//% endif
