// A connection's output: collected while its input is handled, written, kept while the kernel takes
// no more of it.
#ifndef OUTPUT_H
#define OUTPUT_H

#include "transport/connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes that wait for the kernel.
size_t output_unsent(const struct connection *connection);

// Writes what the kernel takes.
void output_flush(struct connection *connection);

//% if io_iocp
// The kernel took that much of what is kept.
void output_took(struct connection *connection, size_t length);

//% endif
//% if io_uring
// What the kernel did not take of a write that is over goes before all else.
void output_put_back(struct connection *connection, const uint8_t *bytes, size_t length);
//% endif

// Acts on the amount that is unsent after a write was tried.
void output_judge(struct connection *connection);
//% if overflow_pause

// The connection no longer stands in anybody's way.
void output_relieve(struct connection *connection);
//% endif
//% if overflow_pause and (broadcast or custom)
// No connection is congested any more.
void output_wake_waiting(struct worker *worker);
//% endif

#endif
