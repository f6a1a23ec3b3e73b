// Datagrams are acknowledged, and sent again until they are.
#include "protocol/host.h"
#include "protocol/session.h"

#include <stdlib.h>
#include <string.h>

// Numbers.
static const int32_t ACK_WINDOW = 64;
static const uint32_t ACK_QUEUE = 256;
// Milliseconds.
static const uint64_t ACK_FIRST_WAIT = 200;
static const uint64_t ACK_LONGEST_WAIT = 5000;
enum {
    ACK_SENDINGS_MAX = 8
};

static void ack_begin(struct reliability *reliability, uint16_t session) {
    reliability->heard = true;
    reliability->peer_session = session;
    reliability->expected = 0;
    reliability->received_ahead = 0;
}

static void ack_owe(struct session *session) {
    if (!session->reliability.owing) {
        session->reliability.owing = true;
        host_owe(session);
    }
}

static bool ack_mark(struct reliability *reliability, uint32_t number) {
    int32_t ahead = header_distance(number, reliability->expected);
    uint64_t bit = ahead >= 0 ? (uint64_t)1 << ahead : 0;
    if (ahead < 0 || (reliability->received_ahead & bit) != 0) {
        return false;
    }
    reliability->received_ahead |= bit;
    while ((reliability->received_ahead & 1) != 0) {
        reliability->received_ahead >>= 1;
        reliability->expected++;
    }
    return true;
}

static bool ack_accept_data(struct session *session, struct header header) {
    struct reliability *reliability = &session->reliability;
    if (!reliability->heard || header.session != reliability->peer_session) {
        ack_begin(reliability, header.session);
    }
    if (header_distance(header.number, reliability->expected) >= ACK_WINDOW) {
        host_drop(DROP_BEYOND_WINDOW);
        return false;
    }
    ack_owe(session);
    if (!ack_mark(reliability, header.number)) {
        host_drop(DROP_DUPLICATE);
        return false;
    }
    return true;
}

void reliability_acknowledge(struct session *session) {
    struct reliability *reliability = &session->reliability;
    uint8_t head[HEADER_SIZE];
    uint8_t bitmap[HEADER_BITMAP_SIZE];
    header_write(head, (struct header){.type = HEADER_ACKNOWLEDGEMENT,
                                       .session = reliability->peer_session,
                                       .number = reliability->expected});
    for (size_t i = 0; i < sizeof bitmap; i++) {
        bitmap[i] = (uint8_t)(reliability->received_ahead >> (8 * (sizeof bitmap - 1 - i)));
    }
    reliability->owing = false;
    host_send(session, head, sizeof head, bitmap, sizeof bitmap);
}

static uint64_t ack_read_bitmap(const uint8_t *datagram) {
    uint64_t bitmap = 0;
    for (size_t i = 0; i < HEADER_BITMAP_SIZE; i++) {
        bitmap = bitmap << 8 | datagram[HEADER_SIZE + i];
    }
    return bitmap;
}

// The sendings so far decide how long to wait for an acknowledgement.
static uint64_t ack_wait(unsigned sendings) {
    uint64_t wait = ACK_FIRST_WAIT << (sendings - 1);
    return wait < ACK_LONGEST_WAIT ? wait : ACK_LONGEST_WAIT;
}

static void ack_transmit(struct session *session, struct pending *pending) {
    pending->sendings++;
    pending->due = session->context->now + ack_wait(pending->sendings);
    host_send(session, NULL, 0, pending->datagram, pending->size);
    host_arm(session, pending->due);
}

// The first number that may not be sent yet.
static uint32_t ack_window_end(const struct reliability *reliability) {
    const struct pending *oldest = reliability->oldest;
    uint32_t begin = oldest != NULL ? oldest->number : reliability->next_number;
    return begin + (uint32_t)ACK_WINDOW;
}

// Sends for the first time what the window has room for.
static void ack_advance(struct session *session) {
    struct reliability *reliability = &session->reliability;
    uint32_t end = ack_window_end(reliability);
    struct pending *pending = reliability->oldest;
    while (pending != NULL && header_distance(end, pending->number) > 0) {
        if (pending->sendings == 0) {
            ack_transmit(session, pending);
            reliability->next_sent = pending->number + 1;
        }
        pending = pending->next;
    }
}

