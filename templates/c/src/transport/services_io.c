#include "transport/services_io.h"

//% if windows
#ifndef _WIN32
//% endif
//% if macos
#include "transport/platform.h"
//% endif

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int services_socket(int family) {
    //% if macos
    return platform_socket(family, SOCK_STREAM, true);
    //% endif
    //% if not macos
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    //% endif
}

bool services_listen(int fd, const struct address *address) {
    const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(fd, &address->socket.any, address->length) == 0 &&
           listen(fd, SERVICES_BACKLOG) == 0;
}

int services_accept(int listener) {
    //% if macos
    return platform_accept(listener, NULL, NULL, true);
    //% endif
    //% if not macos
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    //% endif
}

void services_limit(int fd, int seconds) {
    const struct timeval time = {.tv_sec = seconds};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

ssize_t services_read(int fd, void *bytes, size_t room) {
    return recv(fd, bytes, room, 0);
}

ssize_t services_write(int fd, const void *bytes, size_t length) {
    return send(fd, bytes, length, 0);
}

void services_shutdown(int fd) {
    (void)shutdown(fd, SHUT_WR);
}

void services_close(int fd) {
    (void)close(fd);
}
//% if windows
#endif
//% endif
