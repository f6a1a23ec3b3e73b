// Who may become a connection, and a session.
#ifndef ADMISSION_H
#define ADMISSION_H

#include "transport/address.h"
#include "transport/worker.h"

// Makes an accepted socket one of the worker's connections, or closes it.
void admission_welcome(struct worker *worker, int fd, const struct address *address);
//% if tcp and tls
// Begins its session, or refuses it: its TLS handshake is over.
void admission_complete(struct connection *connection);
//% endif

#endif
