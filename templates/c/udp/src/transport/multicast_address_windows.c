#include "transport/multicast.h"

//% if posix
#ifdef _WIN32
//% endif
#include "config.h"
#include "transport/adapters.h"

#include <stdlib.h>

static bool multicast_is_at(const IP_ADAPTER_ADDRESSES *adapter) {
    return adapter->FirstUnicastAddress != NULL &&
           adapters_is_called(adapter, CONFIG_MULTICAST_INTERFACE);
}

bool multicast_address(struct in_addr *address) {
    IP_ADAPTER_ADDRESSES *list = adapters_list(AF_INET);
    const IP_ADAPTER_ADDRESSES *adapter = list;
    while (adapter != NULL && !multicast_is_at(adapter)) {
        adapter = adapter->Next;
    }
    if (adapter != NULL) {
        const void *first = adapter->FirstUnicastAddress->Address.lpSockaddr;
        *address = ((const struct sockaddr_in *)first)->sin_addr;
    }
    free(list);
    return adapter != NULL;
}
//% if posix
#endif
//% endif
