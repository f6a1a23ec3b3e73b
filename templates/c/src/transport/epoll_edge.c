// epoll(7), edge-triggered: no connection is watched anew, ever.
#include "transport/edge.h"
#include "transport/readiness.h"
#include "transport/transport.h"

//% if several_platforms
#ifdef __linux__
//% endif
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EPOLL_EVENTS = 256
};

struct driver {
    int fd;
    struct epoll_event events[EPOLL_EVENTS];
};

static bool epoll_add(const struct worker *worker, int fd, uint32_t events, void *subject) {
    struct epoll_event event = {.events = events, .data.ptr = subject};
    return epoll_ctl(worker->driver->fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool transport_open(struct worker *worker) {
    worker->driver = malloc(sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    worker->driver->fd = epoll_create1(EPOLL_CLOEXEC);
    // These two are level-triggered: not all of their input is taken at once.
    return worker->driver->fd >= 0 && epoll_add(worker, worker->wake, EPOLLIN, &worker->wake) &&
           epoll_add(worker, worker->listener, EPOLLIN, &worker->listener);
}

void transport_close(struct worker *worker) {
    if (worker->driver != NULL) {
        (void)close(worker->driver->fd);
        free(worker->driver);
    }
}

void transport_accept(struct worker *worker, bool accepting) {
    struct epoll_event event = {.events = accepting ? EPOLLIN : 0, .data.ptr = &worker->listener};
    (void)epoll_ctl(worker->driver->fd, EPOLL_CTL_MOD, worker->listener, &event);
}

bool transport_add(struct connection *connection) {
    return epoll_add(connection->worker, connection->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                     connection);
}

static void epoll_dispatch_connection(struct connection *connection, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && connection->blocked) {
        connection_writable(connection);
    }
    if (connection->lost || (events & ~(uint32_t)EPOLLOUT) == 0) {
        return;
    }
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !connection_wants_input(connection)) {
        connection_lose(connection);
    } else {
        edge_notice(connection, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    }
}

static void epoll_dispatch(struct worker *worker, const struct epoll_event *event) {
    if (event->data.ptr == &worker->wake) {
        worker_woken(worker);
    } else if (event->data.ptr == &worker->listener) {
        readiness_accept(worker);
    } else {
        epoll_dispatch_connection(event->data.ptr, event->events);
    }
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int patience = edge_has_ready(worker) ? 0 : worker_patience(worker);
        int count = epoll_wait(driver->fd, driver->events, EPOLL_EVENTS, patience);
        worker_wake(worker);
        for (int i = 0; i < count; i++) {
            epoll_dispatch(worker, &driver->events[i]);
        }
        edge_serve_ready(worker);
        worker_turn(worker);
    }
}
//% if several_platforms
#endif
//% endif
