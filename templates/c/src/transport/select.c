// select(2): sets of descriptors below FD_SETSIZE.
#include "log.h"
#include "transport/readiness.h"
#include "transport/transport.h"

//% if windows
#ifndef _WIN32
//% endif
#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>

struct driver {
    fd_set input, output; // watched
    struct connection *connections[FD_SETSIZE]; // by descriptor
    int limit; // above all that are watched
};

static void select_watch(fd_set *set, int fd, bool on) {
    if (on) {
        FD_SET(fd, set);
    } else {
        FD_CLR(fd, set);
    }
}

bool transport_open(struct worker *worker) {
    struct driver *driver = calloc(1, sizeof *driver);
    worker->driver = driver;
    if (driver == NULL) {
        return false;
    }
    if (worker->wake >= FD_SETSIZE || worker->listener >= FD_SETSIZE) {
        errno = EMFILE;
        return false;
    }
    driver->limit = (worker->wake > worker->listener ? worker->wake : worker->listener) + 1;
    select_watch(&driver->input, worker->wake, true);
    select_watch(&driver->input, worker->listener, true);
    return true;
}

void transport_close(struct worker *worker) {
    free(worker->driver);
}

void transport_accept(struct worker *worker, bool accepting) {
    select_watch(&worker->driver->input, worker->listener, accepting);
}

static bool select_refuse(const struct connection *connection) {
    const struct log_field fields[] = {
        log_text("peer", connection->peer),
        log_text("reason", "descriptor beyond FD_SETSIZE"),
    };
    log_event(LOG_INFO, "refused", fields, sizeof fields / sizeof *fields);
    errno = EMFILE;
    return false;
}

bool transport_add(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (connection->fd >= FD_SETSIZE) {
        return select_refuse(connection);
    }
    driver->connections[connection->fd] = connection;
    driver->limit = connection->fd < driver->limit ? driver->limit : connection->fd + 1;
    select_watch(&driver->input, connection->fd, true);
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    select_watch(&connection->worker->driver->input, connection->fd, input);
    select_watch(&connection->worker->driver->output, connection->fd, output);
}

void transport_remove(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    transport_watch(connection, false, false);
    driver->connections[connection->fd] = NULL;
}

static void select_dispatch_connection(struct connection *connection, bool input, bool output) {
    if (output) {
        connection_writable(connection);
    }
    if (input && !connection->lost) {
        (void)readiness_read(connection);
    }
}

static void select_dispatch(struct worker *worker, const fd_set *input, const fd_set *output) {
    struct driver *driver = worker->driver;
    if (FD_ISSET(worker->wake, input)) {
        worker_woken(worker);
    }
    for (int fd = 0; fd < driver->limit; fd++) {
        struct connection *connection = driver->connections[fd];
        if (connection != NULL) {
            select_dispatch_connection(connection, FD_ISSET(fd, input), FD_ISSET(fd, output));
        }
    }
    // Behind the connections: a new one may have the descriptor of one that was lost in this turn.
    if (worker->listener >= 0 && FD_ISSET(worker->listener, input)) {
        readiness_accept(worker);
    }
}

static void select_wait(const struct worker *worker, fd_set *input, fd_set *output) {
    int patience = worker_patience(worker);
    struct timeval time = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000L};
    *input = worker->driver->input;
    *output = worker->driver->output;
    if (select(worker->driver->limit, input, output, NULL, patience < 0 ? NULL : &time) <= 0) {
        FD_ZERO(input);
        FD_ZERO(output);
    }
}

void transport_run(struct worker *worker) {
    fd_set input, output;
    while (!worker_is_done(worker)) {
        select_wait(worker, &input, &output);
        worker_wake(worker);
        select_dispatch(worker, &input, &output);
        worker_turn(worker);
    }
}
//% if windows
#endif
//% endif
