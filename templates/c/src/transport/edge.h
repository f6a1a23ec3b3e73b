// What edge-triggered models share. Readiness is reported once: a connection stays among the ready
// until the kernel has no more input for it. edge.c has transport_watch() and transport_remove().
#ifndef EDGE_H
#define EDGE_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct worker;

struct edge {
    struct connection *first_ready, *last_ready;
    size_t ready_count;
    struct connection *served; // still marked as queued
};

// Input was reported, or an end of stream or an error.
void edge_notice(struct connection *connection, bool hung);
bool edge_has_ready(const struct worker *worker);
// Each connection that is ready has its turn, once.
void edge_serve_ready(struct worker *worker);

#endif
