// poll(2).
#include "transport/transport.h"

#include <poll.h>

bool transport_open(struct worker *worker) {
    (void)worker;
    return true;
}

void transport_close(struct worker *worker) {
    (void)worker;
}

int transport_receive(struct worker *worker, int patience) {
    struct pollfd watched[] = {
        {.fd = worker->fd, .events = POLLIN},
        {.fd = worker->wake, .events = POLLIN},
    };
    if (poll(watched, sizeof watched / sizeof *watched, patience) <= 0) {
        return 0;
    }
    worker->woken = watched[1].revents != 0;
    return watched[0].revents != 0 ? inbox_receive(&worker->inbox, worker->fd, false) : 0;
}
