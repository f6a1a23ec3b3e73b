// The read itself waits. It wakes up now and then: a signal may come right before it begins.
#include "transport/transport.h"

//% if windows
#ifndef _WIN32
//% endif
#include <poll.h>
#include <sys/time.h>

static const int BLOCKING_LONGEST_WAIT = 500; // milliseconds

static bool blocking_limit(int fd, int wait) {
    const struct timeval time = {.tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000L};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0;
}

bool transport_open(struct worker *worker) {
    worker->wait = BLOCKING_LONGEST_WAIT;
    return blocking_limit(worker->fd, worker->wait);
}

void transport_close(struct worker *worker) {
    (void)worker;
}

static int blocking_wait(int patience) {
    return patience < 0 || patience > BLOCKING_LONGEST_WAIT ? BLOCKING_LONGEST_WAIT : patience;
}

int transport_receive(struct worker *worker, int patience) {
    int wait = blocking_wait(patience);
    if (wait != worker->wait && wait > 0 && blocking_limit(worker->fd, wait)) {
        worker->wait = wait;
    }
    int received = inbox_receive(&worker->inbox, worker->fd, wait > 0);
    struct pollfd wake = {.fd = worker->wake, .events = POLLIN};
    worker->woken = poll(&wake, 1, 0) > 0;
    return received;
}
//% if windows
#endif
//% endif
