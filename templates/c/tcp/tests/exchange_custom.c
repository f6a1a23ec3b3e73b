#include "exchange.h"

#include "client.h"

//% if several_workers
#include <time.h>

// Nothing tells that the first one's worker has taken it: the handlers may answer with nothing.
static void exchange_wait(void) {
    const struct timespec moment = {.tv_nsec = 300000000};
    (void)nanosleep(&moment, NULL);
}

//% endif
// The handlers may do anything with a message.
void exchange(int first, int second) {
    client_send(first, "1");
    client_send(second, "2");
    //% if several_workers
    exchange_wait();
    //% endif
}
