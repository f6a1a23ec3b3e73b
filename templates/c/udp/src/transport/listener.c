#include "transport/listener.h"

//% if multicast
#include "transport/multicast.h"
//% endif
#include "transport/options.h"
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

static void listener_explain(const struct address *address, int error) {
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    (void)fprintf(stderr, "error: cannot listen on %s: %s; %s\n", text, strerror(error),
                  listener_advice(error));
}

//% if udp_broadcast

static bool listener_allow_broadcast(int fd) {
    const int on = 1;
    if (socket_set_option(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on)) {
        return true;
    }
    (void)fprintf(stderr, "error: cannot set SO_BROADCAST: %s; remove udp.broadcast\n",
                  strerror(errno));
    return false;
}
//% endif

static bool listener_prepare(int fd, const struct address *address) {
    bool prepared = options_set(fd, address->socket.any.sa_family);
    //% if udp_broadcast
    prepared = prepared && listener_allow_broadcast(fd);
    //% endif
    return prepared;
}

static bool listener_bind(int fd, struct address *address) {
    if (socket_bind(fd, &address->socket.any, address->length) &&
        getsockname(fd, &address->socket.any, &address->length) == 0) {
        return true;
    }
    listener_explain(address, errno);
    return false;
}

int listener_open(struct address *address) {
    int fd = socket_open(address->socket.any.sa_family);
    if (fd < 0) {
        listener_explain(address, errno);
        return -1;
    }
    bool opened = listener_prepare(fd, address) && listener_bind(fd, address);
    //% if multicast
    opened = opened && multicast_join(fd);
    //% endif
    if (!opened) {
        socket_close(fd);
        return -1;
    }
    return fd;
}
