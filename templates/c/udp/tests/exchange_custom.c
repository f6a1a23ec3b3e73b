#include "exchange.h"

#include "client.h"

// The handlers may do anything with a message.
void exchange(int first, int second) {
    client_send(first, "1");
    client_send(second, "2");
}
