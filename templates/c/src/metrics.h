// What the server counts, for Prometheus to ask for.
#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>
#include <stdint.h>

enum metrics_counter {
    //% if not udp
    METRICS_ACCEPTED,
    METRICS_OPENED,
    METRICS_CLOSED,
    METRICS_BACKPRESSURE,
    //% endif
    METRICS_MESSAGES_RECEIVED,
    METRICS_MESSAGES_SENT,
    METRICS_BYTES_RECEIVED,
    METRICS_BYTES_SENT,
    METRICS_COUNTERS,
};

// Counters by what rarely happens.
enum metrics_family {
    //% if not udp
    METRICS_REFUSED, // reason
    //% endif
    //% if websocket
    METRICS_CLOSED_WITH, // code
    //% endif
    //% if udp
    METRICS_DROPPED, // reason
    //% endif
    METRICS_FAMILIES,
};

enum metrics_histogram {
    //% if websocket
    METRICS_HANDSHAKE,
    //% endif
    METRICS_MESSAGE,
    METRICS_HISTOGRAMS,
};

void metrics_add(enum metrics_counter counter, uint64_t amount);
void metrics_add_labelled(enum metrics_family family, const char *label, uint64_t amount);

// Nanoseconds of a clock that only moves forward.
uint64_t metrics_clock(void);
// What began at that time has ended.
void metrics_observe(enum metrics_histogram histogram, uint64_t since);

// All of it in Prometheus' text format, to be freed; NULL when memory is short.
char *metrics_text(size_t *length);

#endif
