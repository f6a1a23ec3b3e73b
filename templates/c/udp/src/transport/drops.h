// Dropped datagrams: counted, and logged once a cause and second at most.
#ifndef DROPS_H
#define DROPS_H

#include "protocol/host.h"

#include <stddef.h>
#include <stdint.h>

void drops_count(enum drop cause, size_t count);

// Logs what was counted, as far as its time has come; NEVER: all of it. Returns when more is due.
uint64_t drops_report(uint64_t now);

#endif
