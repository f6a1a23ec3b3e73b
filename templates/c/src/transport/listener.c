#include "transport/listener.h"

#include "config.h"
#include "transport/socket_io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *listener_advice(int error) {
    switch (error) {
    case EADDRINUSE:
        return "stop the other program or set PORT";
    case EACCES:
        return "set PORT to 1024 or higher, or run with the privilege to use a lower one";
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return "set HOST to an address of this machine";
    default:
        return "set HOST and PORT to where this machine can listen";
    }
}

static bool listener_set_options(int fd, int family) {
    //% if reuse_address
    if (!socket_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) {
        return false;
    }
    //% endif
    //% if reuse_port
    if (!socket_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
        return false;
    }
    //% endif
    return family != AF_INET6 || socket_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

static int listener_try(struct address *address) {
    int family = address->socket.any.sa_family;
    int fd = socket_open(family);
    if (fd < 0) {
        return -1;
    }
    if (listener_set_options(fd, family) &&
        socket_bind(fd, &address->socket.any, address->length) &&
        socket_listen(fd, CONFIG_BACKLOG) &&
        getsockname(fd, &address->socket.any, &address->length) == 0) {
        return fd;
    }
    int error = errno;
    socket_close(fd);
    errno = error;
    return -1;
}

int listener_open(struct address *address) {
    int fd = listener_try(address);
    if (fd < 0) {
        int error = errno;
        char text[ADDRESS_TEXT_SIZE];
        address_format(address, text);
        (void)fprintf(stderr, "error: cannot listen on %s: %s; %s\n", text, strerror(error),
                      listener_advice(error));
    }
    return fd;
}
