#include "transport/admission.h"

#include "config.h"
#include "protocol/host.h"
#include "transport/connection.h"
#include "transport/socket_io.h"

// Why a connection cannot have a session, or NULL.
static const char *admission_refusal(const struct connection *connection) {
    if (connection->server->session_count >= CONFIG_MAX_CONNECTIONS) {
        return "too many connections";
    }
    //% if per_client
    if (connection->client->sessions >= CONFIG_MAX_CONNECTIONS_PER_CLIENT) {
        return "too many connections from this address";
    }
    //% endif
    return NULL;
}

static void admission_admit(struct connection *connection) {
    connection->admitted = true;
    connection->server->session_count++;
    //% if per_client
    connection->client->sessions++;
    //% endif
    session_open(&connection->session);
    server_unsettle(connection->server, connection); // the app may have spoken first
}

void admission_welcome(struct server *server, int fd, const struct address *address) {
    bool room = server->connection_count < CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG;
    struct connection *connection = room ? connection_create(server, fd, address) : NULL;
    if (connection == NULL) {
        socket_close(fd);
        return;
    }
    const char *reason = admission_refusal(connection);
    if (reason == NULL) {
        admission_admit(connection);
    } else {
        host_report(&connection->session, REPORT_REFUSED, reason);
        connection_lose(connection);
    }
}
