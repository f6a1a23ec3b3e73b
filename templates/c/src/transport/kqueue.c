// kqueue(2), level-triggered: what one read leaves behind is reported again.
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

// Applied at once: a change that waits for the next call could meet a descriptor that was closed
// and opened anew.
static bool kqueue_change(const struct worker *worker, int fd, int16_t filter, bool on,
                          void *subject) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)fd, filter, on ? EV_ADD : EV_DELETE, 0, 0, subject);
    return kevent(worker->driver->fd, &event, 1, NULL, 0, NULL) == 0;
}

bool transport_open(struct worker *worker) {
    worker->driver = malloc(sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    worker->driver->fd = kqueue();
    return worker->driver->fd >= 0 &&
           kqueue_change(worker, worker->wake, EVFILT_READ, true, &worker->wake) &&
           kqueue_change(worker, worker->listener, EVFILT_READ, true, &worker->listener);
}

void transport_close(struct worker *worker) {
    if (worker->driver != NULL) {
        (void)close(worker->driver->fd);
        free(worker->driver);
    }
}

void transport_accept(struct worker *worker, bool accepting) {
    (void)kqueue_change(worker, worker->listener, EVFILT_READ, accepting, &worker->listener);
}

bool transport_add(struct connection *connection) {
    connection->watches_input = true;
    return kqueue_change(connection->worker, connection->fd, EVFILT_READ, true, connection);
}

static bool kqueue_watch(struct connection *connection, int16_t filter, bool *watches, bool on) {
    bool changed =
        on == *watches || kqueue_change(connection->worker, connection->fd, filter, on, connection);
    *watches = on;
    return changed;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    if (!kqueue_watch(connection, EVFILT_READ, &connection->watches_input, input) ||
        !kqueue_watch(connection, EVFILT_WRITE, &connection->watches_output, output)) {
        connection_lose(connection);
    }
}

void transport_remove(struct connection *connection) {
    (void)connection; // closing its descriptor takes it out
}

// The end of a stream and errors are found by reading and writing.
static void kqueue_dispatch_connection(struct connection *connection, int16_t filter) {
    if (connection->lost) {
        return;
    }
    if (filter == EVFILT_WRITE) {
        connection_writable(connection);
    } else {
        (void)readiness_read(connection);
    }
}

static void kqueue_dispatch(struct worker *worker, const struct kevent *event) {
    if (event->udata == &worker->wake) {
        worker_woken(worker);
    } else if (event->udata == &worker->listener) {
        readiness_accept(worker);
    } else {
        kqueue_dispatch_connection(event->udata, event->filter);
    }
}

static int kqueue_wait(struct driver *driver, int patience) {
    const struct timespec time = {.tv_sec = patience / 1000, .tv_nsec = patience % 1000 * 1000000L};
    return kevent(driver->fd, NULL, 0, driver->events, KQUEUE_EVENTS, patience < 0 ? NULL : &time);
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int count = kqueue_wait(driver, worker_patience(worker));
        worker_wake(worker);
        for (int i = 0; i < count; i++) {
            kqueue_dispatch(worker, &driver->events[i]);
        }
        worker_turn(worker);
    }
}
//% if linux or windows
#endif
//% endif
