// select(2).
#include "transport/transport.h"

//% if windows
#ifndef _WIN32
//% endif
#include <errno.h>
#include <sys/select.h>

// The server has few descriptors, unless it was started with many.
bool transport_open(struct worker *worker) {
    errno = EMFILE;
    return worker->fd < FD_SETSIZE && worker->wake < FD_SETSIZE;
}

void transport_close(struct worker *worker) {
    (void)worker;
}

int transport_receive(struct worker *worker, int patience) {
    int highest = worker->fd > worker->wake ? worker->fd : worker->wake;
    struct timeval time = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000L};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(worker->fd, &readable);
    FD_SET(worker->wake, &readable);
    if (select(highest + 1, &readable, NULL, NULL, patience < 0 ? NULL : &time) <= 0) {
        return 0;
    }
    worker->woken = FD_ISSET(worker->wake, &readable);
    return FD_ISSET(worker->fd, &readable) ? inbox_receive(&worker->inbox, worker->fd, false) : 0;
}
//% if windows
#endif
//% endif
