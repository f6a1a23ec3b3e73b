// The log's view of what sessions report.
#include "protocol/host.h"

#include "log.h"
//% if metrics
#include "metrics.h"
//% endif

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
        //% if metrics
        metrics_add_labelled(METRICS_REFUSED, text, 1);
        //% endif
        host_report_number(session, "refused", "status", number, text);
        break;
    case REPORT_OPENED:
        //% if metrics
        metrics_add(METRICS_OPENED, 1);
        //% endif
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
