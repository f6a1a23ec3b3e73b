// Starts the server that is its argument on a free port and tries it out.
#include "client.h"
#include "exchange.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

//% if not io_blocking

// Leaves one connection open.
static int smoke_exchange(uint16_t port) {
    int first = client_connect(1, port);
    int second = client_connect(2, port);
    exchange(first, second);
    client_finish(second);
    client_drain(second);
    (void)close(second);
    return first;
}
//% endif
//% if io_blocking

// A second peer would have to wait.
static int smoke_exchange_alone(uint16_t port) {
    int only = client_connect(1, port);
    exchange(only, only);
    return only;
}
//% endif

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: smoke PROGRAM\n");
        return EXIT_FAILURE;
    }
    uint16_t port = process_start(argv[1]);
    int last;
    //% if not io_blocking
    last = smoke_exchange(port);
    //% endif
    //% if io_blocking
    last = smoke_exchange_alone(port);
    //% endif
    process_stop();
    client_drain(last);
    (void)close(last);
    process_wait();
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
