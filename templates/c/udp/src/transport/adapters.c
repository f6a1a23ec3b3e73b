// GetAdaptersAddresses()
#include "transport/adapters.h"

//% if posix
#ifdef _WIN32
//% endif
#include <stdlib.h>
#include <wchar.h>

enum {
    ADAPTERS_ROOM = 16 * 1024, // for the list of most machines
    ADAPTERS_TRIES = 4, // for a list that grows meanwhile
    ADAPTERS_NAME_SIZE = 256
};

IP_ADAPTER_ADDRESSES *adapters_list(ULONG family) {
    ULONG size = ADAPTERS_ROOM;
    ULONG error = ERROR_BUFFER_OVERFLOW;
    IP_ADAPTER_ADDRESSES *list = NULL;
    for (int i = 0; i < ADAPTERS_TRIES && error == ERROR_BUFFER_OVERFLOW; i++) {
        free(list);
        list = malloc(size);
        error = list == NULL ? ERROR_NOT_ENOUGH_MEMORY
                             : GetAdaptersAddresses(family, 0, NULL, list, &size);
    }
    if (error != NO_ERROR) {
        free(list);
        list = NULL;
    }
    return list;
}

bool adapters_is_called(const IP_ADAPTER_ADDRESSES *adapter, const char *name) {
    WCHAR wide[ADAPTERS_NAME_SIZE];
    return MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, ADAPTERS_NAME_SIZE) > 0 &&
           wcscmp(adapter->FriendlyName, wide) == 0;
}
//% if posix
#endif
//% endif
