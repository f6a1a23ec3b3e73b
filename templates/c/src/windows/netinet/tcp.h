#ifndef WINDOWS_NETINET_TCP_H
#define WINDOWS_NETINET_TCP_H

#include <sys/socket.h>

#endif
