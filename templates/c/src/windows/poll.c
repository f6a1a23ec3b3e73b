#include <poll.h>

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock_poll.h"

enum {
    POLL_MOST = 2
};

// One that is asked for nothing is passed over, too: Windows would tell of its end.
static int poll_is_watched(const struct windows_pollfd *entry) {
    return entry->fd >= 0 && entry->events != 0;
}

int windows_poll(struct windows_pollfd *watched, unsigned count, int patience) {
    WSAPOLLFD sockets[POLL_MOST];
    ULONG used = 0;
    for (unsigned i = 0; i < count; i++) {
        watched[i].revents = 0;
        if (poll_is_watched(&watched[i])) {
            sockets[used++] = (WSAPOLLFD){.fd = (SOCKET)watched[i].fd, .events = watched[i].events};
        }
    }
    int ready = winsock_poll(sockets, used, patience);
    for (unsigned i = 0, next = 0; i < count && ready > 0; i++) {
        if (poll_is_watched(&watched[i])) {
            watched[i].revents = sockets[next++].revents;
        }
    }
    return ready;
}
//% if posix
#endif
//% endif
