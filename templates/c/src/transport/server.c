#include "transport/server.h"

#include "config.h"
#include "log.h"
#include "transport/connection.h"
#include "transport/listener.h"
#include "transport/signals.h"
#include "transport/worker.h"

bool server_open(struct server *server) {
    //% if threaded
    (void)pthread_mutex_init(&server->roster_lock, NULL);
    (void)pthread_mutex_init(&server->lock, NULL);
    //% endif
    server->signals = signals_open();
    //% if per_client
    if (!clients_create(&server->clients, CONFIG_MAX_CONNECTIONS)) {
        return false;
    }
    //% endif
    return server->signals >= 0;
}

// What others listen on is not the server's to remove.
static void server_leave_address(struct server *server) {
    if (server->listening) {
        server->listening = false;
        listener_remove(&server->address);
    }
}

void server_close(struct server *server) {
    signals_close();
    server_leave_address(server);
    //% if per_client
    clients_free(&server->clients);
    //% endif
    //% if threaded
    (void)pthread_mutex_destroy(&server->lock);
    (void)pthread_mutex_destroy(&server->roster_lock);
    //% endif
}

bool server_enter(struct server *server) {
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    bool room = server->connection_count < CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG;
    if (room) {
        server->connection_count++;
    }
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return room;
}

void server_leave(struct server *server) {
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    server->connection_count--;
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
}
//% if per_client

bool server_join_client(struct connection *connection, const struct address *address) {
    struct server *server = connection->worker->server;
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    connection->client = clients_join(&server->clients, address);
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return connection->client != NULL;
}

void server_leave_client(struct connection *connection) {
    struct server *server = connection->worker->server;
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    clients_leave(&server->clients, connection->client);
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
}
//% endif

static enum admission server_judge(const struct server *server,
                                   const struct connection *connection) {
    if (server->session_count >= CONFIG_MAX_CONNECTIONS) {
        return ADMISSION_FULL;
    }
    //% if per_client
    if (connection->client->sessions >= CONFIG_MAX_CONNECTIONS_PER_CLIENT) {
        return ADMISSION_CLIENT_FULL;
    }
    //% endif
    //% if not per_client
    (void)connection;
    //% endif
    return ADMITTED;
}

enum admission server_admit(struct connection *connection) {
    struct server *server = connection->worker->server;
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    enum admission admission = server_judge(server, connection);
    if (admission == ADMITTED) {
        connection->admitted = true;
        server->session_count++;
        //% if per_client
        connection->client->sessions++;
        //% endif
    }
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return admission;
}

void server_dismiss(struct connection *connection) {
    struct server *server = connection->worker->server;
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    server->session_count--;
    //% if per_client
    connection->client->sessions--;
    //% endif
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
}
//% if overflow_pause and (broadcast or custom)

void server_congest(struct server *server) {
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    server->congested_count++;
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
}

bool server_relieve(struct server *server) {
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    bool last = --server->congested_count == 0;
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return last;
}
//% endif
//% if threaded and overflow_pause and (broadcast or custom)

bool server_is_congested(struct server *server) {
    (void)pthread_mutex_lock(&server->lock);
    bool congested = server->congested_count > 0;
    (void)pthread_mutex_unlock(&server->lock);
    return congested;
}
//% endif

static size_t server_session_count(struct server *server) {
    //% if threaded
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    size_t count = server->session_count;
    //% if threaded
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return count;
}

//% if several_workers

// No peer that learns of the end may find a worker that still accepts. Whoever calls does not.
static void server_stop_accepting(struct server *server) {
    (void)pthread_mutex_lock(&server->roster_lock);
    for (struct worker *worker = server->workers; worker != NULL; worker = worker->next) {
        if (worker->listener >= 0) {
            (void)shutdown(worker->listener, SHUT_RDWR);
        }
    }
    (void)pthread_mutex_unlock(&server->roster_lock);
}
//% endif

void server_drain(struct server *server) {
    const struct log_field field = log_number("connections", server_session_count(server));
    log_event(LOG_INFO, "draining", &field, 1);
    server_leave_address(server);
    //% if several_workers
    server_stop_accepting(server);
    //% endif
    //% if threaded
    server_wake_workers(server);
    //% endif
}
//% if threaded

void server_add_worker(struct worker *worker) {
    struct server *server = worker->server;
    (void)pthread_mutex_lock(&server->roster_lock);
    worker->next = server->workers;
    if (worker->next != NULL) {
        worker->next->previous = worker;
    }
    server->workers = worker;
    if (signals_arrived()) {
        worker_notify(worker); // the others were told already
    }
    (void)pthread_mutex_unlock(&server->roster_lock);
}

void server_remove_worker(struct worker *worker) {
    struct server *server = worker->server;
    (void)pthread_mutex_lock(&server->roster_lock);
    if (worker->previous != NULL) {
        worker->previous->next = worker->next;
    } else {
        server->workers = worker->next;
    }
    if (worker->next != NULL) {
        worker->next->previous = worker->previous;
    }
    (void)pthread_mutex_unlock(&server->roster_lock);
}

void server_wake_workers(struct server *server) {
    (void)pthread_mutex_lock(&server->roster_lock);
    for (struct worker *worker = server->workers; worker != NULL; worker = worker->next) {
        worker_notify(worker);
    }
    (void)pthread_mutex_unlock(&server->roster_lock);
}
//% endif
