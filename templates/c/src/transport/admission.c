#include "transport/admission.h"

//% if metrics
#include "metrics.h"
//% endif
#include "protocol/host.h"
#include "transport/connection.h"
#include "transport/server.h"
#include "transport/socket_io.h"

void admission_welcome(struct worker *worker, int fd, const struct address *address) {
    //% if metrics
    metrics_add(METRICS_ACCEPTED, 1);
    //% endif
    if (!server_enter(worker->server)) {
        socket_close(fd);
    } else if (connection_create(worker, fd, address) == NULL) {
        server_leave(worker->server);
        socket_close(fd);
    }
}

// The handshake's end decides.
enum admission host_admit(struct session *session) {
    return server_admit((struct connection *)session);
}
//% if require_subprotocol

void host_dismiss(struct session *session) {
    struct connection *connection = (struct connection *)session;
    server_dismiss(connection);
    connection->admitted = false;
}
//% endif
