// One connection at a time; the others wait in the kernel's queue.
#include "transport/admission.h"
#include "transport/one_peer.h"
#include "transport/transport.h"

static void blocking_accept(struct worker *worker) {
    struct address address;
    int fd = worker_accept(worker, &address);
    if (fd >= 0) {
        admission_welcome(worker, fd, &address);
    }
}

void transport_run(struct worker *worker) {
    while (!worker_is_done(worker)) {
        if (one_peer_wait(worker)) {
            blocking_accept(worker);
        }
        worker_turn(worker);
    }
}
