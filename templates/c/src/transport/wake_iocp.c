// The completion port of the worker itself: a completion that points to nothing raises it.
#include "transport/wake.h"

//% if posix
#ifdef _WIN32
//% endif
#include <sys/socket.h>

#include <errno.h>

// Handles have no more bits than an int.
static HANDLE wake_port(int wake) {
    return (HANDLE)(INT_PTR)wake;
}

int wake_open(void) {
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (port == NULL) {
        errno = ENOMEM;
        return -1;
    }
    return (int)(INT_PTR)port;
}

void wake_close(int wake) {
    (void)CloseHandle(wake_port(wake));
}

void wake_raise(int wake) {
    (void)PostQueuedCompletionStatus(wake_port(wake), 0, 0, NULL);
}

// Whoever asks has taken the completion.
bool wake_take(int wake) {
    (void)wake;
    return true;
}
//% if posix
#endif
//% endif
