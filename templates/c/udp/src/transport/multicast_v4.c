// ip(7)
#include "transport/multicast.h"

#include "config.h"
#include "transport/socket_io.h"

#include <arpa/inet.h>
#include <errno.h>
//% if multicast_interface and posix and windows
#ifndef _WIN32
//% endif
//% if multicast_interface and posix
#include <net/if.h>
//% endif
//% if multicast_interface and posix and windows
#endif
//% endif
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool multicast_set(int fd, int option, const void *value, socklen_t size) {
    return socket_set_option(fd, IPPROTO_IP, option, value, size);
}
//% if multicast_interface

//% if posix
//% if windows
#ifndef _WIN32
//% endif
// By its address, or by its name.
static bool multicast_choose(int fd, struct ip_mreqn *request) {
    if (inet_pton(AF_INET, CONFIG_MULTICAST_INTERFACE, &request->imr_address) != 1) {
        request->imr_ifindex = (int)if_nametoindex(CONFIG_MULTICAST_INTERFACE);
        if (request->imr_ifindex == 0) {
            return false;
        }
    }
    return multicast_set(fd, IP_MULTICAST_IF, request, sizeof *request);
}
//% endif
//% if windows
//% if posix
#else
//% endif
// By its address, or by its name.
static bool multicast_choose(int fd, struct ip_mreqn *request) {
    struct in_addr *choice = &request->imr_address;
    errno = ENODEV;
    return (inet_pton(AF_INET, CONFIG_MULTICAST_INTERFACE, choice) == 1 ||
            multicast_address(choice)) &&
           multicast_set(fd, IP_MULTICAST_IF, choice, sizeof *choice);
}
//% if posix
#endif
//% endif
//% endif
//% endif

static bool multicast_set_all(int fd) {
    const int ttl = CONFIG_MULTICAST_TTL;
    int loopback = 0;
    struct ip_mreqn request = {0};
    // The spec was checked.
    (void)inet_pton(AF_INET, CONFIG_MULTICAST_GROUP, &request.imr_multiaddr);
    //% if multicast_loopback
    loopback = 1;
    //% endif
    //% if multicast_interface
    if (!multicast_choose(fd, &request)) {
        return false;
    }
    //% endif
    return multicast_set(fd, IP_MULTICAST_TTL, &ttl, sizeof ttl) &&
           multicast_set(fd, IP_MULTICAST_LOOP, &loopback, sizeof loopback) &&
           multicast_set(fd, IP_ADD_MEMBERSHIP, &request, sizeof request);
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
