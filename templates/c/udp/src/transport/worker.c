#include "transport/worker.h"

#include "config.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/session.h"
#include "transport/drops.h"
//% if peers
#include "transport/server.h"
//% endif
#include "transport/socket_io.h"
#include "transport/transport.h"

#include <limits.h>
#include <time.h>

enum {
    WORKER_BATCHES_A_TURN = 16
};

bool worker_open(struct worker *worker, int fd, int wake) {
    worker->fd = fd;
    worker->wake = wake;
    worker->next = NEVER;
    return inbox_create(&worker->inbox, fd) && outbox_create(&worker->outbox, fd) &&
           transport_open(worker);
}

void worker_close(struct worker *worker) {
    outbox_flush(&worker->outbox);
    (void)drops_report(NEVER);
    transport_close(worker);
    socket_close(worker->fd);
    inbox_free(&worker->inbox);
    outbox_free(&worker->outbox);
}

static uint64_t worker_now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}
//% if not peers

static void worker_deliver(struct worker *worker, const struct address *sender,
                           const struct iovec *datagram) {
    struct session session = {.worker = worker, .sender = sender};
    session_receive(&session, datagram->iov_base, datagram->iov_len);
}
//% endif
//% if peers

static void worker_deliver_to_peer(struct worker *worker, const struct address *sender,
                                   const struct iovec *datagram) {
    //% if reliability_ack
    const uint8_t *header = datagram->iov_base;
    if (header[0] == HEADER_ACKNOWLEDGEMENT && !peers_know(&worker->server->peers, sender)) {
        drops_count(DROP_MALFORMED, 1); // nothing was sent that it could acknowledge
        return;
    }
    //% endif
    struct peer *peer = peers_hear(worker->server, sender);
    if (peer == NULL) {
        return;
    }
    //% if datagram_rate
    uint64_t now = worker->server->context.now;
    if (!rate_take(&peer->rate, CONFIG_DATAGRAMS_PER_SECOND, 1, now)) {
        drops_count(DROP_RATE_LIMIT, 1);
        return;
    }
    //% endif
    session_receive(&peer->session, datagram->iov_base, datagram->iov_len);
}
//% endif

static bool worker_is_too_long(const struct iovec *datagram) {
    size_t longest = CONFIG_MAX_DATAGRAM;
    //% if reliability
    longest += HEADER_SIZE;
    //% endif
    bool too_long = datagram->iov_len > longest;
    //% if reliability_ack
    const uint8_t *header = datagram->iov_base;
    too_long = too_long && header[0] == HEADER_DATA; // others have a length of their own
    //% endif
    return too_long;
}

static void worker_handle(struct worker *worker, size_t message, size_t index) {
    struct iovec datagram = inbox_take(&worker->inbox, message, index);
    //% if metrics
    metrics_add(METRICS_BYTES_RECEIVED, datagram.iov_len);
    //% endif
    //% if reliability
    if (!header_is_valid(datagram.iov_base, datagram.iov_len)) {
        drops_count(DROP_MALFORMED, 1);
        return;
    }
    //% endif
    if (worker_is_too_long(&datagram)) {
        drops_count(DROP_TOO_LONG, 1);
        return;
    }
    const struct address *sender = &worker->inbox.senders[message];
    //% if peers
    worker_deliver_to_peer(worker, sender, &datagram);
    //% endif
    //% if not peers
    worker_deliver(worker, sender, &datagram);
    //% endif
}

static void worker_handle_all(struct worker *worker, int count) {
    for (int i = 0; i < count; i++) {
        size_t message = (size_t)i;
        size_t datagrams = inbox_count(&worker->inbox, message);
        for (size_t index = 0; index < datagrams; index++) {
            worker_handle(worker, message, index);
        }
    }
}

static void worker_turn(struct worker *worker, int count) {
    uint64_t now = worker_now();
    //% if peers
    server_enter(worker, now);
    //% endif
    worker_handle_all(worker, count);
    //% if peers
    uint64_t due = server_leave(worker);
    //% endif
    outbox_flush(&worker->outbox);
    worker->next = drops_report(now);
    //% if peers
    worker->next = due < worker->next ? due : worker->next;
    //% endif
}

static int worker_patience(const struct worker *worker) {
    if (worker->next == NEVER) {
        return -1;
    }
    uint64_t now = worker_now();
    uint64_t wait = worker->next > now ? worker->next - now : 0;
    return wait < INT_MAX ? (int)wait : INT_MAX;
}

// Where a batch is full there may be more, of which the transport might not tell again.
void worker_run(struct worker *worker) {
    bool more = false;
    while (!worker->woken) {
        int count = transport_receive(worker, more ? 0 : worker_patience(worker));
        worker_turn(worker, count);
        for (int i = 1; i < WORKER_BATCHES_A_TURN && count == (int)CONFIG_BATCH_SIZE; i++) {
            count = inbox_receive(&worker->inbox, worker->fd, false);
            worker_turn(worker, count);
        }
        more = count == (int)CONFIG_BATCH_SIZE;
    }
}
