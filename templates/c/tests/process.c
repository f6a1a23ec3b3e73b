#include "process.h"

//% if tls
#include "certificate.h"
//% endif
//% if tokens_variable
#include "config.h"
//% endif
//% if tls or tokens_variable

//% endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t process_id = 0;
static int process_output = -1;

void process_fail(const char *what) {
    (void)fprintf(stderr, "smoke test failed: %s\n", what);
    exit(EXIT_FAILURE);
}

// A failed test leaves no server behind.
static void process_kill(void) {
    if (process_id > 0) {
        (void)kill(process_id, SIGKILL);
    }
}

static void process_run(const char *program, const int ends[2]) {
    process_id = fork();
    if (process_id == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        //% if not multicast_v6
        (void)setenv("HOST", "127.0.0.1", 1);
        //% endif
        //% if multicast_v6
        (void)setenv("HOST", "::1", 1);
        //% endif
        (void)setenv("PORT", "0", 1);
        (void)execl(program, program, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
}

static uint16_t process_port(void) {
    char line[64] = "";
    size_t length = 0;
    while (length < sizeof line - 1 && read(process_output, line + length, 1) == 1) {
        if (line[length++] == '\n') {
            break;
        }
    }
    const char *port = strrchr(line, ':');
    if (strncmp(line, "listening on ", strlen("listening on ")) != 0 || port == NULL) {
        process_fail("the server did not start");
    }
    return (uint16_t)strtoul(port + 1, NULL, 10);
}

uint16_t process_start(const char *program) {
    int ends[2];
    (void)signal(SIGPIPE, SIG_IGN); // writing to a server that is gone fails
    if (pipe(ends) != 0) {
        process_fail("no pipe");
    }
    (void)atexit(process_kill);
    //% if tls
    certificate_write();
    //% endif
    //% if tokens_variable
    (void)setenv(CONFIG_TOKENS_VARIABLE, "smoke-test", 0);
    //% endif
    process_run(program, ends);
    (void)close(ends[1]);
    process_output = ends[0];
    return process_port();
}

void process_stop(void) {
    (void)kill(process_id, SIGTERM);
}

void process_wait(void) {
    int status = 0;
    pid_t child = process_id;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        process_fail("the server did not exit with 0");
    }
    process_id = 0;
    (void)close(process_output);
}
