#include "transport/winsock.h"

//% if posix
#ifdef _WIN32
//% endif
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct winsock_error {
    int code; // of Winsock
    int number; // of the C library
    const char *text;
};

static const struct winsock_error WINSOCK_ERRORS[] = {
    {WSAEACCES, EACCES, "Permission denied"},
    {WSAEADDRINUSE, EADDRINUSE, "Address already in use"},
    {WSAEADDRNOTAVAIL, EADDRNOTAVAIL, "Cannot assign requested address"},
    {WSAEAFNOSUPPORT, EAFNOSUPPORT, "Address family not supported by protocol"},
    {WSAECONNABORTED, ECONNABORTED, "Software caused connection abort"},
    {WSAECONNRESET, ECONNRESET, "Connection reset by peer"},
    {WSAEMFILE, EMFILE, "Too many open files"},
    {WSAENETDOWN, ENETDOWN, "Network is down"},
    {WSAENOBUFS, ENOBUFS, "No buffer space available"},
    {WSAENOPROTOOPT, ENOPROTOOPT, "Protocol not available"},
    {WSAENOTCONN, ENOTCONN, "Transport endpoint is not connected"},
    {WSAETIMEDOUT, ETIMEDOUT, "Connection timed out"},
    {WSA_NOT_ENOUGH_MEMORY, ENOMEM, "Cannot allocate memory"},
    {WSAEWOULDBLOCK, EWOULDBLOCK, "Resource temporarily unavailable"},
};

enum {
    WINSOCK_ERROR_COUNT = sizeof WINSOCK_ERRORS / sizeof *WINSOCK_ERRORS
};

bool winsock_start(void) {
    // What is written is what is read, line ends included.
    (void)_setmode(_fileno(stdout), _O_BINARY);
    (void)_setmode(_fileno(stderr), _O_BINARY);
    (void)setvbuf(stderr, NULL, _IONBF, 0); // which a file would have by itself elsewhere
    WSADATA data;
    bool started = WSAStartup(MAKEWORD(2, 2), &data) == 0;
    errno = started ? 0 : ENETDOWN;
    return started;
}

int winsock_fail(void) {
    int code = WSAGetLastError();
    errno = EIO;
    for (size_t i = 0; i < WINSOCK_ERROR_COUNT; i++) {
        if (WINSOCK_ERRORS[i].code == code) {
            errno = WINSOCK_ERRORS[i].number;
        }
    }
    return -1;
}

const char *windows_error_text(int error) {
    for (size_t i = 0; i < WINSOCK_ERROR_COUNT; i++) {
        if (WINSOCK_ERRORS[i].number == error) {
            return WINSOCK_ERRORS[i].text;
        }
    }
    return (strerror)(error); // the C library's own
}
//% if posix
#endif
//% endif
