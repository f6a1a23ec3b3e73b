// Starts the server that is its argument on a free port and tries it out.
#include "client.h"
#include "exchange.h"
#include "process.h"
#include "protocol/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint8_t smoke_opcode(void) {
    //% if not binary_only
    return OPCODE_TEXT;
    //% endif
    //% if binary_only
    return OPCODE_BINARY;
    //% endif
}

static void smoke_close(int fd) {
    client_send(fd, OPCODE_CLOSE, "");
    client_expect(fd, OPCODE_CLOSE, "");
    (void)close(fd);
}
//% if not io_blocking

static void smoke_exchange(uint16_t port) {
    int first = client_connect(1, port);
    int second = client_connect(2, port);
    exchange(first, second, smoke_opcode());
    smoke_close(first);
    smoke_close(second);
}
//% endif
//% if io_blocking

// A second peer would have to wait.
static void smoke_exchange_alone(uint16_t port) {
    int only = client_connect(1, port);
    exchange(only, only, smoke_opcode());
    smoke_close(only);
}
//% endif

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: smoke PROGRAM\n");
        return EXIT_FAILURE;
    }
    uint16_t port = process_start(argv[1]);
    //% if not io_blocking
    smoke_exchange(port);
    //% endif
    //% if io_blocking
    smoke_exchange_alone(port);
    //% endif
    int last = client_connect(1, port);
    client_send(last, OPCODE_PING, "");
    client_expect(last, OPCODE_PONG, "");
    process_stop();
    client_expect(last, OPCODE_CLOSE, "\x03\xE9server shutting down");
    client_send(last, OPCODE_CLOSE, "");
    (void)close(last);
    process_wait();
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
