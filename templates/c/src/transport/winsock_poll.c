#include "transport/winsock_poll.h"

//% if posix
#ifdef _WIN32
//% endif
#include <stdbool.h>

enum {
    WINSOCK_PAUSE = 1 // milliseconds
};

// Whether something is left of what was reported.
static bool winsock_settle(WSAPOLLFD *socket) {
    if ((socket->revents & (POLLHUP | POLLERR | POLLNVAL)) == POLLHUP) {
        socket->revents &= (short)~POLLHUP;
        socket->revents |= (short)(socket->events & POLLIN);
    }
    return socket->revents != 0;
}

// Windows tells of the end for ever, asked or not: without a pause a loop would spin.
int winsock_poll(WSAPOLLFD *watched, ULONG count, int patience) {
    int reported = WSAPoll(watched, count, patience);
    int left = 0;
    int seen = 0;
    for (ULONG i = 0; i < count && seen < reported; i++) {
        if (watched[i].revents != 0) {
            seen++;
            left += winsock_settle(&watched[i]) ? 1 : 0;
        }
    }
    if (reported > 0 && left == 0) {
        Sleep(WINSOCK_PAUSE);
    }
    return left;
}
//% if posix
#endif
//% endif
