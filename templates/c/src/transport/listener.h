#ifndef LISTENER_H
#define LISTENER_H

#include "transport/address.h"

// The listening socket, or -1 after a line on standard error that says what to do.
// `address` becomes the real one, with the port that the kernel chose for port 0.
int listener_open(struct address *address);

// Removes the file of a unix socket.
void listener_remove(const struct address *address);

#endif