static bool ack_covers(uint32_t expected, uint64_t bitmap, uint32_t number) {
    int32_t ahead = header_distance(number, expected);
    return ahead < 0 || (ahead < ACK_WINDOW && (bitmap >> ahead & 1) != 0);
}

static void ack_release(struct reliability *reliability, uint32_t expected, uint64_t bitmap) {
    struct pending **link = &reliability->oldest;
    struct pending *last = NULL;
    while (*link != NULL) {
        struct pending *pending = *link;
        if (pending->sendings > 0 && ack_covers(expected, bitmap, pending->number)) {
            *link = pending->next;
            free(pending);
        } else {
            last = pending;
            link = &pending->next;
        }
    }
    reliability->newest = last;
}

// Whether all that is acknowledged was sent.
static bool ack_is_plausible(const struct reliability *reliability, struct header header,
                             uint64_t bitmap) {
    int32_t sent = header_distance(reliability->next_sent, header.number);
    if (header.session != reliability->session || sent < 0) {
        return false;
    }
    return sent >= ACK_WINDOW || bitmap >> sent == 0;
}

static void ack_accept_acknowledgement(struct session *session, struct header header,
                                       uint64_t bitmap) {
    if (!ack_is_plausible(&session->reliability, header, bitmap)) {
        host_drop(DROP_MALFORMED);
        return;
    }
    ack_release(&session->reliability, header.number, bitmap);
    ack_advance(session);
}

bool reliability_accept(struct session *session, const uint8_t *datagram) {
    struct header header = header_read(datagram);
    if (header.type == HEADER_DATA) {
        return ack_accept_data(session, header);
    }
    ack_accept_acknowledgement(session, header, ack_read_bitmap(datagram));
    return false;
}

static struct pending *ack_prepare(struct reliability *reliability, const uint8_t *data,
                                   size_t size) {
    struct pending *pending = malloc(sizeof *pending + HEADER_SIZE + size);
    if (pending == NULL) {
        return NULL;
    }
    *pending = (struct pending){.number = reliability->next_number, .size = HEADER_SIZE + size};
    header_write(pending->datagram, (struct header){.session = reliability->session,
                                                    .number = reliability->next_number});
    if (size > 0) {
        memcpy(pending->datagram + HEADER_SIZE, data, size);
    }
    return pending;
}

static bool ack_is_full(const struct reliability *reliability) {
    const struct pending *oldest = reliability->oldest;
    return oldest != NULL && reliability->next_number - oldest->number >= ACK_QUEUE;
}

void reliability_send(struct session *session, const uint8_t *data, size_t size) {
    struct reliability *reliability = &session->reliability;
    struct pending *pending =
        ack_is_full(reliability) ? NULL : ack_prepare(reliability, data, size);
    if (pending == NULL) {
        host_drop(DROP_WINDOW_FULL);
        return;
    }
    if (reliability->newest != NULL) {
        reliability->newest->next = pending;
    } else {
        reliability->oldest = pending;
    }
    reliability->newest = pending;
    reliability->next_number++;
    if (header_distance(ack_window_end(reliability), pending->number) > 0) {
        ack_transmit(session, pending);
        reliability->next_sent = pending->number + 1;
    }
}

void reliability_expire(struct session *session) {
    uint64_t now = session->context->now;
    uint64_t next = NEVER;
    struct pending *pending = session->reliability.oldest;
    for (; pending != NULL && pending->sendings > 0; pending = pending->next) {
        if (pending->due > now) {
            next = pending->due < next ? pending->due : next;
        } else if (pending->sendings == ACK_SENDINGS_MAX) {
            host_lose(session);
            return;
        } else {
            ack_transmit(session, pending);
        }
    }
    if (next != NEVER) {
        host_arm(session, next);
    }
}

void reliability_end(struct session *session) {
    struct pending *pending = session->reliability.oldest;
    while (pending != NULL) {
        struct pending *next = pending->next;
        free(pending);
        pending = next;
    }
    session->reliability.oldest = NULL;
    session->reliability.newest = NULL;
}
