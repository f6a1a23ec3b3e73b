#include "transport/signals.h"

//% if windows
#ifndef _WIN32
//% endif
#include "transport/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum {
    SIGNALS_EXIT_BASE = 128
};

static int signals_event = -1;
static atomic_bool signals_seen = false;
//% if tls
static atomic_bool signals_reload = false;
//% endif

static void signals_tell(void) {
    int error = errno;
    wake_raise(signals_event);
    errno = error;
}

static void signals_handle(int number) {
    if (atomic_exchange(&signals_seen, true)) {
        _exit(SIGNALS_EXIT_BASE + number);
    }
    signals_tell();
}
//% if tls

static void signals_handle_reload(int number) {
    (void)number;
    atomic_store(&signals_reload, true);
    signals_tell();
}
//% endif

static int signals_install(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int signals_open(void) {
    signals_event = wake_open();
    if (signals_event < 0 || signals_install(SIGPIPE, SIG_IGN) != 0 ||
        signals_install(SIGINT, signals_handle) != 0 ||
        signals_install(SIGTERM, signals_handle) != 0) {
        return -1;
    }
    //% if tls
    if (signals_install(SIGHUP, signals_handle_reload) != 0) {
        return -1;
    }
    //% endif
    return signals_event;
}

bool signals_arrived(void) {
    return atomic_load(&signals_seen);
}
//% if tls

bool signals_take_reload(void) {
    return atomic_exchange(&signals_reload, false);
}
//% endif

void signals_close(void) {
    wake_close(signals_event);
}
//% if windows
#endif
//% endif
