// The network interfaces of Windows.
#ifndef ADAPTERS_H
#define ADAPTERS_H

#include <sys/socket.h>

//% if posix
#ifdef _WIN32
//% endif
#include <iphlpapi.h>

#include <stdbool.h>

// To be freed; NULL when memory is short.
IP_ADAPTER_ADDRESSES *adapters_list(ULONG family);
// The name, in UTF-8, is the one that Windows shows: Ethernet.
bool adapters_is_called(const IP_ADAPTER_ADDRESSES *adapter, const char *name);
//% if posix
#endif
//% endif

#endif
