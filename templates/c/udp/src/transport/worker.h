// One socket and the loop that serves it.
#ifndef WORKER_H
#define WORKER_H

#include "transport/inbox.h"
#include "transport/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct server;
//% if io_uring
struct uring;
//% endif

struct worker {
    struct server *server;
    int fd;
    int wake; // readable once the worker is to stop
    //% if io_epoll or io_kqueue
    int poller; // the transport's own
    //% endif
    //% if (io_blocking or io_threads) and posix and windows
#ifndef _WIN32
    //% endif
    //% if (io_blocking or io_threads) and posix
    int wait; // blocking.c's: how long a read waits, in milliseconds
    //% endif
    //% if (io_blocking or io_threads) and posix and windows
#endif
    //% endif
    //% if io_uring
    struct uring *uring; // uring.c's
    //% endif
    bool woken;
    uint64_t next; // when there is something to do without input, in milliseconds
    struct inbox inbox;
    struct outbox outbox;
};

// Takes over the socket. False and errno on failure; worker_close() is still due.
bool worker_open(struct worker *worker, int fd, int wake);
void worker_close(struct worker *worker);

// Serves until it is woken.
void worker_run(struct worker *worker);

#endif
