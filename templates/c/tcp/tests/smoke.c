// Starts the server that is its argument on a free port and tries it out.
#include "client.h"
#include "exchange.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: smoke PROGRAM\n");
        return EXIT_FAILURE;
    }
    uint16_t port = process_start(argv[1]);
    int first = client_connect(1, port);
    int second = client_connect(2, port);
    exchange(first, second);
    client_finish(second);
    client_drain(second);
    (void)close(second);
    process_stop();
    client_drain(first);
    (void)close(first);
    process_wait();
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
