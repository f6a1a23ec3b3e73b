#include "transport/drops.h"

#include "log.h"
#include "protocol/session.h"

#include <stdatomic.h>

static const uint64_t DROPS_PAUSE = 1000; // milliseconds

static const char *const drops_reasons[DROP_CAUSES] = {
    [DROP_TOO_LONG] = "too long",
    [DROP_NOT_SENT] = "not sent",
    //% if datagram_rate
    [DROP_RATE_LIMIT] = "rate limit",
    //% endif
    //% if reliability
    [DROP_MALFORMED] = "malformed",
    [DROP_DUPLICATE] = "duplicate",
    //% endif
    //% if reliability_sequence
    [DROP_LATE] = "late",
    //% endif
    //% if reliability_ack
    [DROP_BEYOND_WINDOW] = "beyond window",
    [DROP_WINDOW_FULL] = "window full",
    //% endif
};

// Of the whole process: the first worker whose turn it is reports for all.
static struct {
    atomic_size_t unreported;
    _Atomic uint64_t report_at;
} drops[DROP_CAUSES];

void drops_count(enum drop cause, size_t count) {
    atomic_fetch_add(&drops[cause].unreported, count);
}

static void drops_log(size_t cause) {
    const struct log_field fields[] = {
        log_text("reason", drops_reasons[cause]),
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
