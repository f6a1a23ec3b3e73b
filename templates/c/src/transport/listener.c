#include "transport/listener.h"

#include "config.h"
#include "transport/options.h"
#include "transport/socket_io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *listener_advice_of_path(int error) {
    switch (error) {
    case EADDRINUSE:
        return "stop the other program, remove the file or set HOST to another path";
    case EACCES:
    case EPERM:
    case EROFS:
        return "set HOST to a path in a folder that may be written to";
    default:
        return "set HOST to a path in a folder that exists";
    }
}

static const char *listener_advice(int error) {
    switch (error) {
    case EADDRINUSE:
        return "stop the other program or set PORT";
    case EACCES:
        return "set PORT to 1024 or higher, or run with the privilege to use a lower one";
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return "set HOST to an address of this machine";
    default:
        return "set HOST and PORT to where this machine can listen";
    }
}

static void listener_explain(const struct address *address, int error) {
    bool is_path = address->socket.any.sa_family == AF_UNIX;
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    (void)fprintf(stderr, "error: cannot listen on %s: %s; %s\n", text, strerror(error),
                  is_path ? listener_advice_of_path(error) : listener_advice(error));
}

//% if windows
#ifdef _WIN32
static bool listener_is_stale(const struct address *address) {
    (void)address;
    return false;
}
#else
//% endif
// Whether the file is a socket on which nobody listens, left by a program that was killed.
static bool listener_is_stale(const struct address *address) {
    struct stat status;
    const char *path = address->socket.local.sun_path;
    if (address->socket.any.sa_family != AF_UNIX || lstat(path, &status) != 0 ||
        !S_ISSOCK(status.st_mode)) {
        return false;
    }
    int fd = socket_open(AF_UNIX);
    bool refused =
        fd >= 0 && connect(fd, &address->socket.any, address->length) != 0 && errno == ECONNREFUSED;
    if (fd >= 0) {
        socket_close(fd);
    }
    return refused;
}
//% if windows
#endif
//% endif

static bool listener_bind(int fd, const struct address *address) {
    if (socket_bind(fd, &address->socket.any, address->length)) {
        return true;
    }
    int error = errno;
    if (error == EADDRINUSE && listener_is_stale(address) &&
        unlink(address->socket.local.sun_path) == 0) {
        return socket_bind(fd, &address->socket.any, address->length);
    }
    errno = error;
    return false;
}

static bool listener_begin(int fd, struct address *address) {
    if (listener_bind(fd, address) && socket_listen(fd, CONFIG_BACKLOG) &&
        getsockname(fd, &address->socket.any, &address->length) == 0) {
        return true;
    }
    listener_explain(address, errno);
    return false;
}

int listener_open(struct address *address) {
    int family = address->socket.any.sa_family;
    int fd = socket_open(family);
    if (fd < 0) {
        listener_explain(address, errno);
        return -1;
    }
    bool opened = options_set(fd, family) && listener_begin(fd, address);
    //% if fast_open and macos
    opened = opened && (family == AF_UNIX || options_set_listening(fd));
    //% endif
    if (!opened) {
        socket_close(fd);
        return -1;
    }
    return fd;
}

void listener_remove(const struct address *address) {
    if (address->socket.any.sa_family == AF_UNIX) {
        (void)unlink(address->socket.local.sun_path);
    }
}
