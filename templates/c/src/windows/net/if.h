#ifndef WINDOWS_NET_IF_H
#define WINDOWS_NET_IF_H

#include <sys/socket.h>

#include <iphlpapi.h>

#endif
