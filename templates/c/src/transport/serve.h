#ifndef SERVE_H
#define SERVE_H

#include "transport/server.h"

#include <stdbool.h>

// Listens on the server's address and serves until a signal ends it. The exit status; a failure to
// start leaves a line on standard error.
int serve(struct server *server);

// serve_one.c or serve_many.c. False when it could not start.
bool serve_workers(struct server *server);

// The server is there.
void serve_announce(const struct server *server);
// It cannot start, for want of what errno says.
void serve_explain(void);

#endif
