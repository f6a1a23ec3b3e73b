// epoll(7), level-triggered: what one read leaves behind is reported again.
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

static bool epoll_control(const struct worker *worker, int operation, int fd, uint32_t events,
                          void *subject) {
    struct epoll_event event = {.events = events, .data.ptr = subject};
    return epoll_ctl(worker->driver->fd, operation, fd, &event) == 0;
}

bool transport_open(struct worker *worker) {
    worker->driver = malloc(sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    worker->driver->fd = epoll_create1(EPOLL_CLOEXEC);
    return worker->driver->fd >= 0 &&
           epoll_control(worker, EPOLL_CTL_ADD, worker->wake, EPOLLIN, &worker->wake) &&
           epoll_control(worker, EPOLL_CTL_ADD, worker->listener, EPOLLIN, &worker->listener);
}

void transport_close(struct worker *worker) {
    if (worker->driver != NULL) {
        (void)close(worker->driver->fd);
        free(worker->driver);
    }
}

void transport_accept(struct worker *worker, bool accepting) {
    (void)epoll_control(worker, EPOLL_CTL_MOD, worker->listener, accepting ? EPOLLIN : 0,
                        &worker->listener);
}

bool transport_add(struct connection *connection) {
    connection->watches_input = true;
    return epoll_control(connection->worker, EPOLL_CTL_ADD, connection->fd, EPOLLIN, connection);
}

void transport_watch(struct connection *connection, bool input, bool output) {
    if (input == connection->watches_input && output == connection->watches_output) {
        return;
    }
    connection->watches_input = input;
    connection->watches_output = output;
    uint32_t events = (input ? EPOLLIN : 0U) | (output ? EPOLLOUT : 0U);
    if (!epoll_control(connection->worker, EPOLL_CTL_MOD, connection->fd, events, connection)) {
        connection_lose(connection);
    }
}

void transport_remove(struct connection *connection) {
    (void)connection; // closing its descriptor takes it out
}

static void epoll_dispatch_connection(struct connection *connection, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !connection->lost) {
        connection_writable(connection);
    }
    if ((events & EPOLLIN) != 0 && !connection->lost) {
        (void)readiness_read(connection);
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !connection->lost) {
        readiness_fail(connection);
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
        int count = epoll_wait(driver->fd, driver->events, EPOLL_EVENTS, worker_patience(worker));
        worker_wake(worker);
        for (int i = 0; i < count; i++) {
            epoll_dispatch(worker, &driver->events[i]);
        }
        worker_turn(worker);
    }
}
//% if several_platforms
#endif
//% endif
