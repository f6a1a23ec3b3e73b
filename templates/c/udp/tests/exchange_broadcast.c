#include "exchange.h"

#include "client.h"

void exchange(int first, int second) {
    client_send(first, "1");
    client_tell(second, first, "2");
    client_tell(first, second, "3");
}
