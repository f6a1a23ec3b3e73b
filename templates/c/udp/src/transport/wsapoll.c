// WSAPoll(), for two sockets: a completion port has nothing to add to that.
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
    WSAPOLLFD watched[] = {
        {.fd = (SOCKET)worker->fd, .events = POLLIN},
        {.fd = (SOCKET)worker->wake, .events = POLLIN},
    };
    if (WSAPoll(watched, sizeof watched / sizeof *watched, patience) <= 0) {
        return 0;
    }
    worker->woken = watched[1].revents != 0;
    return watched[0].revents != 0 ? inbox_receive(&worker->inbox, worker->fd, false) : 0;
}
//% if posix
#endif
//% endif
