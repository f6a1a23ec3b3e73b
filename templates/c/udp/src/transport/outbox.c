#include "transport/outbox.h"

#include "config.h"
//% if metrics
#include "metrics.h"
//% endif
#include "transport/drops.h"
#include "transport/segments.h"
#include "transport/socket_io.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTBOX_LARGEST = 65535, // what no datagram reaches
    OUTBOX_SEGMENTS_MAX = 64, // udp(7)
    OUTBOX_SEGMENT_MAX = 1452, // fits an Ethernet frame, with either version of IP
    OUTBOX_RUN_LARGEST = 60000
};

struct outbox_datagram {
    struct sockaddr_in6 receiver; // or an IPv4 one, which is shorter
    socklen_t receiver_length;
    uint8_t *bytes;
    size_t length;
};

// Datagrams that the kernel takes as one.
struct outbox_run {
    size_t count;
    struct iovec bytes;
    _Alignas(struct cmsghdr) char control[SEGMENTS_CONTROL_SIZE];
};

static size_t outbox_room(void) {
    return CONFIG_SEND_BUFFER > OUTBOX_LARGEST ? CONFIG_SEND_BUFFER : OUTBOX_LARGEST;
}

bool outbox_create(struct outbox *outbox, int fd) {
    outbox->fd = fd;
    outbox->segments = segments_are_known(fd);
    outbox->bytes = malloc(outbox_room());
    outbox->datagrams = calloc(CONFIG_BATCH_SIZE, sizeof(struct outbox_datagram));
    outbox->runs = calloc(CONFIG_BATCH_SIZE, sizeof(struct outbox_run));
    outbox->headers = calloc(CONFIG_BATCH_SIZE, sizeof(struct mmsghdr));
    return outbox->bytes != NULL && outbox->datagrams != NULL && outbox->runs != NULL &&
           outbox->headers != NULL;
}

void outbox_free(struct outbox *outbox) {
    free(outbox->bytes);
    free(outbox->datagrams);
    free(outbox->runs);
    free(outbox->headers);
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
    struct outbox_datagram *datagram = &outbox->datagrams[outbox->count++];
    *datagram = (struct outbox_datagram){
        .receiver_length = receiver->length,
        .bytes = outbox->bytes + outbox->used,
        .length = length,
    };
    memcpy(&datagram->receiver, &receiver->socket, (size_t)receiver->length);
    outbox_append(outbox, head, head_length);
    outbox_append(outbox, body, body_length);
}

static bool outbox_may_follow(const struct outbox_datagram *first,
                              const struct outbox_datagram *next) {
    return next->length > 0 && next->length <= first->length &&
           memcmp(&next->receiver, &first->receiver, sizeof first->receiver) == 0;
}

// How many datagrams of that size the kernel takes as one.
static size_t outbox_run_max(const struct outbox *outbox, size_t size) {
    if (!outbox->segments || size == 0 || size > OUTBOX_SEGMENT_MAX) {
        return 1;
    }
    size_t most = OUTBOX_RUN_LARGEST / size;
    return most < OUTBOX_SEGMENTS_MAX ? most : OUTBOX_SEGMENTS_MAX;
}

// How many datagrams from that one on go as one: all have its size but the last, which may be
// shorter.
static size_t outbox_run_length(const struct outbox *outbox, size_t begin) {
    const struct outbox_datagram *first = &outbox->datagrams[begin];
    size_t most = outbox_run_max(outbox, first->length);
    size_t count = 1;
    while (count < most && begin + count < outbox->count &&
           first[count - 1].length == first->length && outbox_may_follow(first, &first[count])) {
        count++;
    }
    return count;
}

// Datagrams lie side by side, so that a run needs no parts.
static size_t outbox_prepare(const struct outbox *outbox, size_t begin, size_t index) {
    struct outbox_datagram *first = &outbox->datagrams[begin];
    struct outbox_run *run = &outbox->runs[index];
    struct msghdr *header = &outbox->headers[index].msg_hdr;
    run->count = outbox_run_length(outbox, begin);
    const struct outbox_datagram *last = first + run->count - 1;
    size_t length = (size_t)(last->bytes + last->length - first->bytes);
    run->bytes = (struct iovec){first->bytes, length};
    *header = (struct msghdr){
        .msg_name = &first->receiver,
        .msg_namelen = first->receiver_length,
        .msg_iov = &run->bytes,
        .msg_iovlen = 1,
    };
    if (run->count > 1) {
        segments_announce(header, run->control, first->length);
    }
    return run->count;
}

// An error speaks of the first run alone, but for a full socket.
static size_t outbox_give_up(struct outbox *outbox, size_t left) {
    if (socket_would_block(errno)) {
        drops_count(DROP_NOT_SENT, left);
        return left;
    }
    if (outbox->runs[0].count > 1) {
        outbox->segments = false; // as the way to some receivers may want it
        return 0;
    }
    drops_count(DROP_NOT_SENT, 1);
    return 1;
}

static size_t outbox_send(struct outbox *outbox, size_t begin) {
    unsigned runs = 0;
    for (size_t next = begin; next < outbox->count; runs++) {
        next += outbox_prepare(outbox, next, runs);
    }
    int sent = socket_send(outbox->fd, outbox->headers, runs);
    if (sent <= 0) {
        return outbox_give_up(outbox, outbox->count - begin);
    }
    size_t done = 0;
    for (int i = 0; i < sent; i++) {
        done += outbox->runs[i].count;
        //% if metrics
        metrics_add(METRICS_BYTES_SENT, outbox->runs[i].bytes.iov_len);
        //% endif
    }
    return done;
}

void outbox_flush(struct outbox *outbox) {
    size_t done = 0;
    while (done < outbox->count) {
        done += outbox_send(outbox, done);
    }
    outbox->count = 0;
    outbox->used = 0;
}
