// Numbers tell duplicates and late datagrams; nothing is sent again.
#include "protocol/host.h"
#include "protocol/session.h"

enum {
    SEQUENCE_WINDOW = 64
};

static void sequence_begin(struct reliability *reliability, struct header header) {
    reliability->heard = true;
    reliability->peer_session = header.session;
    reliability->highest = header.number;
    reliability->received = 1;
}

static void sequence_advance(struct reliability *reliability, uint32_t steps) {
    reliability->received = steps < SEQUENCE_WINDOW ? reliability->received << steps : 0;
    reliability->received |= 1;
    reliability->highest += steps;
}

static bool sequence_accept_behind(struct session *session, uint32_t steps) {
    struct reliability *reliability = &session->reliability;
    if (steps >= SEQUENCE_WINDOW) {
        host_drop(DROP_LATE);
        return false;
    }
    uint64_t bit = (uint64_t)1 << steps;
    if ((reliability->received & bit) != 0) {
        host_drop(DROP_DUPLICATE);
        return false;
    }
    reliability->received |= bit;
    return true;
}

bool reliability_accept(struct session *session, const uint8_t *datagram) {
    struct reliability *reliability = &session->reliability;
    struct header header = header_read(datagram);
    if (!reliability->heard || header.session != reliability->peer_session) {
        sequence_begin(reliability, header);
        return true;
    }
    int32_t ahead = header_distance(header.number, reliability->highest);
    if (ahead > 0) {
        sequence_advance(reliability, (uint32_t)ahead);
        return true;
    }
    return sequence_accept_behind(session, reliability->highest - header.number);
}

void reliability_send(struct session *session, const uint8_t *data, size_t size) {
    struct reliability *reliability = &session->reliability;
    uint8_t head[HEADER_SIZE];
    header_write(head, (struct header){.session = reliability->session,
                                       .number = reliability->next_number++});
    host_send(session, head, sizeof head, data, size);
}
