// Winsock by the names of other systems. A descriptor is an int: Windows keeps the numbers of its
// sockets that small.
#ifndef WINDOWS_SYS_SOCKET_H
#define WINDOWS_SYS_SOCKET_H

//% if io_select
#define FD_SETSIZE 1024 // sockets in a set
//% endif
#include <winsock2.h>
#include <ws2tcpip.h>

#include <sys/types.h>
//% if udp
#include <sys/uio.h>
//% endif

enum {
    SHUT_WR = SD_SEND
};

// The C library's strerror() has no texts for sockets.
const char *windows_error_text(int error);
#define strerror(error) windows_error_text(error)

static inline int windows_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    return getsockname((SOCKET)fd, address, length);
}
#define getsockname windows_getsockname
//% if udp

// A datagram, with room for control messages, of which there are none.
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
};

struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned msg_len;
};

struct cmsghdr {
    size_t cmsg_len;
};
#define CMSG_SPACE(length) (sizeof(struct cmsghdr) + (length))
//% endif

#endif
