#include "transport/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum {
    SIGNALS_EXIT_BASE = 128
};

static int signals_pipe[2] = {-1, -1};
static volatile sig_atomic_t signals_seen = 0;

static void signals_handle(int number) {
    int error = errno;
    if (signals_seen != 0) {
        _exit(SIGNALS_EXIT_BASE + number);
    }
    signals_seen = 1;
    // The pipe is empty: the one byte always finds room.
    ssize_t written = write(signals_pipe[1], "", 1);
    (void)written;
    errno = error;
}

static int signals_install(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int signals_open(void) {
    if (pipe2(signals_pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
        signals_install(SIGPIPE, SIG_IGN) != 0 || signals_install(SIGINT, signals_handle) != 0 ||
        signals_install(SIGTERM, signals_handle) != 0) {
        return -1;
    }
    return signals_pipe[0];
}

void signals_close(void) {
    (void)close(signals_pipe[0]);
    (void)close(signals_pipe[1]);
}
