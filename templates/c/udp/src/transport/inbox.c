#include "transport/inbox.h"

#include "config.h"
//% if reliability
#include "protocol/header.h"
//% endif
#include "transport/segments.h"
#include "transport/socket_io.h"

#include <stdlib.h>

enum {
    // Keeps messages from beginning in the same set of a processor's cache, which rooms of a power
    // of two would make them do.
    INBOX_STAGGER = 192
};

struct inbox_message {
    struct iovec bytes;
    size_t length;
    size_t step; // from one of its datagrams to the next
    _Alignas(struct cmsghdr) char control[SEGMENTS_CONTROL_SIZE];
};

static size_t inbox_longest(void) {
    //% if not reliability
    return CONFIG_MAX_DATAGRAM;
    //% endif
    //% if reliability_sequence
    return HEADER_SIZE + CONFIG_MAX_DATAGRAM;
    //% endif
    //% if reliability_ack
    return HEADER_SIZE + (CONFIG_MAX_DATAGRAM > HEADER_BITMAP_SIZE ? CONFIG_MAX_DATAGRAM
                                                                   : (size_t)HEADER_BITMAP_SIZE);
    //% endif
}

// A byte more than the longest datagram has: one that fills it is too long.
static size_t inbox_stride(void) {
    return inbox_longest() + 1;
}

static void inbox_connect(struct inbox *inbox) {
    for (size_t i = 0; i < CONFIG_BATCH_SIZE; i++) {
        inbox->messages[i].bytes = (struct iovec){inbox->bytes + i * inbox->room, inbox->room};
        inbox->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->senders[i].socket,
            .msg_iov = &inbox->messages[i].bytes,
            .msg_iovlen = 1,
        };
    }
}

bool inbox_create(struct inbox *inbox, int fd) {
    inbox->segments = segments_accept(fd);
    inbox->room = inbox->segments ? SEGMENTS_LARGEST + INBOX_STAGGER : inbox_stride();
    inbox->headers = calloc(CONFIG_BATCH_SIZE, sizeof(struct mmsghdr));
    inbox->messages = calloc(CONFIG_BATCH_SIZE, sizeof(struct inbox_message));
    inbox->senders = calloc(CONFIG_BATCH_SIZE, sizeof(struct address));
    inbox->bytes = malloc(CONFIG_BATCH_SIZE * inbox->room);
    bool created = inbox->headers != NULL && inbox->messages != NULL && inbox->senders != NULL &&
                   inbox->bytes != NULL;
    if (created) {
        inbox_connect(inbox);
    }
    return created;
}

void inbox_free(struct inbox *inbox) {
    free(inbox->headers);
    free(inbox->messages);
    free(inbox->senders);
    free(inbox->bytes);
}

// What the kernel is told anew with each call, since it writes over it.
static void inbox_prepare(struct inbox *inbox) {
    for (size_t i = 0; i < CONFIG_BATCH_SIZE; i++) {
        struct msghdr *header = &inbox->headers[i].msg_hdr;
        header->msg_namelen = sizeof inbox->senders[i].socket;
        if (inbox->segments) {
            header->msg_control = inbox->messages[i].control;
            header->msg_controllen = sizeof inbox->messages[i].control;
        }
    }
}

static void inbox_settle(struct inbox *inbox, size_t index) {
    struct msghdr *header = &inbox->headers[index].msg_hdr;
    size_t segment = inbox->segments ? segments_length(header) : 0;
    size_t length = (size_t)inbox->headers[index].msg_len;
    inbox->messages[index].length = length;
    inbox->messages[index].step = segment > 0 ? segment : length;
    inbox->senders[index].length = header->msg_namelen;
}

int inbox_receive(struct inbox *inbox, int fd, bool waits_for_one) {
    inbox_prepare(inbox);
    int count = socket_receive(fd, inbox->headers, CONFIG_BATCH_SIZE, waits_for_one);
    for (int i = 0; i < count; i++) {
        inbox_settle(inbox, (size_t)i);
    }
    return count;
}

size_t inbox_count(const struct inbox *inbox, size_t message) {
    size_t length = inbox->messages[message].length;
    size_t step = inbox->messages[message].step;
    return length > step ? (length + step - 1) / step : 1;
}

struct iovec inbox_take(const struct inbox *inbox, size_t message, size_t index) {
    size_t step = inbox->messages[message].step;
    uint8_t *begin = inbox->bytes + message * inbox->room + index * step;
    size_t left = inbox->messages[message].length - index * step;
    size_t length = left < step ? left : step;
    return (struct iovec){begin, length < inbox_stride() ? length : inbox_stride()};
}
