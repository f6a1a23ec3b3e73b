// epoll(7).
#include "transport/transport.h"

//% if several_platforms
#ifdef __linux__
//% endif
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EPOLL_EVENTS = 2
};

static bool epoll_add(int poller, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool transport_open(struct worker *worker) {
    worker->poller = epoll_create1(EPOLL_CLOEXEC);
    return worker->poller >= 0 && epoll_add(worker->poller, worker->fd) &&
           epoll_add(worker->poller, worker->wake);
}

void transport_close(struct worker *worker) {
    (void)close(worker->poller);
}

int transport_receive(struct worker *worker, int patience) {
    struct epoll_event events[EPOLL_EVENTS];
    int ready = epoll_wait(worker->poller, events, EPOLL_EVENTS, patience);
    int received = 0;
    for (int i = 0; i < ready; i++) {
        if (events[i].data.fd == worker->fd) {
            received = inbox_receive(&worker->inbox, worker->fd, false);
        } else {
            worker->woken = true;
        }
    }
    return received;
}
//% if several_platforms
#endif
//% endif
