#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

// Tries out what the app does with a message between two clients.
void exchange(int first, int second, uint8_t opcode);

#endif
