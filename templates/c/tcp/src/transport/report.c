// What sessions report.
#include "protocol/host.h"

#include "log.h"
//% if metrics
#include "metrics.h"
//% endif
#include "transport/connection.h"
#include "transport/worker.h"

void host_end(struct session *session) {
    struct connection *connection = (struct connection *)session;
    if (!connection->lost) {
        worker_unsettle(connection->worker, connection);
    }
}

void host_report(const struct session *session, enum report report, const char *text) {
    static const struct {
        enum log_level level;
        const char *event;
        const char *field; // of the text; NULL: none
    } events[] = {
        [REPORT_REFUSED] = {LOG_INFO, "refused", "reason"},
        [REPORT_OPENED] = {LOG_DEBUG, "opened", NULL},
        [REPORT_FAILED] = {LOG_INFO, "failed", "reason"},
        [REPORT_HANDLER_FAILED] = {LOG_ERROR, "handler-failed", "error"},
    };
    const struct log_field fields[] = {
        log_text("peer", host_peer(session)),
        log_text(events[report].field, text),
    };
    log_event(events[report].level, events[report].event, fields,
              events[report].field != NULL ? 2 : 1);
    //% if metrics
    if (report == REPORT_OPENED) {
        metrics_add(METRICS_OPENED, 1);
    } else if (report == REPORT_REFUSED) {
        metrics_add_labelled(METRICS_REFUSED, text, 1);
    }
    //% endif
}
