#ifndef SERVE_H
#define SERVE_H

#include "transport/server.h"

// Binds the server's address and serves until a signal ends it. The exit status; a failure to
// start leaves a line on standard error.
int serve(struct server *server);

#endif
