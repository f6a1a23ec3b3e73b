// kqueue(2) for tests on Linux: what generated servers use of it.
#ifndef SYS_EVENT_H
#define SYS_EVENT_H

#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    int64_t data;
    void *udata;
};

enum {
    EVFILT_READ = -1,
    EVFILT_WRITE = -2,
    EVFILT_USER = -11
};

enum {
    EV_ADD = 0x0001,
    EV_DELETE = 0x0002,
    EV_CLEAR = 0x0020,
    EV_ERROR = 0x4000,
    EV_EOF = 0x8000
};

#define NOTE_TRIGGER 0x01000000U

#define EV_SET(event, ident, filter, flags, fflags, data, udata)                                   \
    (*(event) = (struct kevent){(ident), (int16_t)(filter), (uint16_t)(flags), (fflags), (data),   \
                                (udata)})

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout);

#endif
