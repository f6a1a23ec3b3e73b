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
    return platform_socket(family, SOCK_STREAM, false);
    //% endif
    //% if not macos
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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

bool socket_listen(int fd, int backlog) {
    return socket_traced("listen", fd, listen(fd, backlog)) == 0;
}

//% if not io_uring
static int socket_take(int fd, struct sockaddr *address, socklen_t *length) {
    //% if macos
    return platform_accept(fd, address, length, false);
    //% endif
    //% if not macos
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    //% endif
}

int socket_accept(int fd, struct sockaddr *address, socklen_t *length) {
    int accepted;
    do {
        accepted = socket_take(fd, address, length);
    } while (accepted < 0 && errno == EINTR);
    return (int)socket_traced("accept", fd, accepted);
}

ssize_t socket_read(int fd, const struct iovec *parts, int count) {
    ssize_t taken;
    do {
        taken = count == 1 ? read(fd, parts->iov_base, parts->iov_len) : readv(fd, parts, count);
    } while (taken < 0 && errno == EINTR);
    return socket_traced("read", fd, taken);
}

//% endif
ssize_t socket_write(int fd, const struct iovec *parts, int count) {
    ssize_t taken;
    do {
        taken = count == 1 ? write(fd, parts->iov_base, parts->iov_len) : writev(fd, parts, count);
    } while (taken < 0 && errno == EINTR);
    return socket_traced("write", fd, taken);
}

void socket_shutdown(int fd) {
    (void)socket_traced("shutdown", fd, shutdown(fd, SHUT_WR));
}

void socket_close(int fd) {
    (void)socket_traced("close", fd, close(fd));
}

//% if io_uring
int socket_completed(const char *operation, int fd, int result) {
    errno = result < 0 ? -result : 0;
    (void)socket_traced(operation, fd, result < 0 ? -1 : result);
    return result;
}

//% endif
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
