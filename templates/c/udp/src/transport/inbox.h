// Datagrams that were received at once, recvmmsg(2).
#ifndef INBOX_H
#define INBOX_H

#include "transport/address.h"
//% if macos
#include "transport/batch.h"
//% endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct inbox {
    struct mmsghdr *headers; // CONFIG_BATCH_SIZE of them, as of all that follows
    struct iovec *parts;
    struct address *senders;
    uint8_t *bytes;
};

// False when memory is short; inbox_free() is still due.
bool inbox_create(struct inbox *inbox);
void inbox_free(struct inbox *inbox);

// The number of datagrams that came, or -1 and errno.
int inbox_receive(struct inbox *inbox, int fd, bool waits_for_one);

// Where a datagram lies; false when it is longer than any may be.
bool inbox_take(const struct inbox *inbox, size_t index, struct iovec *datagram);

#endif
