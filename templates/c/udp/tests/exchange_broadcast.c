#include "exchange.h"

#include "client.h"

// The first peer is alone when it speaks, and hears nothing of that.
void exchange(int first, int second) {
    client_send(first, 0, "1");
    client_send(second, 0, "2");
    client_expect(first, "2");
    client_send(first, 1, "3");
    client_expect(second, "3");
}
