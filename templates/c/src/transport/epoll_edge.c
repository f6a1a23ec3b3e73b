// epoll(7), edge-triggered: readiness is reported once. A connection stays among the ready until
// the kernel has no more input for it; none is watched anew, ever.
#include "transport/readiness.h"
#include "transport/transport.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EPOLL_EVENTS = 256,
    EPOLL_READS_IN_A_ROW = 16
};

struct driver {
    int fd;
    struct connection *first_ready, *last_ready;
    size_t ready_count;
    struct connection *served; // still marked as queued
    struct epoll_event events[EPOLL_EVENTS];
};

static bool epoll_add(const struct worker *worker, int fd, uint32_t events, void *subject) {
    struct epoll_event event = {.events = events, .data.ptr = subject};
    return epoll_ctl(worker->driver->fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool transport_open(struct worker *worker) {
    worker->driver = calloc(1, sizeof *worker->driver);
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

static void epoll_enqueue(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    connection->queued = true;
    connection->previous_ready = driver->last_ready;
    connection->next_ready = NULL;
    if (driver->last_ready != NULL) {
        driver->last_ready->next_ready = connection;
    } else {
        driver->first_ready = connection;
    }
    driver->last_ready = connection;
    driver->ready_count++;
}

static void epoll_dequeue(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (connection->previous_ready != NULL) {
        connection->previous_ready->next_ready = connection->next_ready;
    } else {
        driver->first_ready = connection->next_ready;
    }
    if (connection->next_ready != NULL) {
        connection->next_ready->previous_ready = connection->previous_ready;
    } else {
        driver->last_ready = connection->previous_ready;
    }
    driver->ready_count--;
}

// A connection that was paused may have input that was reported meanwhile.
void transport_watch(struct connection *connection, bool input, bool output) {
    (void)output;
    if (input && connection->ready && !connection->queued) {
        epoll_enqueue(connection);
    }
}

void transport_remove(struct connection *connection) {
    if (connection->queued && connection != connection->worker->driver->served) {
        epoll_dequeue(connection);
    }
}

static void epoll_dispatch_connection(struct connection *connection, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && connection->blocked) {
        connection_writable(connection);
    }
    if (connection->lost || (events & ~(uint32_t)EPOLLOUT) == 0) {
        return;
    }
    connection->ready = true;
    connection->hung |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !connection_wants_input(connection)) {
        connection_lose(connection);
    } else if (!connection->queued) {
        epoll_enqueue(connection);
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

static bool epoll_may_read(const struct connection *connection) {
    return connection->ready && !connection->lost && connection_wants_input(connection);
}

// A read that leaves room says that the kernel has no more (epoll(7), question 9), but for an end
// of stream that was reported with the input.
static void epoll_serve(struct connection *connection) {
    for (int i = 0; i < EPOLL_READS_IN_A_ROW && epoll_may_read(connection); i++) {
        enum readiness readiness = readiness_read(connection);
        connection->ready =
            readiness == READINESS_MORE || (readiness == READINESS_SOME && connection->hung);
    }
    connection->queued = false;
    connection->worker->driver->served = NULL;
    if (epoll_may_read(connection)) {
        epoll_enqueue(connection);
    }
}

// Each connection that is ready has its turn, once.
static void epoll_serve_ready(struct driver *driver) {
    for (size_t i = driver->ready_count; i > 0 && driver->first_ready != NULL; i--) {
        driver->served = driver->first_ready;
        epoll_dequeue(driver->served);
        epoll_serve(driver->served);
    }
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int patience = driver->first_ready != NULL ? 0 : worker_patience(worker);
        int count = epoll_wait(driver->fd, driver->events, EPOLL_EVENTS, patience);
        worker_wake(worker);
        for (int i = 0; i < count; i++) {
            epoll_dispatch(worker, &driver->events[i]);
        }
        epoll_serve_ready(driver);
        worker_turn(worker);
    }
}
