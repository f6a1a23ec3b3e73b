// Datagrams that are sent at once, sendmmsg(2).
#ifndef OUTBOX_H
#define OUTBOX_H

#include "transport/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct outbox {
    struct mmsghdr *headers; // CONFIG_BATCH_SIZE of them, as of the two that follow
    struct iovec *parts;
    struct sockaddr_in6 *receivers; // or IPv4 ones, which are shorter
    uint8_t *bytes;
    size_t count;
    size_t used; // bytes
    int fd;
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
