// GetAdaptersAddresses()
#include "transport/multicast.h"

//% if posix
#ifdef _WIN32
//% endif
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>

// NULL when there is none, or memory is short.
static IP_ADAPTER_ADDRESSES *multicast_adapters(void) {
    ULONG size = 0;
    (void)GetAdaptersAddresses(AF_INET6, 0, NULL, NULL, &size);
    IP_ADAPTER_ADDRESSES *all = malloc(size);
    if (all != NULL && GetAdaptersAddresses(AF_INET6, 0, NULL, all, &size) != NO_ERROR) {
        free(all);
        all = NULL;
    }
    return all;
}

static bool multicast_has(const IP_ADAPTER_ADDRESSES *adapter, const struct in6_addr *address) {
    const IP_ADAPTER_UNICAST_ADDRESS *entry = adapter->FirstUnicastAddress;
    for (; entry != NULL; entry = entry->Next) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)entry->Address.lpSockaddr;
        if (IN6_ARE_ADDR_EQUAL(&v6->sin6_addr, address)) {
            return true;
        }
    }
    return false;
}

unsigned multicast_interface(void) {
    unsigned index = if_nametoindex(CONFIG_MULTICAST_INTERFACE);
    struct in6_addr address;
    if (index != 0 || inet_pton(AF_INET6, CONFIG_MULTICAST_INTERFACE, &address) != 1) {
        return index;
    }
    IP_ADAPTER_ADDRESSES *all = multicast_adapters();
    const IP_ADAPTER_ADDRESSES *adapter = all;
    for (; adapter != NULL && index == 0; adapter = adapter->Next) {
        if (multicast_has(adapter, &address)) {
            index = adapter->Ipv6IfIndex;
        }
    }
    free(all);
    return index;
}
//% if posix
#endif
//% endif
