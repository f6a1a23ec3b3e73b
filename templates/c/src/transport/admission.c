#include "transport/admission.h"

#include "config.h"
#include "protocol/host.h"
#include "transport/connection.h"
#include "transport/socket_io.h"

void admission_welcome(struct server *server, int fd, const struct address *address) {
    bool room = server->connection_count < CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG;
    if (!room || connection_create(server, fd, address) == NULL) {
        socket_close(fd);
    }
}

// The handshake's end decides.
enum admission host_admission(const struct session *session) {
    const struct connection *connection = (const struct connection *)session;
    if (connection->server->session_count >= CONFIG_MAX_CONNECTIONS) {
        return ADMISSION_FULL;
    }
    //% if per_client
    if (connection->client->sessions >= CONFIG_MAX_CONNECTIONS_PER_CLIENT) {
        return ADMISSION_CLIENT_FULL;
    }
    //% endif
    return ADMITTED;
}

void host_admit(struct session *session) {
    struct connection *connection = (struct connection *)session;
    connection->admitted = true;
    connection->server->session_count++;
    //% if per_client
    connection->client->sessions++;
    //% endif
}
