#include "transport/thread.h"

//% if posix
#ifdef _WIN32
//% endif
#include <errno.h>
#include <stddef.h>

// Windows has a thread of its own for what signals are elsewhere.
bool thread_start(pthread_t *thread, void *(*run)(void *), void *argument) {
    int error = pthread_create(thread, NULL, run, argument);
    errno = error;
    return error == 0;
}
//% if posix
#endif
//% endif
