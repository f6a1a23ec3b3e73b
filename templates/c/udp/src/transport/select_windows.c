// select(), whose sets are lists of sockets on Windows.
#include "transport/transport.h"

//% if posix
#ifdef _WIN32
//% endif
#include <sys/socket.h>

bool transport_open(struct worker *worker) {
    (void)worker;
    return true;
}

void transport_close(struct worker *worker) {
    (void)worker;
}

int transport_receive(struct worker *worker, int patience) {
    fd_set readable = {.fd_count = 2, .fd_array = {(SOCKET)worker->fd, (SOCKET)worker->wake}};
    struct timeval time = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000L};
    if (select(0, &readable, NULL, NULL, patience < 0 ? NULL : &time) <= 0) {
        return 0;
    }
    worker->woken = FD_ISSET(worker->wake, &readable);
    return FD_ISSET(worker->fd, &readable) ? inbox_receive(&worker->inbox, worker->fd, false) : 0;
}
//% if posix
#endif
//% endif
