#ifndef WINDOWS_ARPA_INET_H
#define WINDOWS_ARPA_INET_H

#include <sys/socket.h>

#endif
