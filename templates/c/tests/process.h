// The server under test. Every failure ends the test.
#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>

_Noreturn void process_fail(const char *what);

// Starts the program on a free port of this machine alone, which is returned.
uint16_t process_start(const char *program);
// SIGTERM
void process_stop(void);
// Waits for its exit with 0.
void process_wait(void);

#endif
