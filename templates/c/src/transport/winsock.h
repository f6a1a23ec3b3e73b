// Winsock's own.
#ifndef WINSOCK_H
#define WINSOCK_H

#include <stdbool.h>

// Before anything else of it. False and errno on failure.
bool winsock_start(void);
// Sets errno to what the last call failed with; -1.
int winsock_fail(void);

#endif
