// select(), whose sets are lists of sockets on Windows.
#include "transport/readiness.h"
#include "transport/transport.h"

//% if posix
#ifdef _WIN32
//% endif
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    SELECT_CONNECTIONS = FD_SETSIZE - 2 // beside the wake and the listener
};

struct select_watch {
    struct connection *connection;
    bool input, output;
};

struct driver {
    struct select_watch watched[SELECT_CONNECTIONS];
    size_t count;
    bool accepting;
};

bool transport_open(struct worker *worker) {
    worker->driver = calloc(1, sizeof *worker->driver);
    if (worker->driver == NULL) {
        return false;
    }
    transport_accept(worker, true);
    return true;
}

void transport_close(struct worker *worker) {
    free(worker->driver);
}

void transport_accept(struct worker *worker, bool accepting) {
    worker->driver->accepting = accepting;
}

static bool select_refuse(const struct connection *connection) {
    const struct log_field fields[] = {
        log_text("peer", connection->peer),
        log_text("reason", "more sockets than FD_SETSIZE"),
    };
    log_event(LOG_INFO, "refused", fields, sizeof fields / sizeof *fields);
    errno = EMFILE;
    return false;
}

bool transport_add(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (driver->count == SELECT_CONNECTIONS) {
        return select_refuse(connection);
    }
    connection->place = driver->count++;
    driver->watched[connection->place] =
        (struct select_watch){.connection = connection, .input = true};
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    struct select_watch *watch = &connection->worker->driver->watched[connection->place];
    watch->input = input;
    watch->output = output;
}

// The last one takes its place.
void transport_remove(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    const struct select_watch *last = &driver->watched[--driver->count];
    last->connection->place = connection->place;
    driver->watched[connection->place] = *last;
}

static void select_put(fd_set *set, int fd) {
    set->fd_array[set->fd_count++] = (SOCKET)fd;
}

static void select_fill(const struct worker *worker, fd_set *input, fd_set *output) {
    const struct driver *driver = worker->driver;
    FD_ZERO(input);
    FD_ZERO(output);
    select_put(input, worker->wake);
    if (driver->accepting) {
        select_put(input, worker->listener);
    }
    for (size_t i = 0; i < driver->count; i++) {
        const struct select_watch *watch = &driver->watched[i];
        if (watch->input) {
            select_put(input, watch->connection->fd);
        }
        if (watch->output) {
            select_put(output, watch->connection->fd);
        }
    }
}

static void select_wait(const struct worker *worker, fd_set *input, fd_set *output) {
    int patience = worker_patience(worker);
    struct timeval time = {.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000L};
    select_fill(worker, input, output);
    if (select(0, input, output, NULL, patience < 0 ? NULL : &time) <= 0) {
        FD_ZERO(input);
        FD_ZERO(output);
    }
}

static void select_dispatch_connection(struct connection *connection, bool input, bool output) {
    if (output) {
        connection_writable(connection);
    }
    if (input && !connection->lost) {
        (void)readiness_read(connection);
    }
}

// What moves to a place that was passed already is reported again.
static void select_dispatch(struct worker *worker, fd_set *input, fd_set *output) {
    const struct driver *driver = worker->driver;
    if (FD_ISSET(worker->wake, input)) {
        worker_woken(worker);
    }
    for (size_t i = 0; i < driver->count && input->fd_count + output->fd_count > 0; i++) {
        struct connection *connection = driver->watched[i].connection;
        SOCKET handle = (SOCKET)connection->fd;
        select_dispatch_connection(connection, FD_ISSET(handle, input), FD_ISSET(handle, output));
    }
    // Behind the connections: a new one may have the number of one that was lost in this turn.
    if (worker->listener >= 0 && FD_ISSET(worker->listener, input)) {
        readiness_accept(worker);
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
//% if posix
#endif
//% endif
