#include "transport/signals.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/wake.h"

#include <sys/socket.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SIGNALS_EXIT_BASE = 128
};

static int signals_event = -1;
static atomic_bool signals_seen = false;

// Called on a thread of its own. Where the console closes or the system goes down, the process ends
// once this returns, at the latest after a few seconds.
static BOOL WINAPI signals_handle(DWORD event) {
    bool asked = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
    if (atomic_exchange(&signals_seen, true)) {
        _exit(SIGNALS_EXIT_BASE + (event == CTRL_C_EVENT ? SIGINT : SIGTERM));
    }
    wake_raise(signals_event);
    if (!asked) {
        Sleep(INFINITE);
    }
    return TRUE;
}

int signals_open(void) {
    signals_event = wake_open();
    if (signals_event < 0 || !SetConsoleCtrlHandler(signals_handle, TRUE)) {
        return -1;
    }
    return signals_event;
}

bool signals_arrived(void) {
    return atomic_load(&signals_seen);
}

void signals_close(void) {
    (void)SetConsoleCtrlHandler(signals_handle, FALSE);
    wake_close(signals_event);
}
//% if posix
#endif
//% endif
