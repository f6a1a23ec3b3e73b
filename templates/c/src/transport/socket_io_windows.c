#include "transport/socket_io.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    SOCKET_PARTS_MAX = 4 // of one read or write
};

static bool socket_tracing = false;

void socket_trace(bool on) {
    socket_tracing = on;
}

static ssize_t socket_traced(const char *operation, int fd, ssize_t result) {
    if (!socket_tracing) {
        return result;
    }
    int error = errno;
    if (result >= 0) {
        (void)fprintf(stderr, "socket: %s fd=%d = %lld\n", operation, fd, (long long)result);
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

// It never waits. -1 and errno on failure.
static int socket_prepare(SOCKET handle) {
    u_long on = 1;
    if (handle == INVALID_SOCKET) {
        return winsock_fail();
    }
    if (ioctlsocket(handle, (long)FIONBIO, &on) != 0) {
        (void)winsock_fail();
        (void)closesocket(handle);
        return -1;
    }
    return (int)handle;
}

int socket_open(int family) {
    DWORD flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    int fd = socket_prepare(WSASocketW(family, SOCK_STREAM, 0, NULL, 0, flags));
    return (int)socket_traced("socket", fd, fd);
}

bool socket_set_option(int fd, int level, int option, const void *value, socklen_t size) {
    return socket_done("setsockopt", fd, setsockopt((SOCKET)fd, level, option, value, size));
}

bool socket_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return socket_done("bind", fd, bind((SOCKET)fd, address, length));
}

bool socket_listen(int fd, int backlog) {
    return socket_done("listen", fd, listen((SOCKET)fd, backlog));
}

//% if polled
int socket_accept(int fd, struct sockaddr *address, socklen_t *length) {
    int accepted = socket_prepare(accept((SOCKET)fd, address, length));
    return (int)socket_traced("accept", fd, accepted);
}

//% endif
static void socket_convert(WSABUF buffers[SOCKET_PARTS_MAX], const struct iovec *parts, int count) {
    for (int i = 0; i < count; i++) {
        buffers[i] = (WSABUF){(ULONG)parts[i].iov_len, parts[i].iov_base};
    }
}

ssize_t socket_read(int fd, const struct iovec *parts, int count) {
    WSABUF buffers[SOCKET_PARTS_MAX];
    DWORD taken = 0;
    DWORD flags = 0;
    socket_convert(buffers, parts, count);
    int result = WSARecv((SOCKET)fd, buffers, (DWORD)count, &taken, &flags, NULL, NULL);
    return socket_traced("read", fd, result == 0 ? (ssize_t)taken : winsock_fail());
}

ssize_t socket_write(int fd, const struct iovec *parts, int count) {
    WSABUF buffers[SOCKET_PARTS_MAX];
    DWORD taken = 0;
    socket_convert(buffers, parts, count);
    int result = WSASend((SOCKET)fd, buffers, (DWORD)count, &taken, 0, NULL, NULL);
    return socket_traced("write", fd, result == 0 ? (ssize_t)taken : winsock_fail());
}

void socket_shutdown(int fd) {
    (void)socket_done("shutdown", fd, shutdown((SOCKET)fd, SD_SEND));
}

//% if linger
// It waits for the peer, although the socket does not.
static int socket_linger(SOCKET handle) {
    u_long off = 0;
    if (closesocket(handle) == 0) {
        return 0;
    }
    bool waits =
        WSAGetLastError() == WSAEWOULDBLOCK && ioctlsocket(handle, (long)FIONBIO, &off) == 0;
    return waits ? closesocket(handle) : -1;
}

//% endif
void socket_close(int fd) {
    //% if linger
    (void)socket_done("close", fd, socket_linger((SOCKET)fd));
    //% endif
    //% if not linger
    (void)socket_done("close", fd, closesocket((SOCKET)fd));
    //% endif
}

bool socket_would_block(int error) {
    return error == EWOULDBLOCK;
}
//% if posix
#endif
//% endif
