#include "transport/inbox.h"

#include "config.h"
//% if reliability
#include "protocol/header.h"
//% endif
#include "transport/socket_io.h"

#include <stdlib.h>

static size_t inbox_longest(void) {
    size_t longest = CONFIG_MAX_DATAGRAM;
    //% if reliability
    longest += HEADER_SIZE;
    //% endif
    return longest;
}

// A byte more than the largest datagram has: one that fills it is too long.
static size_t inbox_stride(void) {
    return inbox_longest() + 1;
}

static void inbox_connect(struct inbox *inbox) {
    for (size_t i = 0; i < CONFIG_BATCH_SIZE; i++) {
        inbox->parts[i] = (struct iovec){inbox->bytes + i * inbox_stride(), inbox_stride()};
        inbox->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->senders[i].socket,
            .msg_iov = &inbox->parts[i],
            .msg_iovlen = 1,
        };
    }
}

bool inbox_create(struct inbox *inbox) {
    inbox->headers = calloc(CONFIG_BATCH_SIZE, sizeof(struct mmsghdr));
    inbox->parts = calloc(CONFIG_BATCH_SIZE, sizeof(struct iovec));
    inbox->senders = calloc(CONFIG_BATCH_SIZE, sizeof(struct address));
    inbox->bytes = malloc(CONFIG_BATCH_SIZE * inbox_stride());
    bool created = inbox->headers != NULL && inbox->parts != NULL && inbox->senders != NULL &&
                   inbox->bytes != NULL;
    if (created) {
        inbox_connect(inbox);
    }
    return created;
}

void inbox_free(struct inbox *inbox) {
    free(inbox->headers);
    free(inbox->parts);
    free(inbox->senders);
    free(inbox->bytes);
}

int inbox_receive(struct inbox *inbox, int fd, bool waits_for_one) {
    for (size_t i = 0; i < CONFIG_BATCH_SIZE; i++) {
        inbox->headers[i].msg_hdr.msg_namelen = sizeof inbox->senders[i].socket;
    }
    int count = socket_receive(fd, inbox->headers, CONFIG_BATCH_SIZE, waits_for_one);
    for (int i = 0; i < count; i++) {
        inbox->senders[i].length = inbox->headers[i].msg_hdr.msg_namelen;
    }
    return count;
}

bool inbox_take(const struct inbox *inbox, size_t index, struct iovec *datagram) {
    size_t length = inbox->headers[index].msg_len;
    *datagram = (struct iovec){inbox->parts[index].iov_base, length};
    return length <= inbox_longest();
}
