// Starts the server that is its argument on a free port and tries it out.
#include "client.h"
#include "exchange.h"
#include "protocol/frame.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t smoke_server = 0;

// A failed test leaves no server behind.
static void smoke_kill(void) {
    if (smoke_server > 0) {
        (void)kill(smoke_server, SIGKILL);
    }
}

static uint8_t smoke_opcode(void) {
    //% if not binary_only
    return OPCODE_TEXT;
    //% endif
    //% if binary_only
    return OPCODE_BINARY;
    //% endif
}

static int smoke_start(const char *program) {
    int ends[2];
    if (pipe(ends) != 0) {
        client_fail("no pipe");
    }
    smoke_server = fork();
    if (smoke_server == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)setenv("HOST", "127.0.0.1", 1);
        (void)setenv("PORT", "0", 1);
        (void)execl(program, program, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    (void)close(ends[1]);
    return ends[0];
}

static uint16_t smoke_port(int output) {
    static const char start[] = "listening on 127.0.0.1:";
    char line[64] = "";
    size_t length = 0;
    while (length < sizeof line - 1 && read(output, line + length, 1) == 1) {
        if (line[length++] == '\n') {
            break;
        }
    }
    if (strncmp(line, start, strlen(start)) != 0) {
        client_fail("the server did not start");
    }
    return (uint16_t)strtoul(line + strlen(start), NULL, 10);
}

static void smoke_wait(void) {
    int status = 0;
    pid_t child = smoke_server;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        client_fail("the server did not exit with 0");
    }
    smoke_server = 0;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: smoke PROGRAM\n");
        return EXIT_FAILURE;
    }
    (void)atexit(smoke_kill);
    int output = smoke_start(argv[1]);
    uint16_t port = smoke_port(output);
    int first = client_connect(1, port);
    int second = client_connect(2, port);
    exchange(first, second, smoke_opcode());
    client_send(first, OPCODE_PING, "");
    client_expect(first, OPCODE_PONG, "");
    client_send(second, OPCODE_CLOSE, "");
    client_expect(second, OPCODE_CLOSE, "");
    (void)close(second);
    (void)kill(smoke_server, SIGTERM);
    client_expect(first, OPCODE_CLOSE, "\x03\xE9server shutting down");
    client_send(first, OPCODE_CLOSE, "");
    (void)close(first);
    smoke_wait();
    (void)close(output);
    (void)puts("smoke test passed");
    return EXIT_SUCCESS;
}
