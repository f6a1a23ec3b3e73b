#include "transport/services_io.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock.h"

#include <sys/socket.h>

int services_socket(int family) {
    DWORD flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    SOCKET handle = WSASocketW(family, SOCK_STREAM, 0, NULL, 0, flags);
    return handle == INVALID_SOCKET ? winsock_fail() : (int)handle;
}

bool services_listen(int fd, const struct address *address) {
    bool listening = bind((SOCKET)fd, &address->socket.any, address->length) == 0 &&
                     listen((SOCKET)fd, SERVICES_BACKLOG) == 0;
    return listening || winsock_fail() == 0;
}

int services_accept(int listener) {
    SOCKET handle = accept((SOCKET)listener, NULL, NULL);
    return handle == INVALID_SOCKET ? winsock_fail() : (int)handle;
}

void services_limit(int fd, int seconds) {
    const DWORD time = (DWORD)seconds * 1000;
    const char *value = (const char *)&time;
    (void)setsockopt((SOCKET)fd, SOL_SOCKET, SO_RCVTIMEO, value, sizeof time);
    (void)setsockopt((SOCKET)fd, SOL_SOCKET, SO_SNDTIMEO, value, sizeof time);
}

ssize_t services_read(int fd, void *bytes, size_t room) {
    return recv((SOCKET)fd, bytes, (int)room, 0);
}

ssize_t services_write(int fd, const void *bytes, size_t length) {
    return send((SOCKET)fd, bytes, (int)length, 0);
}

void services_shutdown(int fd) {
    (void)shutdown((SOCKET)fd, SD_SEND);
}

void services_close(int fd) {
    (void)closesocket((SOCKET)fd);
}
//% if posix
#endif
//% endif
