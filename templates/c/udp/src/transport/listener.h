#ifndef LISTENER_H
#define LISTENER_H

#include "transport/address.h"

// Binds a socket; the address then has the real port. -1 after a line on standard error that says
// what to do.
int listener_open(struct address *address);

#endif
