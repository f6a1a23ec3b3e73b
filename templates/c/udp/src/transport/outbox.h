// Datagrams that are sent at once, sendmmsg(2). Several of one size for one receiver pass through
// the kernel as one, where it can do that (segments.h).
#ifndef OUTBOX_H
#define OUTBOX_H

#include "transport/address.h"
//% if macos
#include "transport/batch.h"
//% endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct outbox {
    int fd;
    bool segments; // the kernel knows segments, and the network has not refused them
    uint8_t *bytes;
    size_t used; // of them
    size_t count; // of datagrams
    struct outbox_datagram *datagrams; // CONFIG_BATCH_SIZE of them, as of the two that follow
    struct outbox_run *runs;
    struct mmsghdr *headers; // one a run
};

// False when memory is short; outbox_free() is still due.
bool outbox_create(struct outbox *outbox, int fd);
void outbox_free(struct outbox *outbox);

// Copies a datagram that consists of two parts.
void outbox_put(struct outbox *outbox, const struct address *receiver, const uint8_t *head,
                size_t head_length, const uint8_t *body, size_t body_length);

// Sends all; what the socket does not take is dropped.
void outbox_flush(struct outbox *outbox);

#endif
