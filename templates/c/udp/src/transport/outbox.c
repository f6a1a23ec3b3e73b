#include "transport/outbox.h"

#include "config.h"
#include "transport/drops.h"
#include "transport/socket_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTBOX_LARGEST = 65535 // what no datagram reaches
};

static size_t outbox_room(void) {
    return CONFIG_SEND_BUFFER > OUTBOX_LARGEST ? CONFIG_SEND_BUFFER : OUTBOX_LARGEST;
}

bool outbox_create(struct outbox *outbox, int fd) {
    outbox->fd = fd;
    outbox->headers = calloc(CONFIG_BATCH_SIZE, sizeof(struct mmsghdr));
    outbox->parts = calloc(CONFIG_BATCH_SIZE, sizeof(struct iovec));
    outbox->receivers = calloc(CONFIG_BATCH_SIZE, sizeof(struct sockaddr_in6));
    outbox->bytes = malloc(outbox_room());
    return outbox->headers != NULL && outbox->parts != NULL && outbox->receivers != NULL &&
           outbox->bytes != NULL;
}

void outbox_free(struct outbox *outbox) {
    free(outbox->headers);
    free(outbox->parts);
    free(outbox->receivers);
    free(outbox->bytes);
}

static void outbox_append(struct outbox *outbox, const uint8_t *bytes, size_t length) {
    if (length > 0) {
        memcpy(outbox->bytes + outbox->used, bytes, length);
        outbox->used += length;
    }
}

void outbox_put(struct outbox *outbox, const struct address *receiver, const uint8_t *head,
                size_t head_length, const uint8_t *body, size_t body_length) {
    size_t length = head_length + body_length;
    if (length > OUTBOX_LARGEST) {
        drops_count(DROP_NOT_SENT, 1);
        return;
    }
    if (outbox->count == CONFIG_BATCH_SIZE || length > outbox_room() - outbox->used) {
        outbox_flush(outbox);
    }
    size_t i = outbox->count++;
    memcpy(&outbox->receivers[i], &receiver->socket, receiver->length);
    outbox->parts[i] = (struct iovec){outbox->bytes + outbox->used, length};
    outbox->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &outbox->receivers[i],
        .msg_namelen = receiver->length,
        .msg_iov = &outbox->parts[i],
        .msg_iovlen = 1,
    };
    outbox_append(outbox, head, head_length);
    outbox_append(outbox, body, body_length);
}

// An error speaks of the first datagram alone, but for a full socket.
static size_t outbox_give_up(size_t left) {
    size_t dropped = socket_would_block(errno) ? left : 1;
    drops_count(DROP_NOT_SENT, dropped);
    return dropped;
}

void outbox_flush(struct outbox *outbox) {
    size_t done = 0;
    while (done < outbox->count) {
        size_t left = outbox->count - done;
        int sent = socket_send(outbox->fd, outbox->headers + done, (unsigned)left);
        done += sent > 0 ? (size_t)sent : outbox_give_up(left);
    }
    outbox->count = 0;
    outbox->used = 0;
}
