// Messages that were received at once, recvmmsg(2): each is a datagram, or several of one sender
// where the kernel gives them so (segments.h).
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
    bool segments; // the kernel may give several datagrams as one message
    size_t room; // of a message, in bytes
    struct mmsghdr *headers; // CONFIG_BATCH_SIZE of them, as of all that follows
    struct inbox_message *messages;
    struct address *senders;
    uint8_t *bytes;
};

// False when memory is short; inbox_free() is still due.
bool inbox_create(struct inbox *inbox, int fd);
void inbox_free(struct inbox *inbox);

// The number of messages that came, or -1 and errno.
int inbox_receive(struct inbox *inbox, int fd, bool waits_for_one);

// How many datagrams a message has.
size_t inbox_count(const struct inbox *inbox, size_t message);

// Where a datagram of a message lies; of one that is longer than any may be, a byte more than that.
struct iovec inbox_take(const struct inbox *inbox, size_t message, size_t index);

#endif
