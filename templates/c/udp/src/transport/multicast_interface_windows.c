#include "transport/multicast.h"

//% if posix
#ifdef _WIN32
//% endif
#include "config.h"
#include "transport/adapters.h"

#include <arpa/inet.h>
#include <stdlib.h>

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

static bool multicast_is_at(const IP_ADAPTER_ADDRESSES *adapter) {
    struct in6_addr address;
    return inet_pton(AF_INET6, CONFIG_MULTICAST_INTERFACE, &address) == 1
               ? multicast_has(adapter, &address)
               : adapters_is_called(adapter, CONFIG_MULTICAST_INTERFACE);
}

unsigned multicast_interface(void) {
    IP_ADAPTER_ADDRESSES *list = adapters_list(AF_INET6);
    const IP_ADAPTER_ADDRESSES *adapter = list;
    while (adapter != NULL && !multicast_is_at(adapter)) {
        adapter = adapter->Next;
    }
    unsigned index = adapter != NULL ? adapter->Ipv6IfIndex : 0;
    free(list);
    return index;
}
//% if posix
#endif
//% endif
