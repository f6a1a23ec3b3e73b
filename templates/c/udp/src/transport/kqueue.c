// kqueue(2).
#include "transport/transport.h"

//% if linux or windows
#if !defined(__linux__) && !defined(_WIN32)
//% endif
#include <stddef.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    KQUEUE_EVENTS = 2
};

static bool kqueue_add(int poller, int fd) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)fd, EVFILT_READ, EV_ADD, 0, 0, NULL);
    return kevent(poller, &event, 1, NULL, 0, NULL) == 0;
}

bool transport_open(struct worker *worker) {
    worker->poller = kqueue();
    return worker->poller >= 0 && kqueue_add(worker->poller, worker->fd) &&
           kqueue_add(worker->poller, worker->wake);
}

void transport_close(struct worker *worker) {
    (void)close(worker->poller);
}

static int kqueue_wait(int poller, struct kevent events[KQUEUE_EVENTS], int patience) {
    const struct timespec time = {.tv_sec = patience / 1000, .tv_nsec = patience % 1000 * 1000000L};
    return kevent(poller, NULL, 0, events, KQUEUE_EVENTS, patience < 0 ? NULL : &time);
}

int transport_receive(struct worker *worker, int patience) {
    struct kevent events[KQUEUE_EVENTS];
    int ready = kqueue_wait(worker->poller, events, patience);
    int received = 0;
    for (int i = 0; i < ready; i++) {
        if (events[i].ident == (uintptr_t)worker->fd) {
            received = inbox_receive(&worker->inbox, worker->fd, false);
        } else {
            worker->woken = true;
        }
    }
    return received;
}
//% if linux or windows
#endif
//% endif
