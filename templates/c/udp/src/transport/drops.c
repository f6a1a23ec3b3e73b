#include "transport/drops.h"

#include "log.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/session.h"

#include <stdatomic.h>

static const uint64_t DROPS_PAUSE = 1000; // milliseconds

// Of the whole process: the first worker whose turn it is reports for all.
static struct {
    atomic_size_t unreported;
    _Atomic uint64_t report_at;
} drops[DROP_CAUSES];

static const char *drops_reason(size_t cause) {
    switch (cause) {
    case DROP_TOO_LONG:
        return "too long";
    //% if datagram_rate
    case DROP_RATE_LIMIT:
        return "rate limit";
    //% endif
    //% if reliability
    case DROP_MALFORMED:
        return "malformed";
    case DROP_DUPLICATE:
        return "duplicate";
    //% endif
    //% if reliability_sequence
    case DROP_LATE:
        return "late";
    //% endif
    //% if reliability_ack
    case DROP_BEYOND_WINDOW:
        return "beyond window";
    case DROP_WINDOW_FULL:
        return "window full";
    //% endif
    default:
        return "not sent";
    }
}

void drops_count(enum drop cause, size_t count) {
    atomic_fetch_add(&drops[cause].unreported, count);
    //% if metrics
    metrics_add_labelled(METRICS_DROPPED, drops_reason(cause), count);
    //% endif
}

static void drops_log(size_t cause) {
    const struct log_field fields[] = {
        log_text("reason", drops_reason(cause)),
        log_number("count", atomic_exchange(&drops[cause].unreported, 0)),
    };
    log_event(LOG_WARN, "dropped", fields, sizeof fields / sizeof *fields);
}

uint64_t drops_report(uint64_t now) {
    uint64_t next = NEVER;
    for (size_t cause = 0; cause < DROP_CAUSES; cause++) {
        uint64_t due = atomic_load(&drops[cause].report_at);
        if (atomic_load(&drops[cause].unreported) == 0) {
            continue;
        }
        if (now < due) {
            next = due < next ? due : next;
        } else if (atomic_compare_exchange_strong(&drops[cause].report_at, &due,
                                                  now + DROPS_PAUSE)) {
            drops_log(cause);
        }
    }
    return next;
}
