#include "transport/one_peer.h"

#include "transport/readiness.h"
#include "transport/transport.h"

#include <poll.h>
#include <stdlib.h>

enum {
    ONE_PEER_WAKE,
    ONE_PEER_SOCKET,
    ONE_PEER_COUNT
};

// The sockets never block: only so can deadlines, signals and broadcasts interrupt a peer.
struct driver {
    struct connection *connection;
    struct pollfd watched[ONE_PEER_COUNT];
    bool accepting;
};

static void one_peer_watch_listener(const struct worker *worker) {
    int fd = worker->driver->accepting ? worker->listener : -1; // poll() passes over negative ones
    worker->driver->watched[ONE_PEER_SOCKET] = (struct pollfd){.fd = fd, .events = POLLIN};
}

bool transport_open(struct worker *worker) {
    worker->driver = calloc(1, sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    worker->driver->watched[ONE_PEER_WAKE] = (struct pollfd){.fd = worker->wake, .events = POLLIN};
    transport_accept(worker, true);
    return true;
}

void transport_close(struct worker *worker) {
    free(worker->driver);
}

void transport_accept(struct worker *worker, bool accepting) {
    worker->driver->accepting = accepting;
    if (worker->driver->connection == NULL) {
        one_peer_watch_listener(worker);
    }
}

bool transport_add(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    driver->connection = connection;
    driver->watched[ONE_PEER_SOCKET] = (struct pollfd){.fd = connection->fd, .events = POLLIN};
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    short events = (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0));
    connection->worker->driver->watched[ONE_PEER_SOCKET].events = events;
}

void transport_remove(struct connection *connection) {
    struct worker *worker = connection->worker;
    worker->driver->connection = NULL;
    one_peer_watch_listener(worker);
}

static void one_peer_dispatch(struct connection *connection, int events) {
    if ((events & POLLOUT) != 0) {
        connection_writable(connection);
    }
    if ((events & POLLIN) != 0 && !connection->lost) {
        (void)readiness_read(connection);
    } else if ((events & (POLLERR | POLLHUP)) != 0 && !connection->lost) {
        readiness_fail(connection);
    }
}

bool one_peer_wait(struct worker *worker) {
    struct driver *driver = worker->driver;
    struct connection *connection = driver->connection;
    int count = poll(driver->watched, ONE_PEER_COUNT, worker_patience(worker));
    int woken = count > 0 ? driver->watched[ONE_PEER_WAKE].revents : 0;
    int events = count > 0 ? driver->watched[ONE_PEER_SOCKET].revents : 0;
    worker_wake(worker);
    if (woken != 0) {
        worker_woken(worker);
    }
    if (connection != NULL && !connection->lost) {
        one_peer_dispatch(connection, events);
    }
    return connection == NULL && events != 0 && worker->listener >= 0;
}
