// Waiting for one connection at a time, for the models that serve each on its own.
#ifndef ONE_PEER_H
#define ONE_PEER_H

#include "transport/worker.h"

#include <stdbool.h>

// Waits for the wake-up and the connection, or while there is none the listener, and hands on what
// comes. Whether the listener is ready.
bool one_peer_wait(struct worker *worker);

#endif
