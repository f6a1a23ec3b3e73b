#include "exchange.h"

#include "client.h"

void exchange(int first, int second) {
    client_rouse(first, second, "1");
    client_expect(second, "1");
    client_send(second, "2");
    client_expect(first, "2");
}
