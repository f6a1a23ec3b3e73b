#include "transport/admission.h"

//% if metrics
#include "metrics.h"
//% endif
#include "protocol/host.h"
#include "transport/connection.h"
#include "transport/server.h"
#include "transport/socket_io.h"

static const char *admission_reason(enum admission admission) {
    switch (admission) {
    //% if per_client
    case ADMISSION_CLIENT_FULL:
        return "too many connections from this address";
    //% endif
    default:
        return "too many connections";
    }
}

static void admission_decide(struct connection *connection) {
    enum admission admission = server_admit(connection);
    if (admission == ADMITTED) {
        session_open(&connection->session);
        worker_unsettle(connection->worker, connection); // the app may have spoken first
    } else {
        host_report(&connection->session, REPORT_REFUSED, admission_reason(admission));
        //% if tls
        session_end_of_stream(&connection->session);
        //% endif
        //% if not tls
        connection_lose(connection);
        //% endif
    }
}

//% if tls
void admission_complete(struct connection *connection) {
    admission_decide(connection);
}

//% endif
void admission_welcome(struct worker *worker, int fd, const struct address *address) {
    //% if metrics
    metrics_add(METRICS_ACCEPTED, 1);
    //% endif
    if (!server_enter(worker->server)) {
        socket_close(fd);
        return;
    }
    struct connection *connection = connection_create(worker, fd, address);
    if (connection != NULL) {
        //% if not tls
        admission_decide(connection);
        //% endif
    } else {
        server_leave(worker->server);
        socket_close(fd);
    }
}
