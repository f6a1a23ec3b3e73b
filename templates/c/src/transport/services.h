// The port beside the server's own, for those who watch it.
#ifndef SERVICES_H
#define SERVICES_H

#include "transport/address.h"

#include <stdbool.h>

// Answers there on a thread of its own, until the process ends, on the same host. False after a
// line on standard error that says what to do.
bool services_open(const struct address *server);

#endif
