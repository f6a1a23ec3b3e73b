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

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: smoke PROGRAM\n");
        return EXIT_FAILURE;
    }
    uint16_t port = process_start(argv[1]);
    int first = client_connect(1, port);
    int second = client_connect(2, port);
    exchange(first, second, smoke_opcode());
    client_send(first, OPCODE_PING, "");
    client_expect(first, OPCODE_PONG, "");
    client_send(second, OPCODE_CLOSE, "");
    client_expect(second, OPCODE_CLOSE, "");
    (void)close(second);
    process_stop();
    client_expect(first, OPCODE_CLOSE, "\x03\xE9server shutting down");
    client_send(first, OPCODE_CLOSE, "");
    (void)close(first);
    process_wait();
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
