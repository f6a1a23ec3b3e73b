#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

// SIGINT and SIGTERM raise the returned wake (wake.h); a second one ends the process with 130 or
// 143. SIGPIPE is ignored. -1 and errno on failure.
int signals_open(void);
// Whether the server is to stop.
bool signals_arrived(void);
//% if tls
// Whether SIGHUP, which makes the descriptor readable too, came since the last call.
bool signals_take_reload(void);
//% endif
void signals_close(void);

#endif
