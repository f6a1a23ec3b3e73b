#include "exchange.h"

#include "client.h"

void exchange(int first, int second) {
    client_send(first, "1");
    client_expect(first, "1");
    client_send(second, "2");
    client_expect(second, "2");
}
