// io_uring(7): requests that stay tell of input; waiting and asking again are one call.
#include "transport/transport.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>

enum {
    URING_ENTRIES = 8
};

struct uring {
    struct io_uring ring;
};

static bool uring_watch(struct io_uring *ring, int *fd) {
    struct io_uring_sqe *request = io_uring_get_sqe(ring);
    if (request == NULL) {
        return false;
    }
    io_uring_prep_poll_multishot(request, *fd, POLLIN);
    io_uring_sqe_set_data(request, fd);
    return true;
}

bool transport_open(struct worker *worker) {
    worker->uring = calloc(1, sizeof *worker->uring);
    if (worker->uring == NULL) {
        return false;
    }
    struct io_uring *ring = &worker->uring->ring;
    int result = io_uring_queue_init(URING_ENTRIES, ring, 0);
    if (result < 0) {
        errno = -result;
        free(worker->uring);
        worker->uring = NULL;
        return false;
    }
    return uring_watch(ring, &worker->fd) && uring_watch(ring, &worker->wake);
}

void transport_close(struct worker *worker) {
    if (worker->uring != NULL) {
        io_uring_queue_exit(&worker->uring->ring);
        free(worker->uring);
    }
}

static int uring_wait(struct io_uring *ring, int patience) {
    struct __kernel_timespec time = {.tv_sec = patience / 1000,
                                     .tv_nsec = patience % 1000 * 1000000LL};
    struct io_uring_cqe *first;
    return io_uring_submit_and_wait_timeout(ring, &first, 1, patience < 0 ? NULL : &time, NULL);
}

// A request that has ended is made again.
static bool uring_take(struct worker *worker, const struct io_uring_cqe *completion) {
    int *fd = io_uring_cqe_get_data(completion);
    if ((completion->flags & IORING_CQE_F_MORE) == 0) {
        (void)uring_watch(&worker->uring->ring, fd);
    }
    worker->woken = worker->woken || fd == &worker->wake;
    return fd == &worker->fd;
}

int transport_receive(struct worker *worker, int patience) {
    struct io_uring *ring = &worker->uring->ring;
    struct io_uring_cqe *completion;
    unsigned head;
    unsigned count = 0;
    bool readable = patience == 0;
    if (uring_wait(ring, patience) < 0 && patience != 0) {
        return 0;
    }
    io_uring_for_each_cqe(ring, head, completion) {
        readable = uring_take(worker, completion) || readable;
        count++;
    }
    io_uring_cq_advance(ring, count);
    return readable ? inbox_receive(&worker->inbox, worker->fd, false) : 0;
}
