// ipv6(7)
#include "transport/multicast.h"

#include "config.h"
#include "transport/socket_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool multicast_set(int fd, int option, const void *value, socklen_t size) {
    return socket_set_option(fd, IPPROTO_IPV6, option, value, size);
}
//% if multicast_interface

static bool multicast_choose(int fd, struct ipv6_mreq *request) {
    request->ipv6mr_interface = multicast_interface();
    int index = (int)request->ipv6mr_interface;
    errno = ENODEV;
    return index != 0 && multicast_set(fd, IPV6_MULTICAST_IF, &index, sizeof index);
}
//% endif

static bool multicast_set_all(int fd) {
    const int hops = CONFIG_MULTICAST_TTL;
    int loopback = 0;
    struct ipv6_mreq request = {0};
    // The spec was checked.
    (void)inet_pton(AF_INET6, CONFIG_MULTICAST_GROUP, &request.ipv6mr_multiaddr);
    //% if multicast_loopback
    loopback = 1;
    //% endif
    //% if multicast_interface
    if (!multicast_choose(fd, &request)) {
        return false;
    }
    //% endif
    return multicast_set(fd, IPV6_MULTICAST_HOPS, &hops, sizeof hops) &&
           multicast_set(fd, IPV6_MULTICAST_LOOP, &loopback, sizeof loopback) &&
           multicast_set(fd, IPV6_JOIN_GROUP, &request, sizeof request);
}

bool multicast_join(int fd) {
    if (multicast_set_all(fd)) {
        return true;
    }
    (void)fprintf(stderr,
                  "error: cannot join %s: %s; set udp.multicast.interface to one that has "
                  "multicast\n",
                  CONFIG_MULTICAST_GROUP, strerror(errno));
    return false;
}
