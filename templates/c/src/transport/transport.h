// What an I/O model implements; one of its files is linked. The rest of this folder serves them
// all.
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "transport/connection.h"
#include "transport/worker.h"

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

// Begins to watch the listening socket and the signals. False and errno on failure.
bool transport_open(struct worker *worker);
void transport_close(struct worker *worker);

// Waits for events and hands them on, until worker_is_done().
void transport_run(struct worker *worker);

void transport_accept(struct worker *worker, bool accepting);

// Watches a new connection for input. False and errno on failure.
bool transport_add(struct connection *connection);
void transport_watch(struct connection *connection, bool input, bool output);
// Before the connection's descriptor is closed.
void transport_remove(struct connection *connection);
// Frees its memory, once nothing refers to it any more.
void transport_free(struct connection *connection);

// As writev(2): what it took need not be looked after any more.
ssize_t transport_write(struct connection *connection, const struct iovec *parts, int count);

#endif
