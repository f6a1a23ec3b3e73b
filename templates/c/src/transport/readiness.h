// Accepting, reading and writing for the models that are told which descriptors are ready.
#ifndef READINESS_H
#define READINESS_H

#include "transport/connection.h"
#include "transport/worker.h"

enum readiness {
    READINESS_NONE, // nothing is there, or nothing is wanted
    READINESS_SOME, // less than there was room for
    READINESS_MORE, // as much as there was room for
};

//% if polled
void readiness_accept(struct worker *worker);
//% endif
// Reads once.
enum readiness readiness_read(struct connection *connection);
//% if polled
// The socket has failed, or both directions are closed.
void readiness_fail(struct connection *connection);
//% endif

#endif
