// Winsock by the names of other systems. A descriptor is an int: Windows keeps the numbers of its
// sockets that small.
#ifndef WINDOWS_SYS_SOCKET_H
#define WINDOWS_SYS_SOCKET_H

#include <winsock2.h>
#include <ws2tcpip.h>

#include <sys/types.h>

enum {
    SHUT_WR = SD_SEND
};

// The C library's strerror() has no texts for sockets.
const char *windows_error_text(int error);
#define strerror windows_error_text

static inline int windows_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    return getsockname((SOCKET)fd, address, length);
}
#define getsockname windows_getsockname

#endif
