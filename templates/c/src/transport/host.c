// The transport's answers to what sessions ask.
#include "protocol/host.h"

#include "config.h"
#include "log.h"
#include "transport/connection.h"
#include "transport/server.h"

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

const char *host_peer(const struct session *session) {
    return ((const struct connection *)session)->peer;
}

static void host_report_number(const struct session *session, const char *event, const char *name,
                               unsigned number, const char *reason) {
    const struct log_field fields[] = {
        log_text("peer", host_peer(session)),
        log_number(name, number),
        log_text("reason", reason),
    };
    log_event(LOG_INFO, event, fields, sizeof fields / sizeof *fields);
}

void host_report(struct session *session, enum report report, unsigned number, const char *text) {
    const struct log_field fields[] = {
        log_text("peer", host_peer(session)),
        log_text("error", text),
    };
    switch (report) {
    case REPORT_REFUSED:
        host_report_number(session, "refused", "status", number, text);
        break;
    case REPORT_OPENED:
        log_event(LOG_DEBUG, "opened", fields, 1);
        break;
    case REPORT_FAILED:
        host_report_number(session, "failed", "code", number, text);
        break;
    case REPORT_HANDLER_FAILED:
        log_event(LOG_ERROR, "handler-failed", fields, sizeof fields / sizeof *fields);
        break;
    }
}
//% if broadcast or custom

struct session *host_next_session(const struct session *self, const struct session *previous) {
    const struct connection *after = (const struct connection *)previous;
    struct connection *next =
        after != NULL ? after->next : ((const struct connection *)self)->server->connections;
    return next != NULL ? &next->session : NULL;
}
//% endif
