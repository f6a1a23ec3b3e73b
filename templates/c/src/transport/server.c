#include "transport/server.h"

#include "config.h"
#include "transport/connection.h"
#include "transport/listener.h"
#include "transport/signals.h"
#include "transport/worker.h"

bool server_open(struct server *server) {
    server->signals = signals_open();
    //% if per_client
    if (!clients_create(&server->clients, CONFIG_MAX_CONNECTIONS)) {
        return false;
    }
    //% endif
    return server->signals >= 0;
}

void server_close(struct server *server) {
    signals_close();
    listener_remove(&server->address);
    //% if per_client
    clients_free(&server->clients);
    //% endif
}

bool server_enter(struct server *server) {
    bool room = server->connection_count < CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG;
    if (room) {
        server->connection_count++;
    }
    return room;
}

void server_leave(struct server *server) {
    server->connection_count--;
}
//% if per_client

bool server_join_client(struct connection *connection, const struct address *address) {
    struct server *server = connection->worker->server;
    connection->client = clients_join(&server->clients, address);
    return connection->client != NULL;
}

void server_leave_client(struct connection *connection) {
    struct server *server = connection->worker->server;
    clients_leave(&server->clients, connection->client);
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
    enum admission admission = server_judge(server, connection);
    if (admission == ADMITTED) {
        connection->admitted = true;
        server->session_count++;
        //% if per_client
        connection->client->sessions++;
        //% endif
    }
    return admission;
}

void server_dismiss(struct connection *connection) {
    connection->worker->server->session_count--;
    //% if per_client
    connection->client->sessions--;
    //% endif
}
