#ifndef EXCHANGE_H
#define EXCHANGE_H

// Tries out what the app does with a message between two clients.
void exchange(int first, int second);

#endif
