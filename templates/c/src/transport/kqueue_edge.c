// kqueue(2), edge-triggered (EV_CLEAR): no connection is watched anew, ever.
#include "transport/edge.h"
#include "transport/readiness.h"
#include "transport/transport.h"

//% if linux or windows
#if !defined(__linux__) && !defined(_WIN32)
//% endif
#include <stdlib.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    KQUEUE_EVENTS = 256
};

struct driver {
    int fd;
    struct kevent events[KQUEUE_EVENTS];
};

static bool kqueue_change(const struct worker *worker, int fd, uint16_t flags, void *subject) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)fd, EVFILT_READ, flags, 0, 0, subject);
    return kevent(worker->driver->fd, &event, 1, NULL, 0, NULL) == 0;
}

bool transport_open(struct worker *worker) {
    worker->driver = malloc(sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    worker->driver->fd = kqueue();
    // These two are level-triggered: not all of their input is taken at once.
    return worker->driver->fd >= 0 && kqueue_change(worker, worker->wake, EV_ADD, &worker->wake) &&
           kqueue_change(worker, worker->listener, EV_ADD, &worker->listener);
}

void transport_close(struct worker *worker) {
    if (worker->driver != NULL) {
        (void)close(worker->driver->fd);
        free(worker->driver);
    }
}

void transport_accept(struct worker *worker, bool accepting) {
    uint16_t flags = accepting ? EV_ADD : EV_DELETE;
    (void)kqueue_change(worker, worker->listener, flags, &worker->listener);
}

bool transport_add(struct connection *connection) {
    struct kevent events[2];
    uintptr_t fd = (uintptr_t)connection->fd;
    EV_SET(&events[0], fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, connection);
    EV_SET(&events[1], fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, connection);
    return kevent(connection->worker->driver->fd, events, 2, NULL, 0, NULL) == 0;
}

static void kqueue_dispatch_connection(struct connection *connection, const struct kevent *event) {
    if (connection->lost) {
        return;
    }
    if (event->filter == EVFILT_READ) {
        edge_notice(connection, (event->flags & EV_EOF) != 0);
    } else if (connection->blocked) {
        connection_writable(connection);
    }
}

static void kqueue_dispatch(struct worker *worker, const struct kevent *event) {
    if (event->udata == &worker->wake) {
        worker_woken(worker);
    } else if (event->udata == &worker->listener) {
        readiness_accept(worker);
    } else {
        kqueue_dispatch_connection(event->udata, event);
    }
}

static int kqueue_wait(struct driver *driver, int patience) {
    const struct timespec time = {.tv_sec = patience / 1000, .tv_nsec = patience % 1000 * 1000000L};
    return kevent(driver->fd, NULL, 0, driver->events, KQUEUE_EVENTS, patience < 0 ? NULL : &time);
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int count = kqueue_wait(driver, edge_has_ready(worker) ? 0 : worker_patience(worker));
        worker_wake(worker);
        for (int i = 0; i < count; i++) {
            kqueue_dispatch(worker, &driver->events[i]);
        }
        edge_serve_ready(worker);
        worker_turn(worker);
    }
}
//% if linux or windows
#endif
//% endif
