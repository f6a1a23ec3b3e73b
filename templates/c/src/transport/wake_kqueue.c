// kqueue(2): an event of the program's own. The queue itself can be watched.
#include "transport/wake.h"

//% if linux or windows
#if !defined(__linux__) && !defined(_WIN32)
//% endif
#include <stdbool.h>
#include <stddef.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

static bool wake_change(int wake, unsigned short flags, unsigned note) {
    struct kevent event;
    EV_SET(&event, 0, EVFILT_USER, flags, note, 0, NULL);
    return kevent(wake, &event, 1, NULL, 0, NULL) == 0;
}

int wake_open(void) {
    int wake = kqueue();
    if (wake >= 0 && !wake_change(wake, EV_ADD | EV_CLEAR, 0)) {
        (void)close(wake);
        return -1;
    }
    return wake;
}

void wake_close(int wake) {
    (void)close(wake);
}

void wake_raise(int wake) {
    (void)wake_change(wake, 0, NOTE_TRIGGER);
}
//% if not udp

bool wake_take(int wake) {
    static const struct timespec at_once = {0};
    struct kevent event;
    return kevent(wake, NULL, 0, &event, 1, &at_once) == 1;
}
//% endif
//% if linux or windows
#endif
//% endif
