// WSAPoll(): one table of all sockets, which Windows reads anew with every call.
#include "transport/readiness.h"
#include "transport/transport.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock_poll.h"

#include <stdlib.h>

enum {
    WSAPOLL_WAKE,
    WSAPOLL_LISTENER,
    WSAPOLL_CONNECTIONS, // the first of them
    WSAPOLL_SMALLEST = 64
};

// Places are shared: watched[i] is connections[i]'s.
struct driver {
    WSAPOLLFD *watched;
    struct connection **connections;
    size_t count;
    size_t capacity;
};

static bool wsapoll_grow(struct driver *driver) {
    size_t capacity = driver->capacity > 0 ? 2 * driver->capacity : WSAPOLL_SMALLEST;
    WSAPOLLFD *watched = realloc(driver->watched, capacity * sizeof *watched);
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
    if (driver == NULL || !wsapoll_grow(driver)) {
        return false;
    }
    driver->watched[WSAPOLL_WAKE] = (WSAPOLLFD){.fd = (SOCKET)worker->wake, .events = POLLIN};
    driver->count = WSAPOLL_CONNECTIONS;
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

// Windows reports negative descriptors, and the end of a stream though nobody asks: in such a place
// stands the wake, which is asked for nothing there.
void transport_accept(struct worker *worker, bool accepting) {
    worker->driver->watched[WSAPOLL_LISTENER] = (WSAPOLLFD){
        .fd = (SOCKET)(accepting ? worker->listener : worker->wake),
        .events = accepting ? POLLIN : 0,
    };
}

bool transport_add(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (driver->count == driver->capacity && !wsapoll_grow(driver)) {
        return false;
    }
    connection->place = driver->count++;
    driver->watched[connection->place] =
        (WSAPOLLFD){.fd = (SOCKET)connection->fd, .events = POLLIN};
    driver->connections[connection->place] = connection;
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    struct worker *worker = connection->worker;
    worker->driver->watched[connection->place] = (WSAPOLLFD){
        .fd = (SOCKET)(input || output ? connection->fd : worker->wake),
        .events = (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0)),
    };
}

// The last one takes its place; what was reported of it comes along.
void transport_remove(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    size_t last = --driver->count;
    driver->watched[connection->place] = driver->watched[last];
    driver->connections[connection->place] = driver->connections[last];
    driver->connections[last]->place = connection->place;
}

static void wsapoll_dispatch_connection(struct connection *connection, int events) {
    if ((events & POLLOUT) != 0) {
        connection_writable(connection);
    }
    if ((events & POLLIN) != 0 && !connection->lost) {
        (void)readiness_read(connection);
    } else if ((events & POLLERR) != 0 && !connection->lost) {
        readiness_fail(connection);
    }
}

// What moves to a place that was passed already is reported again.
static void wsapoll_dispatch(struct worker *worker, int count) {
    struct driver *driver = worker->driver;
    if (driver->watched[WSAPOLL_WAKE].revents != 0) {
        worker_woken(worker);
        count--;
    }
    if (driver->watched[WSAPOLL_LISTENER].revents != 0) {
        readiness_accept(worker);
        count--;
    }
    for (size_t i = WSAPOLL_CONNECTIONS; i < driver->count && count > 0; i++) {
        int events = driver->watched[i].revents;
        driver->watched[i].revents = 0;
        if (events != 0) {
            wsapoll_dispatch_connection(driver->connections[i], events);
            count--;
        }
    }
}

void transport_run(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (!worker_is_done(worker)) {
        int count = winsock_poll(driver->watched, (ULONG)driver->count, worker_patience(worker));
        worker_wake(worker);
        if (count > 0) {
            wsapoll_dispatch(worker, count);
        }
        worker_turn(worker);
    }
}
//% if posix
#endif
//% endif
