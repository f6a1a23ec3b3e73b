// eventfd(2)
#include "transport/wake.h"

//% if several_platforms
#ifdef __linux__
//% endif
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void wake_close(int wake) {
    (void)close(wake);
}

void wake_raise(int wake) {
    static const uint64_t one = 1;
    ssize_t written = write(wake, &one, sizeof one);
    (void)written; // it fails only where it was raised far too often already
}
//% if not udp

bool wake_take(int wake) {
    uint64_t times;
    return read(wake, &times, sizeof times) == sizeof times;
}
//% endif
//% if several_platforms
#endif
//% endif
