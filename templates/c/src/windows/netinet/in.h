#ifndef WINDOWS_NETINET_IN_H
#define WINDOWS_NETINET_IN_H

#include <sys/socket.h>

#endif
