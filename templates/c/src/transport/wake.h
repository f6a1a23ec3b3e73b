// A descriptor that becomes readable where a worker that waits for sockets is to look up.
#ifndef WAKE_H
#define WAKE_H

//% if not udp
#include <stdbool.h>

//% endif
// -1 and errno on failure.
int wake_open(void);
void wake_close(int wake);
// For all threads, and for signal handlers.
void wake_raise(int wake);
//% if not udp
// Whether it was raised; it is not any more.
bool wake_take(int wake);
//% endif

#endif
