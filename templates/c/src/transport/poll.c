// poll(2): one table of all descriptors, which the kernel reads anew with every call.
#include "transport/readiness.h"
#include "transport/transport.h"

#include <poll.h>
#include <stdlib.h>

enum {
    POLL_WAKE,
    POLL_LISTENER,
    POLL_CONNECTIONS, // the first of them
    POLL_SMALLEST = 64
};

// Places are shared: watched[i] is connections[i]'s.
struct driver {
    struct pollfd *watched;
    struct connection **connections;
    size_t count;
    size_t capacity;
};

static bool poll_grow(struct driver *driver) {
    size_t capacity = driver->capacity > 0 ? 2 * driver->capacity : POLL_SMALLEST;
    struct pollfd *watched = realloc(driver->watched, capacity * sizeof *watched);
    if (watched == NULL) {
        return false;
    }
    driver->watched = watched;
    struct connection **connections =
        realloc(driver->connections, capacity * sizeof(struct connection *));
    if (connections == NULL) {
        return false;
    }
    driver->connections = connections;
    driver->capacity = capacity;
    return true;
}

bool transport_open(struct worker *worker) {
    struct driver *driver = calloc(1, sizeof *driver);
    worker->driver = driver;
    if (driver == NULL || !poll_grow(driver)) {
        return false;
    }
    driver->watched[POLL_WAKE] = (struct pollfd){.fd = worker->wake, .events = POLLIN};
    driver->count = POLL_CONNECTIONS;
    transport_accept(worker, true);
    return true;
}

void transport_close(struct worker *worker) {
    if (worker->driver != NULL) {
        free(worker->driver->watched);
        free(worker->driver->connections);
        free(worker->driver);
    }
}

// poll() passes over negative descriptors.
void transport_accept(struct worker *worker, bool accepting) {
    worker->driver->watched[POLL_LISTENER] =
        (struct pollfd){.fd = accepting ? worker->listener : -1, .events = POLLIN};
}

bool transport_add(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (driver->count == driver->capacity && !poll_grow(driver)) {
        return false;
    }
    connection->place = driver->count++;
    driver->watched[connection->place] = (struct pollfd){.fd = connection->fd, .events = POLLIN};
    driver->connections[connection->place] = connection;
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    short events = (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0));
    connection->worker->driver->watched[connection->place].events = events;
}

// The last one takes its place; what was reported of it comes along.
void transport_remove(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    size_t last = --driver->count;
    driver->watched[connection->place] = driver->watched[last];
    driver->connections[connection->place] = driver->connections[last];
    driver->connections[last]->place = connection->place;
}

static void poll_dispatch_connection(struct connection *connection, int events) {
    if ((events & POLLOUT) != 0) {
        connection_writable(connection);
    }
    if ((events & POLLIN) != 0 && !connection->lost) {
        (void)readiness_read(connection);
    } else if ((events & (POLLERR | POLLHUP)) != 0 && !connection->lost) {
        readiness_fail(connection);
    }
}

// What moves to a place that was passed already is reported again.
static void poll_dispatch(struct worker *worker, int count) {
    struct driver *driver = worker->driver;
    if (driver->watched[POLL_WAKE].revents != 0) {
        worker_woken(worker);
        count--;
    }
    if (driver->watched[POLL_LISTENER].revents != 0) {
        readiness_accept(worker);
        count--;
    }
    for (size_t i = POLL_CONNECTIONS; i < driver->count && count > 0; i++) {
        int events = driver->watched[i].revents;
        driver->watched[i].revents = 0;
        if (events != 0) {
            poll_dispatch_connection(driver->connections[i], events);
            count--;
        }
    }
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int count = poll(driver->watched, (nfds_t)driver->count, worker_patience(worker));
        worker_wake(worker);
        if (count > 0) {
            poll_dispatch(worker, count);
        }
        worker_turn(worker);
    }
}
