// What an I/O model implements; one of its files is linked. The rest of this folder serves them
// all.
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "transport/worker.h"

#include <stdbool.h>

// Begins to watch the socket and the worker's wake. False and errno on failure.
bool transport_open(struct worker *worker);
void transport_close(struct worker *worker);

// Waits that many milliseconds at most, -1: without end, and fills the inbox. The number of
// datagrams; sets worker->woken once that is due.
int transport_receive(struct worker *worker, int patience);

#endif
