#include "transport/socket_io.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock.h"

#include <mswsock.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool socket_tracing = false;

void socket_trace(bool on) {
    socket_tracing = on;
}

static int socket_traced(const char *operation, int fd, int result) {
    if (!socket_tracing) {
        return result;
    }
    int error = errno;
    if (result >= 0) {
        (void)fprintf(stderr, "socket: %s fd=%d = %d\n", operation, fd, result);
    } else {
        (void)fprintf(stderr, "socket: %s fd=%d = -1 (%s)\n", operation, fd, strerror(error));
    }
    errno = error;
    return result;
}

// A result of 0 is success.
static bool socket_done(const char *operation, int fd, int result) {
    return socket_traced(operation, fd, result == 0 ? 0 : winsock_fail()) == 0;
}

// Without it, a receive would fail once for each answer that nobody took.
static bool socket_ignore_resets(SOCKET handle) {
    BOOL on = FALSE;
    DWORD length = 0;
    return WSAIoctl(handle, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &length, NULL, NULL) == 0;
}

// It never waits. -1 and errno on failure.
static int socket_prepare(SOCKET handle) {
    u_long on = 1;
    if (handle == INVALID_SOCKET) {
        return winsock_fail();
    }
    if (ioctlsocket(handle, (long)FIONBIO, &on) != 0 || !socket_ignore_resets(handle)) {
        (void)winsock_fail();
        (void)closesocket(handle);
        return -1;
    }
    return (int)handle;
}

int socket_open(int family) {
    int fd = socket_prepare(WSASocketW(family, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT));
    return socket_traced("socket", fd, fd);
}

bool socket_set_option(int fd, int level, int option, const void *value, socklen_t size) {
    return socket_done("setsockopt", fd, setsockopt((SOCKET)fd, level, option, value, size));
}

bool socket_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return socket_done("bind", fd, bind((SOCKET)fd, address, length));
}

// A datagram that the room is too small for fills it.
static int socket_receive_one(int fd, struct msghdr *datagram) {
    const struct iovec *room = datagram->msg_iov;
    int length = recvfrom((SOCKET)fd, room->iov_base, (int)room->iov_len, 0, datagram->msg_name,
                          &datagram->msg_namelen);
    if (length < 0 && WSAGetLastError() == WSAEMSGSIZE) {
        length = (int)room->iov_len;
    }
    return socket_traced("recvfrom", fd, length < 0 ? winsock_fail() : length);
}

int socket_receive(int fd, struct mmsghdr *datagrams, unsigned count, bool waits_for_one) {
    (void)waits_for_one; // no model has it do so
    for (unsigned i = 0; i < count; i++) {
        int length = socket_receive_one(fd, &datagrams[i].msg_hdr);
        if (length < 0) {
            return i == 0 ? -1 : (int)i;
        }
        datagrams[i].msg_len = (unsigned)length;
    }
    return (int)count;
}

static int socket_send_one(int fd, const struct msghdr *datagram) {
    const struct iovec *bytes = datagram->msg_iov;
    int length = sendto((SOCKET)fd, bytes->iov_base, (int)bytes->iov_len, 0, datagram->msg_name,
                        datagram->msg_namelen);
    return socket_traced("sendto", fd, length < 0 ? winsock_fail() : length);
}

int socket_send(int fd, struct mmsghdr *datagrams, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (socket_send_one(fd, &datagrams[i].msg_hdr) < 0) {
            return i == 0 ? -1 : (int)i;
        }
    }
    return (int)count;
}

void socket_close(int fd) {
    (void)socket_done("close", fd, closesocket((SOCKET)fd));
}

bool socket_would_block(int error) {
    return error == EWOULDBLOCK;
}
//% if posix
#endif
//% endif
