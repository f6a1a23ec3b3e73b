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
    int first = client_connect(port);
    int second = client_connect(port);
    exchange(first, second);
    process_stop();
    process_wait();
    (void)close(first);
    (void)close(second);
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
