// getifaddrs(3)
#include "transport/multicast.h"

//% if windows
#ifndef _WIN32
//% endif
#include "config.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

static bool multicast_has(const struct ifaddrs *entry, const struct in6_addr *address) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)entry->ifa_addr;
    return v6 != NULL && v6->sin6_family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&v6->sin6_addr, address);
}

unsigned multicast_interface(void) {
    unsigned index = if_nametoindex(CONFIG_MULTICAST_INTERFACE);
    struct in6_addr address;
    struct ifaddrs *all = NULL;
    if (index != 0 || inet_pton(AF_INET6, CONFIG_MULTICAST_INTERFACE, &address) != 1 ||
        getifaddrs(&all) != 0) {
        return index;
    }
    for (const struct ifaddrs *entry = all; entry != NULL && index == 0; entry = entry->ifa_next) {
        if (multicast_has(entry, &address)) {
            index = if_nametoindex(entry->ifa_name);
        }
    }
    freeifaddrs(all);
    return index;
}
//% if windows
#endif
//% endif
